import { basename } from "node:path";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { UsageError } from "../terminal/output.ts";
import { isPlaceholder } from "./draft.ts";
import { type FileRows, reasonWithout } from "./rows.ts";

interface Application {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly secret: string | undefined;
}

/** The answer's form is inferred from other lists of WMS: no page that could be read documents it. */
const fields = {
  id: ["appid", "applicationid", "id"],
  name: ["appname", "name"],
  secret: ["secretkey", "appsecret", "secret", "key"],
} as const;

const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, "");

/** A list of S2S applications as WMS answers `GET /api/v1/pbx/applications/s2s`, or as `wildix request` prints it; undefined: none. */
export const applicationsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] | undefined => {
  if (Array.isArray(value)) return value.every(isJsonObject) ? value : undefined;
  if (!isJsonObject(value)) return undefined;
  for (const key of ["body", "result", "records", "applications"]) {
    const found = applicationsIn(value[key]);
    if (found !== undefined) return found;
  }
  return undefined;
};

const readApplication = (record: Readonly<Record<string, unknown>>): Application => {
  const texts = new Map(
    Object.entries(record).flatMap(([key, value]) =>
      (typeof value === "string" && value !== "") || typeof value === "number"
        ? [[plain(key), String(value)]]
        : [],
    ),
  );
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => texts.get(name)).find((text) => text !== undefined);
  return { id: first(fields.id), name: first(fields.name), secret: first(fields.secret) };
};

/** Whether a record has what names an application. */
export const isApplication = (record: Readonly<Record<string, unknown>>): boolean => {
  const { id, name } = readApplication(record);
  return id !== undefined && name !== undefined;
};

/** The credentials of one PBX from its list of applications. The name of the file is the id of the PBX. */
export const applicationRows = (
  file: string,
  records: readonly Readonly<Record<string, unknown>>[],
  appName: string | undefined,
): FileRows => {
  let pbx: string | undefined;
  try {
    pbx = pbxOf(file);
    const { id, name, secret } = oneOf(records.map(readApplication), appName);
    const listed = { app_id: id, app_name: name, secret_key: secret };
    return { rows: [{ file, line: 1, pbx, listed, whole: false }], refused: [] };
  } catch (error) {
    if (!(error instanceof CodedError || error instanceof UsageError)) throw error;
    const reason = reasonWithout(error.message, {});
    return { rows: [], refused: [{ file, line: 1, ...(pbx === undefined ? {} : { pbx }), reason }] };
  }
};

const pbxOf = (file: string): string => {
  try {
    return checkPbxId(basename(file).replace(/\.[A-Za-z]+$/, ""));
  } catch (cause) {
    throw new UsageError(
      "A list of applications must be a file with the id of its PBX as its name, for example milan.json.",
      { cause },
    );
  }
};

const oneOf = (
  applications: readonly Application[],
  appName: string | undefined,
): { readonly [Key in keyof Application]: string } => {
  const [one, ...others] = applications.filter(({ name }) => appName === undefined || name === appName);
  if (one === undefined)
    throw new UsageError(
      appName === undefined
        ? "The list has no S2S application. Create one in WMS: PBX → Integrations → Applications."
        : `The list has no application "${appName}". Give \`--app-name\` as WMS shows it.`,
    );
  if (others.length > 0)
    throw new UsageError(
      `The list has ${others.length + 1} applications${appName === undefined ? "" : ` "${appName}"`}. ${appName === undefined ? "Name one with `--app-name`." : "Use a table instead."}`,
    );
  const { id, name, secret } = one;
  if (id === undefined || name === undefined)
    throw new UsageError(
      "The application must have an id and a name. In a list of PBXs, each PBX must have its id as `pbx`.",
    );
  if (secret === undefined || isPlaceholder(secret))
    throw new UsageError(`The list has no secret key of the application. Copy it from WMS into a table.`);
  return { id, name, secret };
};
