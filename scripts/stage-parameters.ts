import { parseDocument } from "yaml";
import { mostDaysBack } from "../lib/config.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { tableFormats } from "../lib/format-names.ts";
import { legFields } from "../lib/history/rows/leg-fields.ts";

/** A value of `stages/STAGE.yml`, or as text of `--param`. */
type Value = string | number | boolean | null;
export type Parameters = Readonly<Record<string, Value>>;

interface Rule {
  /** After "must be". */
  readonly must: string;
  readonly fits: (text: string) => boolean;
}

const whole = (least: number, most = 999_999_999): Rule => ({
  must: `a whole number from ${least} to ${most}`,
  fits: (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
});
/** Messages that SQS gives to a function at the same time. */
const concurrency = whole(2, 1_000);
const onOff: Rule = { must: "true or false", fits: (text) => text === "true" || text === "false" };
const oneOf = (names: readonly string[]): Rule => ({
  must: names.join(" or "),
  fits: (text) => names.includes(text),
});
const matching = (pattern: RegExp, must: string): Rule => ({ must, fits: (text) => pattern.test(text) });
const orEmpty = ({ must, fits }: Rule): Rule => ({
  must: `${must}, or empty`,
  fits: (text) => text === "" || fits(text),
});

/** Days that CloudWatch Logs can keep logs. */
const retention = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
].map(String);
/** Days are read again up to a week later: a shorter retention would delete what the planner exports again. */
const retentionDays: Rule = {
  must: "0, which keeps for ever, or a whole number of 7 or more",
  fits: (text) => /^\d{1,9}$/.test(text) && (Number(text) === 0 || Number(text) >= 7),
};
const logDays: Rule = {
  must: `a retention of CloudWatch Logs: ${retention.join(", ")}`,
  fits: (text) => retention.includes(text),
};
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
const columns: Rule = {
  must: "fields of a leg, separated by commas (docs/legs-dataset.md)",
  fits: (text) => text.split(",").every((name) => Object.hasOwn(legFields, name.trim())),
};

/** All parameters of serverless.yml, and what each may be. */
export const parameterRules: Readonly<Record<string, Rule>> = {
  secretPrefix: matching(/^[\w/+=.@-]{1,400}$/, "a part of a secret's name"),
  keysSecret: matching(/^[\w/+=.@-]{1,400}$/, "the name of a secret"),
  defaultPbx: orEmpty(matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "the id of a PBX")),
  maxSoundText: whole(1),
  auditRetentionDays: logDays,
  rowsPerPart: whole(1),
  exportFormat: oneOf(tableFormats),
  exportColumns: orEmpty(columns),
  lookbackDays: whole(0, mostDaysBack),
  catchUpDays: whole(1, mostDaysBack),
  startDate: orEmpty({ must: "a day, for example 2026-11-01", fits: isDay }),
  exportWorkers: concurrency,
  athena: onOff,
  athenaScanGigabytes: whole(1),
  archiveEvents: onOff,
  eventWorkers: concurrency,
  alarmEmail: orEmpty(matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address")),
  encryptTopic: onOff,
  dashboard: onOff,
  permissionsBoundary: orEmpty(
    matching(/^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/\S+$/, "the ARN of a managed policy"),
  ),
  logRetentionDays: logDays,
  exportRetentionDays: retentionDays,
  oldVersionDays: whole(1),
  protectTable: onOff,
  requestsPerSecond: whole(1),
  requestsAtOnce: whole(1),
  originateConcurrency: orEmpty(whole(1)),
};

/** Wrong parameters; the message names the source, each parameter and the fix. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
}

const textOf = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

/** What people write into the file that is not a parameter, and where it belongs. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["region", "Give the region as `--region` or in `AWS_REGION`."],
  ["stage", "The name of the file is the stage."],
  ["profile", "Give the profile as `--aws-profile` or in `AWS_PROFILE`."],
  ["params", "Write each parameter at the start of a line."],
  ["<<", "Write each parameter itself: keys of other maps are not merged."],
]);

/** What is wrong with parameters, a line each. `source`: where they were written. */
export const wrongParameters = (given: Readonly<Record<string, unknown>>, source: string): string[] =>
  Object.entries(given).flatMap(([name, value]) => {
    const rule = Object.hasOwn(parameterRules, name) ? parameterRules[name] : undefined;
    if (rule === undefined) {
      const near = didYouMean(name, Object.keys(parameterRules));
      const hint =
        elsewhere.get(name) ??
        (near === undefined ? "docs/configuration.md lists all parameters." : `Did you mean \`${near}\`?`);
      return [`${source}: \`${name}\` is not a parameter of a deployment. ${hint}`];
    }
    if (typeof value === "object" && value !== null)
      return [`${source}: \`${name}\` must be ${rule.must}; got a list or a map.`];
    const text = textOf(value);
    return rule.fits(text)
      ? []
      : [`${source}: \`${name}\` must be ${rule.must}; got ${JSON.stringify(text)}.`];
  });

/** Throws ParameterError. */
export const checkParameters = (given: Readonly<Record<string, unknown>>, source: string): Parameters => {
  const wrong = wrongParameters(given, source);
  if (wrong.length > 0) throw new ParameterError(wrong.join("\n"));
  return given as Parameters;
};

const readYaml = (text: string, source: string): unknown => {
  // a day stays text
  const document = parseDocument(text, { schema: "core" });
  const [problem] = [...document.errors, ...document.warnings];
  const line = problem?.linePos?.[0].line;
  if (problem?.code === "DUPLICATE_KEY")
    throw new ParameterError(`${source} must have each parameter once; line ${line} has one again.`);
  if (problem?.code === "MULTIPLE_DOCS")
    throw new ParameterError(`${source} must be one YAML document. Remove the \`---\` in line ${line}.`);
  const refused = (detail: string): ParameterError =>
    new ParameterError(`${source} must be YAML: ${detail.split("\n", 1)[0]?.replace(/:$/, "")}.`);
  if (problem !== undefined) throw refused(problem.message);
  try {
    return document.toJS();
  } catch (error) {
    // an alias without its anchor
    throw refused(error instanceof Error ? error.message : String(error));
  }
};

/** The parameters of a stage's file. Throws ParameterError. */
export const readStageFile = (text: string, source: string): Parameters => {
  const given = readYaml(text, source) ?? {};
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new ParameterError(
      `${source} must have one parameter a line, with a space after the colon, for example exportFormat: parquet.`,
    );
  return checkParameters({ ...given }, source);
};

/** `--param=name=value` among the arguments of a command, and the other arguments. Throws ParameterError. */
export const splitArguments = (
  args: readonly string[],
): { readonly given: Parameters; readonly rest: readonly string[] } => {
  const [given, rest]: [Map<string, Value>, string[]] = [new Map(), []];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const pair =
      arg === "--param"
        ? (args[++at] ?? "")
        : arg.startsWith("--param=")
          ? arg.slice("--param=".length)
          : undefined;
    if (pair === undefined) {
      rest.push(arg);
      continue;
    }
    const [, name, value] = /^"?(\w+)=(.*?)"?$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new ParameterError(
        `\`--param\` must have the form name=value; got ${pair.slice(0, 60) || "none"}.`,
      );
    given.set(name, value);
  }
  return { given: checkParameters(Object.fromEntries(given), "--param"), rest };
};

/** Parameters that differ from the defaults of the stage, as text. The template records them. */
export const chosenParameters = (values: Parameters, defaults: Parameters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, textOf(value)] as const)
      .filter(([name, text]) => text !== textOf(defaults[name])),
  );

export interface ParameterChanges {
  /** A line each: `exportFormat: ndjson -> parquet`. */
  readonly lines: readonly string[];
  /** Parameters that the running stack has, and that this deployment does not set. */
  readonly lost: readonly string[];
}

/**
 * Compares two deployments by their recorded parameters. `set`: the names that a file or an option sets now, also to the default.
 */
export const compareParameters = (
  running: Readonly<Record<string, string>>,
  next: Readonly<Record<string, string>>,
  set: readonly string[],
): ParameterChanges => {
  const names = [...new Set([...Object.keys(running), ...Object.keys(next)])].sort();
  const show = (text: string | undefined): string => text ?? "(default)";
  const lines = names.flatMap((name) =>
    running[name] === next[name] ? [] : [`${name}: ${show(running[name])} -> ${show(next[name])}`],
  );
  return { lines, lost: Object.keys(running).filter((name) => !(name in next) && !set.includes(name)) };
};

/** What a changed format does to exported days, and how to see which ones. Undefined: the format does not change. */
export const formatChange = (
  before: string | undefined,
  after: string | undefined,
  stage: string,
): string | undefined => {
  if (before === undefined || after === undefined || before === after) return undefined;
  const run = `npx wildix backfill --stage ${stage} --force --format ${after} --from DAY --to DAY`;
  return `The bucket has days in the format ${before}. With \`exportFormat: ${after}\` the tables of Athena read only ${after}: a query over another day fails until you export the day again (docs/athena.md). To see how many days this is, run \`${run} --dry-run\`.`;
};

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
}
export interface StackTemplate {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Metadata?: unknown;
}

/** The format that the functions of a stack write. Undefined: they say none. */
export const exportFormatOf = (template: StackTemplate | undefined): string | undefined => {
  for (const { Properties } of Object.values(template?.Resources ?? {})) {
    const format: unknown = Object(Object(Object(Properties)["Environment"])["Variables"])[
      "WILDIX_EXPORT_FORMAT"
    ];
    if (typeof format === "string") return format;
  }
  return undefined;
};

/** Resources whose name is new with each version of the code, and the place of packaged code. */
const comparable = (resource: Resource): string =>
  JSON.stringify(resource, (key, value: unknown) => (key === "S3Key" || key === "CodeSha256" ? null : value));

/** What a deployment changes in the stack, a line each. */
export const compareTemplates = (running: StackTemplate | undefined, next: StackTemplate): string[] => {
  const [before, after] = [running?.Resources ?? {}, next.Resources ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, made] = [before[name], after[name]];
    if (old === undefined) return made === undefined ? [] : [`+ ${made.Type} ${name}`];
    if (made === undefined) return [`- ${old.Type} ${name}`];
    return comparable(old) === comparable(made) ? [] : [`~ ${made.Type} ${name}`];
  });
};

/** The parameters that a template records; undefined: it is of a release that recorded none. */
export const recordedParameters = (
  template: StackTemplate | undefined,
): Readonly<Record<string, string>> | undefined => {
  const metadata = template?.Metadata;
  if (typeof metadata !== "object" || metadata === null || !("WildixParameters" in metadata))
    return undefined;
  return Object.fromEntries(
    Object.entries(Object(metadata.WildixParameters)).map(([name, value]) => [name, String(value)]),
  );
};
