import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { type FormatName, formatNames, formatOf, formats } from "../../lib/format-names.ts";
import { callFields } from "../../lib/history/grouping/grouping.ts";
import { agentFields, queueFields } from "../../lib/history/rows/name-fields.ts";
import { UsageError } from "../terminal/output.ts";
import type { Question } from "./questions.ts";
import { columnsOf, csvTextMacro, derivedColumns, type Fields, quoted, readerOf } from "./views.ts";

/** Datasets with the names of a day. */
export type NameDataset = "agents" | "queues";

/** A file with calls or names of one PBX and day. */
export interface CallFile {
  /** @default calls */
  readonly dataset?: NameDataset;
  readonly path: string;
  readonly day: string;
  readonly pbx: string;
}

export type Value = string | number | boolean | null;
export type ReportRow = Readonly<Record<string, Value>>;

export interface CallDatabase {
  /** Answers a question. Times are texts. Throws if a parameter has neither a value nor a default. */
  ask(question: Question, values: Readonly<Record<string, string | number>>): Promise<ReportRow[]>;
  /** Extensions of agents, by the names of the days. */
  extensions(): Promise<ReadonlySet<string>>;
  close(): void;
}

/** Runs SQL over the calls of these files, in memory. Reads nothing else and opens no connection. */
export const openCalls = async (files: readonly CallFile[]): Promise<CallDatabase> => {
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(csvTextMacro);
    await createCalls(connection, files);
  } catch (error) {
    close();
    throw error;
  }
  return {
    ask: (question, values) => ask(connection, question, values),
    extensions: async () => {
      const read = await connection.runAndReadAll("SELECT DISTINCT extension FROM agents");
      return new Set(read.getRowObjectsJS().map(({ extension }) => String(extension)));
    },
    close,
  };
};

/** The packages that only this command needs, with their versions. */
export const optionalPackages = { "@duckdb/node-api": "1.5.6-r.1", echarts: "6.1.0" } as const;

/** Loads a package that only this command needs. Throws UsageError if it is not installed. */
export const loadOptional = async <T>(
  name: keyof typeof optionalPackages,
  load: () => Promise<T>,
): Promise<T> => {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    const packages = Object.entries(optionalPackages).map(([each, version]) => `${each}@${version}`);
    throw new UsageError(
      `\`wildix report\` needs the package ${name}, which is not installed. Run \`npm install --global ${packages.join(" ")}\`, or \`npm ci\` in a clone.`,
    );
  }
};

export const loadDuckdb = () => loadOptional("@duckdb/node-api", () => import("@duckdb/node-api"));

const fileList = (files: readonly CallFile[]): string =>
  `[${files.map(({ path }) => quoted(patternOf(path))).join(", ")}]`;

/**
 * DuckDB reads a path with one of these characters as a pattern, and a backslash in a pattern as a slash. A question mark also
 * finds other files, whose rows are not taken: `sourceOf` compares the names.
 */
const patternOf = (path: string): string =>
  /[[*?]/.test(path) ? path.replace(/[[*?]/g, "[$&]").replaceAll("\\", "?") : path;

/** The table of the questions: the fields of calls, `dt`, `pbx` and what derives from them. */
const createCalls = async (connection: DuckDBConnection, files: readonly CallFile[]): Promise<void> => {
  await connection.run("CREATE TABLE files (filename VARCHAR, dt VARCHAR, pbx VARCHAR)");
  for (const { path, day, pbx } of files)
    await connection.run("INSERT INTO files VALUES (?, ?, ?)", [path, day, pbx]);
  const rowsOf = (dataset: NameDataset | undefined, fields: Fields): Promise<string> =>
    sourceOf(
      connection,
      files.filter((file) => file.dataset === dataset),
      fields,
    );
  const [agents, queues] = [await rowsOf("agents", agentFields), await rowsOf("queues", queueFields)];
  await connection.run(
    `CREATE TABLE agents AS SELECT dt, pbx, extension, max(name) FILTER (WHERE name <> '') AS agent_name FROM (${agents}) GROUP BY ALL`,
  );
  await connection.run(`CREATE TABLE queues AS SELECT dt, pbx, id, name FROM (${queues}) WHERE name <> ''`);
  await connection.run(createNamed(await rowsOf(undefined, callFields)));
};

/** Calls with the names of their day. A call has the names that its PBX wrote, or for some PBXs the id of its queue. */
const createNamed = (calls: string): string => `CREATE TABLE calls AS
SELECT *, ${derivedColumns.join(", ")}
FROM (
SELECT rows.* REPLACE (
  coalesce(answering.agent_name, answered_by_name) AS answered_by_name,
  coalesce(calling.agent_name, caller_name) AS caller_name,
  coalesce(queue_ids.queue_name, queue) AS queue
)
FROM (${calls}) AS rows
LEFT JOIN agents AS answering
  ON answering.dt = rows.dt AND answering.pbx = rows.pbx AND answering.extension = answered_by
LEFT JOIN agents AS calling
  ON calling.dt = rows.dt AND calling.pbx = rows.pbx AND calling.extension = caller
    AND direction IN ('outbound', 'internal')
LEFT JOIN (
  SELECT dt, pbx, id, max(name) AS queue_name
  FROM queues
  WHERE (dt, pbx, id) NOT IN (SELECT (dt, pbx, name) FROM queues)
  GROUP BY ALL
) AS queue_ids
  ON queue_ids.dt = rows.dt AND queue_ids.pbx = rows.pbx AND queue_ids.id = queue
)`;

/** The rows of files, with `dt` and `pbx`. */
const sourceOf = async (
  connection: DuckDBConnection,
  files: readonly CallFile[],
  fields: Fields,
): Promise<string> => {
  const nothing = `SELECT NULL AS filename, ${columnsOf(fields, () => false, false).join(", ")}`;
  const sources = [`${nothing} WHERE false`];
  for (const format of formatNames) {
    const ofFormat = files.filter(({ path }) => formatOf(path) === format);
    if (ofFormat.length > 0) sources.push(await readFormat(connection, format, fileList(ofFormat), fields));
  }
  return `SELECT rows.* EXCLUDE (filename), dt, pbx FROM (${sources.join(" UNION ALL ")}) AS rows JOIN files USING (filename)`;
};

const readFormat = async (
  connection: DuckDBConnection,
  format: FormatName,
  list: string,
  fields: Fields,
): Promise<string> => {
  const isGzip = formats[format].extension.endsWith(".gz");
  const reader = readerOf(format, fields, list, isGzip ? "gzip" : "none");
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${reader}`);
  const names = new Set(described.getRowObjectsJson().map((row) => row["column_name"]));
  const columns = columnsOf(fields, (name) => names.has(name), formats[format].csv);
  return `SELECT filename, ${columns.join(", ")} FROM ${reader}`;
};

const ask = async (
  connection: DuckDBConnection,
  { parameters, defaults, sql }: Question,
  values: Readonly<Record<string, string | number>>,
): Promise<ReportRow[]> => {
  const bound = parameters.map((name): DuckDBValue => {
    const value = values[name] ?? defaults[name];
    if (value === undefined) throw new Error(`the parameter ${name} has no value`);
    return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  });
  const read = await connection.runAndReadAll(sql, bound);
  return read.getRowObjectsJS().map((row) => Object.fromEntries(Object.entries(row).map(plain)));
};

const plain = ([name, value]: [string, unknown]): [string, Value] => {
  if (typeof value === "bigint") return [name, Number(value)];
  if (value instanceof Date) return [name, value.toISOString().slice(0, 19).replace("T", " ")];
  if (value === null || typeof value === "number" || typeof value === "boolean") return [name, value];
  return [name, String(value)];
};
