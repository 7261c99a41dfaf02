import { isDeepStrictEqual } from "node:util";
import { callFields } from "../../lib/history/grouping/grouping.ts";
import type { FieldDoc } from "../../lib/history/rows/field-doc.ts";
import { legFields } from "../../lib/history/rows/leg-fields.ts";
import { agentFields, queueFields } from "../../lib/history/rows/name-fields.ts";
import { at, listOf, ofType, type Rule } from "./template.ts";

/** The datasets, with the schemas of their rows. */
const schemas: Readonly<Record<string, Readonly<Record<string, FieldDoc>>>> = {
  calls: callFields,
  legs: legFields,
  queues: queueFields,
  agents: agentFields,
};

/** Types of Glue by the format of the files. */
const inJson = {
  text: "string",
  json: "string",
  time: "string",
  local: "string",
  integer: "int",
  flag: "boolean",
};
const inParquet = { ...inJson, time: "timestamp", local: "timestamp" };
const inViews = inParquet;
/** Types of Athena's engine, by those of Glue. */
const engineTypes: Readonly<Record<string, string>> = {
  string: "varchar",
  timestamp: "timestamp(3)",
  int: "integer",
  boolean: "boolean",
};
/** Columns of the views beside the fields. */
const more: Readonly<Record<string, readonly string[]>> = {
  calls: ["missed", "caller_number", "called_number"],
  legs: ["started", "answered", "ended"],
};

const columnsOf = (table: unknown): [string, string][] =>
  listOf(at(table, "TableInput", "StorageDescriptor", "Columns")).map((column) => [
    String(at(column, "Name")),
    String(at(column, "Type")),
  ]);

/** Whether Athena's tables and views have the columns that the rows have. */
export const athenaFindings =
  (format: "ndjson" | "parquet"): Rule =>
  (template) => {
    const tables = new Map(
      ofType(template, "AWS::Glue::Table").map(([, { Properties }]) => [
        String(at(Properties, "TableInput", "Name")),
        Properties,
      ]),
    );
    return Object.entries(schemas).flatMap(([dataset, fields]) => {
      const typed = (types: Readonly<Record<FieldDoc["type"], string>>) =>
        Object.entries(fields).map(([name, { type }]): [string, string] => [name, types[type]]);
      const same = (one: unknown, other: unknown, what: string): string[] =>
        isDeepStrictEqual(one, other) ? [] : [`${dataset}: ${what} differ from the schema of the rows`];
      const view = tables.get(dataset);
      const text = String(at(view, "TableInput", "ViewOriginalText"));
      const { columns, originalSql } = JSON.parse(
        Buffer.from(text.replace(/^\/\* Presto View: | \*\/$/g, ""), "base64").toString() || "{}",
      ) as { columns?: { name: string; type: string }[]; originalSql?: string };
      const shown = columnsOf(view);
      const selected = originalSql
        ?.split("\nFROM ")[0]
        ?.split("\n")
        .slice(1)
        .map((line) => /(?:^| AS )"?(\w+)"?,?$/.exec(line.trim())?.[1]);
      return [
        ...same(
          columnsOf(tables.get(`${dataset}_files`)),
          typed(format === "ndjson" ? inJson : inParquet),
          "columns of the table",
        ),
        ...same(shown.slice(0, Object.keys(fields).length), typed(inViews), "columns of the view"),
        ...same(
          shown.slice(Object.keys(fields).length).map(([name]) => name),
          ["dt", "pbx", ...(more[dataset] ?? [])],
          "added columns of the view",
        ),
        ...same(
          columns,
          shown.map(([name, type]) => ({ name, type: engineTypes[type] })),
          "types of the view's text",
        ),
        ...same(
          selected,
          shown.map(([name]) => name),
          "columns that the view selects",
        ),
      ];
    });
  };
