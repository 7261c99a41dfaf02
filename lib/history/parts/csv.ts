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

/** A spreadsheet reads a cell that begins with one of these characters as a formula, including the full-width ones. */
const formula = /^[=@+\-＝＠＋－\t\r\n]/;
const utcOffset = /^[+-]\d\d:?\d\d$/;

const formulaSign = /[=@+\-＝＠＋－]/;

/** The characters that end a cell for a reader with another separator. */
const others: Readonly<Record<CsvSeparator, string>> = { ",": ";\t\r\n", ";": ",\t\r\n", "\t": ",;\r\n" };
const bySeparator = (pattern: (ends: string) => RegExp): Readonly<Record<CsvSeparator, RegExp>> => ({
  ",": pattern(others[","]),
  ";": pattern(others[";"]),
  "\t": pattern(others["\t"]),
});
const ends = bySeparator((signs) => new RegExp(`[${signs}]`));
const allEnds = bySeparator((signs) => new RegExp(`[${signs}]`, "g"));
/** Ends of cells, and what is skipped before a formula. A run is read once, so that long ones take no longer. */
const runs = bySeparator((signs) => new RegExp(`[${signs}"\\s]+`, "g"));
/** The same with the apostrophes that were written there. */
const markedRuns = bySeparator((signs) => new RegExp(`[${signs}"\\s']+`, "g"));

/** Changes the runs before a sign with which a formula begins. */
const beforeFormulas = (text: string, pattern: RegExp, change: (run: string) => string): string =>
  text.replace(pattern, (run: string, at: number) =>
    formulaSign.test(text[at + run.length] ?? "") ? change(run) : run,
  );

/** An apostrophe where a reader with another separator begins a cell that would be a formula. */
const marked = (text: string, separator: CsvSeparator): string =>
  ends[separator].test(text)
    ? beforeFormulas(text, runs[separator], (run) => {
        // a cell that ends before this sign is not a formula
        const last = Math.max(0, run.lastIndexOf(";"), run.lastIndexOf(","));
        return run.slice(0, last) + run.slice(last).replace(allEnds[separator], "$&'");
      })
    : text;

/** The text without these apostrophes. */
const unmarked = (text: string, separator: CsvSeparator): string =>
  text.includes("'")
    ? beforeFormulas(text, markedRuns[separator], (run) => {
        const kept: string[] = [];
        let at = run.length - 1;
        for (; at >= 0; at--) {
          const sign = run[at] ?? "";
          const isMark = sign === "'" && ends[separator].test(run[at - 1] ?? "");
          if (!isMark && /[',;]/.test(sign)) break;
          if (!isMark) kept.push(sign);
        }
        return run.slice(0, at + 1) + kept.reverse().join("");
      })
    : text;

/**
 * A cell of CSV. An apostrophe comes before a string that a spreadsheet would run as a formula, even after a character that
 * separates cells in another country. A string that would break the row is quoted.
 */
export const csvCell = (value: unknown, separator: CsvSeparator = ","): string => {
  if (value === null || value === undefined) return "";
  // a negative number is not a formula
  if (typeof value === "number") return String(value);
  const text = marked(typeof value === "string" ? value : jsonText(value), separator);
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
  return unmarked(text, separator);
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
    // the end of the line
    at += 2;
    yield { raw: text.slice(start, at), cells };
  }
}

/** The cell that begins at `from`, and the index after it. */
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
