import { parseSync } from "oxc-parser";
import { codeWord, type Piece, withoutCode } from "./piece.ts";

/** Comments and strings of a source. A string with empty lines or HTML is a page, SQL is code, and country codes are data: none is a message. */
export const ofCode = (file: string, source: string): Piece[] => {
  const { program, comments } = parseSync(file, source);
  const piece = (kind: "prose" | "comment", start: number, text: string): Piece => {
    const line = source.slice(0, start).split("\n").length;
    return { file, line, kind, text: withoutCode(text) };
  };
  return [
    ...comments.map(({ start, value }) => piece("comment", start, value)),
    ...[...stringsIn(program)]
      .filter(
        ({ text }) =>
          !/\n\n|<[/!]|[{;][\w-]+:|^\s*(?:CREATE TABLE|INSERT INTO|SELECT|SET VARIABLE|WHERE CASE) |^[A-Z]{2}(?: [A-Z]{2})+$/.test(
            text,
          ),
      )
      .map(({ start, text }) => piece("prose", start, text)),
  ];
};

function* stringsIn(node: unknown): Generator<{ start: number; text: string }> {
  if (Array.isArray(node)) for (const one of node) yield* stringsIn(one);
  if (typeof node !== "object" || node === null || Array.isArray(node)) return;
  if ("type" in node && "start" in node && typeof node.start === "number") {
    if (node.type === "Literal" && "value" in node && typeof node.value === "string")
      yield { start: node.start, text: node.value };
    if (node.type === "TemplateLiteral" && "quasis" in node)
      yield { start: node.start, text: textOf(node.quasis) };
  }
  for (const value of Object.values(node)) yield* stringsIn(value);
}

/** A template's text; each expression is one word. */
const textOf = (quasis: unknown): string =>
  Array.isArray(quasis) ? quasis.map(({ value }) => value.cooked ?? "").join(codeWord) : "";
