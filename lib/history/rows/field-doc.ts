import { defined } from "../../defined.ts";

export interface FieldDoc {
  /**
   * `time`: ISO 8601 in UTC, a timestamp in Parquet. `local`: text of the PBX's wall clock, a timestamp without zone in Parquet.
   * `json`: as the PBX nests it, JSON text in Parquet and CSV.
   */
  readonly type: "text" | "time" | "local" | "integer" | "flag" | "json";
  readonly nullable: boolean;
  readonly values?: readonly string[];
  readonly says: string;
}

export interface RowSchema {
  readonly id: string;
  readonly title: string;
  readonly fields: Readonly<Record<string, FieldDoc>>;
  readonly required: readonly string[];
  /** Whether rows can have fields that are not in `fields`. */
  readonly hasOthers: boolean;
}

/** A row as JSON Schema (2020-12). */
export const rowSchema = ({ id, title, fields, required, hasOthers }: RowSchema): object => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: id,
  title,
  type: "object",
  properties: Object.fromEntries(Object.entries(fields).map(([name, doc]) => [name, propertyOf(doc)])),
  required,
  additionalProperties: hasOthers,
});

const jsonTypes = {
  text: "string",
  time: "string",
  local: "string",
  integer: "integer",
  flag: "boolean",
} as const satisfies Record<Exclude<FieldDoc["type"], "json">, string>;

const propertyOf = ({ type, nullable, values, says }: FieldDoc): object => ({
  description: says,
  ...defined({
    // the PBX decides the form of nested fields
    type: type === "json" ? undefined : nullable ? [jsonTypes[type], "null"] : jsonTypes[type],
    format: type === "time" ? "date-time" : undefined,
    enum: values && nullable ? [...values, null] : values,
  }),
});
