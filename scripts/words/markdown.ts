import MarkdownIt, { type Token } from "markdown-it";
import { codeWord, type Piece } from "./piece.ts";

const parser = new MarkdownIt({ html: true });

/** The texts of a Markdown page. A table's cell is a string, and its header a heading. Code blocks and HTML are left out. */
export const ofMarkdown = (file: string, page: string): Piece[] => {
  const pieces: Piece[] = [];
  let line = 0;
  let heading = false;
  for (const token of parser.parse(page, {})) {
    if (token.type === "heading_open" || token.type === "thead_open") heading = true;
    if (token.type === "heading_close" || token.type === "thead_close") heading = false;
    if (token.map !== null) line = token.map[0] + 1;
    const text = (token.children ?? []).map(plain).join("");
    if (token.type === "inline" && text !== "")
      pieces.push({ file, line, kind: heading ? "heading" : "prose", text });
  }
  return pieces;
};

const plain = ({ type, content }: Token): string => {
  if (type === "text") return content;
  if (type === "code_inline") return codeWord;
  return type === "softbreak" || type === "hardbreak" ? "\n" : "";
};

/** Of a changelog only the newest entry, on the lines where it is: published entries do not change. */
export const newestEntry = (changelog: string): string => {
  const [before = "", newest = ""] = changelog.split(/^(?=## )/m);
  return before + newest;
};
