import { jsonText } from "../rows/json-text.ts";

/** How CSV is written for a spreadsheet. */
export interface CsvStyle {
  /** @default "," */
  readonly separator?: CsvSeparator;
  /** Begin the file with a byte order mark, so that Excel reads it as UTF-8. @default false */
  readonly bom?: boolean;
}

export const csvSeparators = [",", ";", "\t"] as const;
export type CsvSeparator = (typeof csvSeparators)[number];

/** A spreadsheet takes a cell that begins so for a formula; the full-width characters too. */
const formula = /^[=@+\-＝＠＋－\t\r\n]/;
const utcOffset = /^[+-]\d\d:?\d\d$/;

/** Where a reader with another separator begins a cell that would be a formula. */
const laterFormula: Readonly<Record<CsvSeparator, RegExp>> = {
  ",": /([;\t\r\n])(?=["\s]*[=@+\-＝＠＋－])/g,
  ";": /([,\t\r\n])(?=["\s]*[=@+\-＝＠＋－])/g,
  "\t": /([,;\r\n])(?=["\s]*[=@+\-＝＠＋－])/g,
};

/**
 * A cell of CSV. An apostrophe comes before a text that a spreadsheet would run as a formula, also after a character that
 * separates cells in another country. A text that would break the row is quoted.
 */
export const csvCell = (value: unknown, separator: CsvSeparator = ","): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = (typeof value === "string" ? value : jsonText(value)).replace(laterFormula[separator], "$1'");
  const isFormula = formula.test(text) && !utcOffset.test(text);
  if (!isFormula && !/[",;\t\r\n]/.test(text)) return text;
  return `"${isFormula ? "'" : ""}${text.replaceAll('"', '""')}"`;
};

export const csvLine = (cells: readonly unknown[], separator: CsvSeparator = ","): string =>
  `${cells.map((cell) => csvCell(cell, separator)).join(separator)}\r\n`;
