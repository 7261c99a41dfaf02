import { jsonText } from "../rows/json-text.ts";

/** A cell of CSV. What a spreadsheet would take for a formula is led by an apostrophe; what would break the row is quoted. */
export const csvCell = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? jsonText(value) : String(value);
  const formula = typeof value === "string" && /^[=@+\-\t\r]/.test(text);
  if (!formula && !/[",\r\n]/.test(text)) return text;
  return `"${formula ? "'" : ""}${text.replaceAll('"', '""')}"`;
};

export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(",")}\r\n`;
