import { ProductError } from "./errors.ts";

/** The deployment's settings; the one place where the environment is read. */
export interface Config {
  /** Names of the PBXs' secrets begin with this. */
  readonly secretPrefix: string | undefined;
  /** Name of the secret with the callers' keys. */
  readonly keysSecret: string | undefined;
  /** Bucket of the export. */
  readonly bucket: string | undefined;
  /** DynamoDB table of the state. */
  readonly table: string | undefined;
  /** Log group of the audit lines. */
  readonly auditGroup: string | undefined;
  /** The PBX that is meant where a request names none. */
  readonly defaultPbx: string | undefined;
  /** Characters that a sound's text may have. */
  readonly maxSoundText: number;
  readonly rowsPerPart: number;
}

export const configDefaults = { maxSoundText: 3000, rowsPerPart: 250_000 };

export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => ({
  secretPrefix: env["WILDIX_SECRET_PREFIX"],
  keysSecret: env["WILDIX_KEYS_SECRET"],
  bucket: env["WILDIX_BUCKET"],
  table: env["WILDIX_TABLE"],
  auditGroup: env["WILDIX_AUDIT_LOG"],
  defaultPbx: env["WILDIX_DEFAULT_PBX"] || undefined,
  maxSoundText: whole(env, "WILDIX_MAX_SOUND_TEXT", configDefaults.maxSoundText),
  rowsPerPart: whole(env, "WILDIX_ROWS_PER_PART", configDefaults.rowsPerPart),
});

/** A setting that must be there; throws CONFIG_MISSING by the variable's name. */
export const required = (value: string | undefined, variable: string): string => {
  if (value !== undefined && value !== "") return value;
  throw new ProductError("CONFIG_MISSING", { field: variable, detail: `${variable} is not set` });
};

const whole = (
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  byDefault: number,
): number => {
  const text = env[variable];
  if (text === undefined || text === "") return byDefault;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ProductError("CONFIG_MISSING", {
    field: variable,
    detail: `${variable} is no whole number above 0`,
  });
};
