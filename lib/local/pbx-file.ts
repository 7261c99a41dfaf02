import { readFile } from "node:fs/promises";
import { ProductError } from "../errors.ts";
import { type PbxEntry, type PbxRegistry, unknownPbx } from "../pbxs/registry.ts";
import { parseJson } from "../wms/json.ts";

/** The variables that describe one PBX without a file; its id is `default`. */
export const environmentKeys = {
  host: "WILDIX_HOST",
  app_id: "WILDIX_APP_ID",
  app_name: "WILDIX_APP_NAME",
  secret_key: "WILDIX_SECRET_KEY",
  api_key: "WILDIX_API_KEY",
  token: "WILDIX_TOKEN",
} as const;

/** Where nothing else is said, a PBX on loopback is the simulator: the settings that fit it. */
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
    const given = Object.entries(environmentKeys).flatMap(([key, name]) =>
      env[name] ? [[key, env[name]]] : [],
    );
    return JSON.stringify({ ...Object.fromEntries(given), ...environmentSettings(env) });
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
      detail: 'WILDIX_SETTINGS is no JSON. Write it as {"country": "IT", …}.',
    });
  }
};

/** A PBX on loopback is a simulator, which nobody has to spare. */
export const isLoopback = (host: string): boolean => /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(host);

/** Says which variables are missing, by name; what is in them is checked as in a file. */
const checkVariables = (env: Environment): void => {
  const set = (...names: string[]): string[] => names.filter((name) => env[name]);
  const s2s = ["WILDIX_APP_ID", "WILDIX_APP_NAME", "WILDIX_SECRET_KEY"];
  const single = set("WILDIX_API_KEY", "WILDIX_TOKEN");
  const missing = (field: string, detail: string): ProductError =>
    new ProductError("CONFIG_MISSING", { field, detail });
  if (set(...Object.values(environmentKeys)).length === 0) {
    throw missing(
      "WILDIX_HOST",
      "no PBX is given: WILDIX_HOST, WILDIX_APP_ID, WILDIX_APP_NAME and WILDIX_SECRET_KEY are not set, and no file of PBXs is named (--pbxs)",
    );
  }
  if (!env["WILDIX_HOST"]) throw missing("WILDIX_HOST", "WILDIX_HOST is not set: the PBX's address");
  const lacking = s2s.filter((name) => !env[name]);
  if (single.length === 0 && lacking.length > 0) {
    const instead = lacking.length === s2s.length ? " (or WILDIX_API_KEY, or WILDIX_TOKEN)" : "";
    throw missing(
      lacking[0] ?? "",
      `${lacking.join(" and ")}${instead} ${lacking.length === 1 ? "is" : "are"} not set: the PBX's credentials`,
    );
  }
};

/**
 * PBXs from a JSON file: `{"pbxs": {"<id>": {…the secret's keys…, "timezone": "Europe/Rome", "export": "off"}}}`.
 * Read anew each time, so that a change is seen.
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
    throw new ProductError("REGISTRY_UNAVAILABLE", { field: path, detail: `${path} ${detail}`, cause });
  };
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    return unusable("cannot be read. Is the path right, and may this user read it?", cause);
  }
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return unusable("is no JSON. Look for a comment or a trailing comma.");
  }
  const pbxs = typeof value === "object" && value !== null && "pbxs" in value ? value.pbxs : undefined;
  if (typeof pbxs !== "object" || pbxs === null || Array.isArray(pbxs))
    return unusable('has no object "pbxs" in it.');
  const wrong = Object.entries(pbxs).find(
    ([, entry]) => typeof entry !== "object" || entry === null || Array.isArray(entry),
  );
  if (wrong) return unusable(`has no object for the PBX "${wrong[0]}".`);
  return pbxs as Record<string, FileEntry>;
};
