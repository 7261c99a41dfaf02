/** One text of the product, and where it is written. */
export interface Piece {
  readonly file: string;
  /** First line of the text; 0 if unknown. Every newline of `text` is one line further. */
  readonly line: number;
  readonly kind: Kind;
  /** Plain text: a code span is the one word `code`. */
  readonly text: string;
}

/** heading: of a page or a table. title: of an error. command: its one line of help. comment: in the code. */
export type Kind = "prose" | "heading" | "title" | "command" | "comment";

/** Stands for a code span, which counts as one word and is not judged. */
export const codeWord = "CODE";

export const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, codeWord);
