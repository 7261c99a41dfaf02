import { ProductError } from "./errors.ts";
import { type FormatName, tableFormats } from "./format-names.ts";
import { parseLocal } from "./wms/local-time.ts";

/**
 * The settings of the deployment, from its environment. Only lib/aws reads more of the environment: what Lambda itself sets
 * (AWS_…), which is not a setting. lib/local/pbx-file.ts reads the variables of one PBX.
 */
export interface Config {
  /** The stage of the deployment; undefined on a laptop. */
  readonly stage: string | undefined;
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
  /** The PBX of a request that names none. */
  readonly defaultPbx: string | undefined;
  /** Characters that a sound's text may have. */
  readonly maxSoundText: number;
  readonly rowsPerPart: number;
  /** Format of the export's parts. */
  readonly format: FormatName;
  /** Fields that exported rows keep; undefined: all. */
  readonly columns: readonly string[] | undefined;
  /** Days before yesterday that are read again. */
  readonly lookbackDays: number;
  /** How many days back days without a manifest are backfilled. */
  readonly catchUpDays: number;
  /** Days that the bucket keeps an export; 0: for ever. */
  readonly retentionDays: number;
  /** The day from which on history is exported, in place of each PBX's registration. */
  readonly startDate: string | undefined;
  /** URL of the queue of days to export, and of its dead letters. */
  readonly exportQueue: string | undefined;
  readonly deadLetterQueue: string | undefined;
  /** URL of the queue of verified webhooks. */
  readonly eventQueue: string | undefined;
  /** ARN of that queue: messages of any other one must be signed. */
  readonly eventQueueArn: string | undefined;
  /** Name of the event bus. */
  readonly eventBus: string | undefined;
  /** Whether events are kept in the bucket. */
  readonly archiveEvents: boolean;
  /** ARN of the topic that notifies people. */
  readonly alarmTopic: string | undefined;
  /** CloudWatch's name for the metrics of this deployment. */
  readonly metricsNamespace: string;
}

export const configDefaults = {
  maxSoundText: 3000,
  rowsPerPart: 250_000,
  format: "ndjson",
  lookbackDays: 3,
  catchUpDays: 35,
  retentionDays: 0,
  metricsNamespace: "wildix-functions",
} as const;

/** The planner looks at each of these days every hour. */
export const mostDaysBack = 3_650;

export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => ({
  stage: env["WILDIX_STAGE"] || undefined,
  secretPrefix: env["WILDIX_SECRET_PREFIX"],
  keysSecret: env["WILDIX_KEYS_SECRET"],
  bucket: env["WILDIX_BUCKET"],
  table: env["WILDIX_TABLE"],
  auditGroup: env["WILDIX_AUDIT_LOG"],
  defaultPbx: env["WILDIX_DEFAULT_PBX"] || undefined,
  maxSoundText: whole(env, "WILDIX_MAX_SOUND_TEXT", configDefaults.maxSoundText),
  rowsPerPart: whole(env, "WILDIX_ROWS_PER_PART", configDefaults.rowsPerPart),
  format: readFormat(env["WILDIX_EXPORT_FORMAT"]),
  columns: env["WILDIX_EXPORT_COLUMNS"]?.split(",").flatMap((name) => name.trim() || []),
  lookbackDays: whole(env, "WILDIX_LOOKBACK_DAYS", configDefaults.lookbackDays, 0, mostDaysBack),
  catchUpDays: whole(env, "WILDIX_CATCH_UP_DAYS", configDefaults.catchUpDays, 1, mostDaysBack),
  retentionDays: whole(env, "WILDIX_RETENTION_DAYS", configDefaults.retentionDays, 0),
  startDate: readDate(env, "WILDIX_START_DATE"),
  exportQueue: env["WILDIX_EXPORT_QUEUE"],
  deadLetterQueue: env["WILDIX_EXPORT_DEAD_LETTERS"],
  eventQueue: env["WILDIX_EVENT_QUEUE"],
  eventQueueArn: env["WILDIX_EVENT_QUEUE_ARN"],
  eventBus: env["WILDIX_EVENT_BUS"],
  archiveEvents: onOff(env, "WILDIX_ARCHIVE_EVENTS"),
  alarmTopic: env["WILDIX_ALARM_TOPIC"],
  metricsNamespace: env["WILDIX_METRICS_NAMESPACE"] || configDefaults.metricsNamespace,
});

/** A setting that must be there; throws CONFIG_MISSING by the variable's name. */
export const required = (value: string | undefined, variable: string): string => {
  if (value !== undefined && value !== "") return value;
  throw new ProductError("CONFIG_MISSING", { field: variable, detail: `\`${variable}\` must be set` });
};

const whole = (
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  byDefault: number,
  least = 1,
  most = Number.POSITIVE_INFINITY,
): number => {
  const text = env[variable];
  if (text === undefined || text === "") return byDefault;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  const range =
    most === Number.POSITIVE_INFINITY ? `of ${least} or more, of up to 9 digits` : `from ${least} to ${most}`;
  throw wrong(variable, `must be a whole number ${range}; got "${text}".`);
};

const onOff = (env: Readonly<Record<string, string | undefined>>, variable: string): boolean => {
  const text = env[variable] || "false";
  if (text === "true" || text === "false") return text === "true";
  throw wrong(variable, `must be true or false; got "${text}".`);
};

const readFormat = (text: string | undefined): FormatName => {
  if (text === undefined || text === "") return configDefaults.format;
  const format = tableFormats.find((name) => name === text);
  if (format === undefined)
    throw wrong("WILDIX_EXPORT_FORMAT", `must be ${tableFormats.join(" or ")}; got "${text}".`);
  return format;
};

const readDate = (
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
): string | undefined => {
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  if (parseLocal(`${text} 00:00:00`) !== undefined) return text;
  const wanted = /^\d{4}-\d\d-\d\d$/.test(text) ? "of the calendar" : "such as 2026-11-01";
  throw wrong(variable, `must be a day ${wanted}; got "${text}".`);
};

const wrong = (variable: string, detail: string): ProductError =>
  new ProductError("CONFIG_INVALID", { field: variable, detail: `\`${variable}\` ${detail}` });
