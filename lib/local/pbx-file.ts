import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import {
  entryOf,
  listedPbx,
  listedSecretText,
  type PbxList,
  readPbxList,
  unusable,
} from "../pbxs/pbx-list.ts";
import { type PbxRegistry, unknownPbx } from "../pbxs/registry.ts";
import { readTextFile } from "../text-file.ts";
import { authChoices, authFields, notTogether, readAuth } from "../wms/auth-kinds.ts";
import { readWrittenJson } from "../written-json.ts";

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

/** The id of the PBX of the environment. */
export const environmentPbx = "default";

/**
 * One PBX from the environment: WILDIX_HOST and credentials, WILDIX_TIMEZONE for the export, WILDIX_WEBHOOK_SECRET for its
 * webhook, WILDIX_SETTINGS (JSON) for its settings.
 */
export const environmentRegistry = (env: Environment): PbxRegistry => ({
  list: async () => {
    if (!env["WILDIX_HOST"]) checkVariables(env);
    return [entryOf(environmentPbx, { timezone: env["WILDIX_TIMEZONE"] })];
  },
  readText: async (id) => {
    if (id !== environmentPbx) throw unknownPbx(id, [environmentPbx]);
    checkVariables(env);
    return JSON.stringify({
      ...givenFields(env),
      ...(env["WILDIX_WEBHOOK_SECRET"] ? { webhook_secrets: [env["WILDIX_WEBHOOK_SECRET"]] } : {}),
      ...environmentSettings(env),
    });
  },
});

const environmentSettings = (env: Environment): { settings?: unknown } => {
  const text = env["WILDIX_SETTINGS"];
  if (text) return { settings: readSettings(text) };
  return isLoopback(env["WILDIX_HOST"] ?? "") ? { settings: simulatorSettings } : {};
};

const readSettings = (text: string): unknown =>
  readWrittenJson(
    text,
    (why) =>
      new ProductError("PBX_SECRET_INVALID", {
        field: "WILDIX_SETTINGS",
        detail: `\`WILDIX_SETTINGS\` ${why}`,
      }),
  );

/** A PBX on loopback is a simulator, which takes any number of requests. */
export const isLoopback = (host: string): boolean =>
  /^https?:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?\/?$/i.test(host);

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
  if (auth.found === "several") {
    const variables = auth.given.flat().map(variableOf);
    throw new ProductError("CONFIG_INVALID", { field: variables[0] ?? "", detail: notTogether(variables) });
  }
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
export const fileRegistry = (path: string): PbxRegistry => {
  const load = loader(path);
  return {
    list: async () => {
      const pbxs = await load();
      return Object.keys(pbxs)
        .sort()
        .map((id) => entryOf(id, pbxs[id] ?? {}));
    },
    readText: async (id) => {
      const pbxs = await load();
      const found = listedPbx(pbxs, id);
      if (found === undefined) throw unknownPbx(id, Object.keys(pbxs));
      return listedSecretText(id, found);
    },
  };
};

/** Parses the text only if it is not that of the last time: a command asks for each of a thousand PBXs. */
const loader = (path: string): (() => Promise<PbxList>) => {
  let last: { readonly text: string; readonly pbxs: PbxList } | undefined;
  return async () => {
    const text = await readFileOf(path);
    if (last?.text !== text) last = { text, pbxs: readPbxList(path, text) };
    return last.pbxs;
  };
};

const readFileOf = async (path: string): Promise<string> => {
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw unusable(path, "cannot be read. Check the path and the permissions of this user.", cause);
  }
};
