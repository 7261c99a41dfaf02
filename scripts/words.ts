/** Fails if a string of the product breaks the rules of plain English; --advice names the passive voice. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "./words/check.ts";
import { ofCode } from "./words/code.ts";
import { dataTexts } from "./words/data.ts";
import { newestEntry, ofMarkdown } from "./words/markdown.ts";
import type { Piece } from "./words/piece.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const advice = process.argv.includes("--advice");
const data = await dataTexts();
const kinds = new Map(data.map(({ text, kind }) => [text, kind]));

const code = globSync("{cli,functions,lib,scripts,serverless,simulator}/**/*.{ts,cjs}")
  .filter((path) => path !== join("scripts", "words", "terms.ts"))
  .flatMap((path) => ofCode(path, read(path)))
  .map((piece): Piece => ({ ...piece, kind: kinds.get(piece.text) ?? piece.kind }))
  .filter(({ text }) => kinds.has(text) || /\p{L}\s+\p{L}\S*\s+\S|\p{L}:\s/u.test(text));
const inCode = new Set(code.map(({ text }) => text));

/** Of a generated page, only what is not written in the code word by word. */
const pages = globSync(["*.md", "docs/**/*.md", "bench/*.md"])
  .flatMap((path) => ofMarkdown(path, path === "CHANGELOG.md" ? newestEntry(read(path)) : read(path)))
  .filter(({ text }) => !inCode.has(text) && !inCode.has(text.replace(/^\w+: /, "")));

const composed = data.flatMap(({ of, kind, text }) =>
  inCode.has(text) ? [] : [{ file: of, line: 0, kind, text }],
);

const findings = [...pages, ...code, ...composed].flatMap((piece) => check(piece, advice));
const failing = findings.filter(({ write }) => !write.startsWith("advice"));
for (const { file, line, found, write } of findings)
  console.log(`${line === 0 ? file : `${file}:${line}`}: "${found}": write ${write}`);
const perFile = Object.entries(Object.groupBy(failing, ({ file }) => file));
for (const [file, list = []] of perFile.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${file}: ${list.length}`);
if (failing.length > 0) process.exit(1);
console.log(`${pages.length + code.length + composed.length} texts are in plain English`);
