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
 * A cell of CSV. An apostrophe comes before a text that a spreadsheet would run as a formula, even after a character that
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

/** The text of a cell without the apostrophes that `csvCell` wrote. */
const csvText = (cell: string, separator: CsvSeparator): string => {
  const isMarked = cell.startsWith("'") && formula.test(cell.slice(1));
  const text = isMarked ? cell.slice(1) : cell;
  return text.replace(new RegExp(laterFormula[separator].source.replace("(?=", "'(?="), "g"), "$1");
};

interface CsvRecord {
  /** As in the file, with the end of its line. */
  readonly raw: string;
  readonly cells: readonly string[];
}

/** The records of a file that `csvLine` wrote, in order, the heading first. */
export function* csvRecords(text: string, separator: CsvSeparator): Generator<CsvRecord> {
  for (let at = 0; at < text.length; ) {
    const start = at;
    const cells: string[] = [];
    for (;;) {
      const [cell, end] = cellAt(text, at, separator);
      cells.push(csvText(cell, separator));
      at = end;
      if (text[at] !== separator) break;
      at++;
    }
    at = text.startsWith("\r\n", at) ? at + 2 : text.length;
    yield { raw: text.slice(start, at), cells };
  }
}

/** The cell that begins at a place, and the place behind it. */
const cellAt = (text: string, at: number, separator: CsvSeparator): [cell: string, end: number] => {
  if (text[at] !== '"') {
    let end = at;
    while (end < text.length && text[end] !== separator && text[end] !== "\r") end++;
    return [text.slice(at, end), end];
  }
  let end = at + 1;
  while (end < text.length && !(text[end] === '"' && text[end + 1] !== '"')) end += text[end] === '"' ? 2 : 1;
  return [text.slice(at + 1, end).replaceAll('""', '"'), end + 1];
};
