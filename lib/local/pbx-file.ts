import { readFile } from "node:fs/promises";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import { type PbxEntry, type PbxRegistry, unknownPbx } from "../pbxs/registry.ts";
import { authChoices, authFields, readAuth } from "../wms/auth-kinds.ts";
import { parseJson } from "../wms/json.ts";

/** The variable of a field of a secret: WILDIX_APP_ID of app_id. */
const variableOf = (field: string): string => `WILDIX_${field.toUpperCase()}`;
const environmentFields = ["host", ...authFields] as const;
/** The variables that describe one PBX without a file; its id is `default`. */
export const environmentKeys: Readonly<Record<string, string>> = Object.fromEntries(
  environmentFields.map((field) => [field, variableOf(field)]),
);

/** Default settings of a PBX on loopback, which is usually the simulator. */
const simulatorSettings = {
  country: "US",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2,3}",
  dial_format: "e164_digits",
  allowed_countries: ["US", "CA", "IT", "DE", "GB", "FR"],
  call_marker: "account",
  caps: { per_minute: 300, per_caller: 20_000, per_destination: 5_000, per_day: 50_000 },
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One PBX from the environment: WILDIX_HOST and credentials, WILDIX_TIMEZONE for the export, WILDIX_SETTINGS (JSON) for the
 * rest of its secret.
 */
export const environmentRegistry = (env: Environment): PbxRegistry => ({
  list: async () => [toEntry("default", { timezone: env["WILDIX_TIMEZONE"] })],
  readText: async (id) => {
    if (id !== "default") throw unknownPbx(id, ["default"]);
    checkVariables(env);
    return JSON.stringify({ ...givenFields(env), ...environmentSettings(env) });
  },
});

const environmentSettings = (env: Environment): { settings?: unknown } => {
  const text = env["WILDIX_SETTINGS"];
  if (text) return { settings: readSettings(text) };
  return isLoopback(env["WILDIX_HOST"] ?? "") ? { settings: simulatorSettings } : {};
};

const readSettings = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    throw new ProductError("PBX_SECRET_INVALID", {
      field: "WILDIX_SETTINGS",
      detail: '`WILDIX_SETTINGS` must be JSON. Write it as {"country": "IT", …}.',
    });
  }
};

/** A PBX on loopback is a simulator, which takes any number of requests. */
export const isLoopback = (host: string): boolean => /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(host);

/** The fields of the secret that have a variable; an empty one counts as not set. */
const givenFields = (env: Environment): Partial<Record<(typeof environmentFields)[number], string>> =>
  defined(Object.fromEntries(environmentFields.map((field) => [field, env[variableOf(field)] || undefined])));

/** Names the missing variables; their values are checked as in a file. */
const checkVariables = (env: Environment): void => {
  const missing = (field: string, detail: string): ProductError =>
    new ProductError("CONFIG_MISSING", { field: variableOf(field), detail });
  const given = givenFields(env);
  if (Object.keys(given).length === 0)
    throw missing(
      "host",
      `\`WILDIX_HOST\` must be set, with ${authChoices(variableOf)}. Or give a file of PBXs with \`--pbxs\`.`,
    );
  if (given.host === undefined)
    throw missing(
      "host",
      "`WILDIX_HOST` must be set: the PBX's address, for example https://NAME.wildixin.com.",
    );
  const auth = readAuth(given);
  if (auth.found === "none")
    throw missing(
      authFields[0],
      `\`${variableOf(authFields[0])}\` must be set: the credentials of the PBX are ${authChoices(variableOf)}.`,
    );
  if (auth.found === "part")
    throw missing(
      auth.missing[0] ?? "",
      `\`${auth.missing.map(variableOf).join("`, `")}\` must be set, because ${auth.given.map(variableOf).join(", ")} is set.`,
    );
};

/**
 * PBXs from a JSON file: `{"pbxs": {"<id>": {…the secret's keys…, "timezone": "Europe/Rome", "export": "off"}}}`.
 * Read each time, so that a change takes effect.
 */
export const fileRegistry = (path: string): PbxRegistry => ({
  list: async () => {
    const pbxs = await load(path);
    return Object.keys(pbxs)
      .sort()
      .map((id) => toEntry(id, pbxs[id] ?? {}));
  },
  readText: async (id) => {
    const pbxs = await load(path);
    const found = Object.hasOwn(pbxs, id) ? pbxs[id] : undefined;
    if (found === undefined) throw unknownPbx(id, Object.keys(pbxs));
    const { timezone: _timezone, export: _export, ...secret } = found;
    return JSON.stringify(secret);
  },
});

type FileEntry = Readonly<Record<string, unknown>>;

const toEntry = (id: string, entry: FileEntry): PbxEntry => {
  const zone = entry["timezone"];
  const timezone = typeof zone === "string" && zone !== "" ? zone : undefined;
  return {
    id,
    timezone,
    exported: timezone !== undefined && entry["export"] !== "off",
    registeredAt: undefined,
  };
};

const load = async (path: string): Promise<Readonly<Record<string, FileEntry>>> => {
  const unusable = (detail: string, cause?: unknown): never => {
    throw new ProductError("REGISTRY_UNAVAILABLE", { field: path, detail: `\`${path}\` ${detail}`, cause });
  };
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    return unusable("cannot be read. Check the path and the permissions of this user.", cause);
  }
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return unusable("must be JSON. Look for a comment or a trailing comma.");
  }
  const pbxs = typeof value === "object" && value !== null && "pbxs" in value ? value.pbxs : undefined;
  if (typeof pbxs !== "object" || pbxs === null || Array.isArray(pbxs))
    return unusable('must have an object "pbxs".');
  const wrong = Object.entries(pbxs).find(
    ([, entry]) => typeof entry !== "object" || entry === null || Array.isArray(entry),
  );
  if (wrong) return unusable(`must have an object for the PBX "${wrong[0]}".`);
  return pbxs as Record<string, FileEntry>;
};
