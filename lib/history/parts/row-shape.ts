import type { FieldDoc } from "../rows/field-doc.ts";
import { jsonText } from "../rows/json-text.ts";
import { legFields } from "../rows/leg-fields.ts";
import { type ExportRow, toLine, toObject } from "../rows/rows.ts";

/** How the rows of a dataset become columns and lines. */
export interface RowShape<Row> {
  /** What a row is. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldDoc>>;
  /** Whether rows can have fields that are not in `fields`. */
  readonly hasOthers: boolean;
  /** `columns` limits the fields. @default all */
  readonly toObject: (row: Row, columns?: readonly string[]) => Readonly<Record<string, unknown>>;
  /** The row as JSON, with all fields, and the end of the line: texts that follow each other. */
  readonly toLine: (row: Row) => readonly string[];
}

export const legShape: RowShape<ExportRow> = {
  name: "leg",
  fields: legFields,
  hasOthers: true,
  toObject,
  toLine,
};

/** The shape of rows that are objects with exactly these fields. */
export const plainShape = <Row extends object>(
  name: string,
  fields: Readonly<Record<keyof Row & string, FieldDoc>>,
): RowShape<Row> => ({
  name,
  fields,
  hasOthers: false,
  toObject: (row) => Object.assign<Record<string, unknown>, Row>({}, row),
  toLine: (row) => [jsonText(row), "\n"],
});
