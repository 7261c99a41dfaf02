import { separatorClass } from "./number-separators.ts";

/** Makes text fit for a log: no credentials, no whole phone number. */
export const maskText = (text: string): string =>
  text
    .replace(/\b((?:Bearer|Basic)\s+)[^\s"',]+/gi, "$1…")
    .replace(/\b(?:wsk-v1-|access_|wfk_)[A-Za-z0-9._-]+/g, "…")
    .replace(/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, "…")
    // the user and password of an address; a password can have a slash by mistake
    .replace(/:\/\/(?:[^\s/?#]{0,500}|[^\s/?#:@]{1,500}:(?!\d{1,5}[/?#])[^\s@]{0,500})@/g, "://…@")
    .split(kept)
    // every other piece is an id or a host
    .map((piece, at) => (at % 2 === 1 ? piece : piece.replace(numbers, maskRun)))
    .join("");

/** Digits with what people put between them, as in lib/number-separators.ts, or what spreadsheets do, a slash or an underscore. */
const between = `${separatorClass}/_,;'`;
/** The digits of every script: a number is masked even if it is not accepted. */
const digitClass = "\\p{Nd}";
const numbers = new RegExp(`\\+?${digitClass}(?:[${between}]|${digitClass}){5,}${digitClass}`, "gu");

/**
 * Ids by which log lines are found, and which can contain as many digits as a number: UUIDs, X-Ray traces, ids of calls, and
 * hashes. A hash has a letter after a digit, so that it is not a number behind a word.
 */
const ids = `(?<![0-9A-Za-z])(?:${[
  "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
  "1-[0-9a-f]{8}-[0-9a-f]{24}",
  "(?=[a-z2-7]{0,25}[2-7][a-z])[a-z2-7]{26}",
  "(?=[a-f]*\\d+[a-f])[0-9a-f]{16,}",
].join("|")})(?![0-9A-Za-z])`;

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const address = `${octet}(?:\\.${octet}){3}`;
/** No phone number begins like these. */
const privateAddress = `(?=10\\.|127\\.|169\\.254\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|192\\.168\\.)${address}`;

/** Its last label has a letter. */
const hostName = "(?:[\\w-]{1,63}\\.){0,20}[\\w-]{0,63}[a-zA-Z][\\w-]{0,63}";

/**
 * Hosts and buckets, which an error names: behind `https://`, behind a code of Node.js (`ECONNREFUSED`), and private
 * addresses. Elsewhere, four groups of digits with dots can be a phone number.
 */
const hosts = [
  `(?<=https?://(?:…@)?)(?:${address}|${hostName})(?![\\w-]|\\.\\w)`,
  `(?<=\\bE[A-Z]{4,} )${address}(?=:\\d)`,
  // a bucket can have the number of its account in its name
  "(?<=s3://)(?=[a-z0-9.-]{0,61}[a-z])[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
  `(?<![+${digitClass}][${between}]*|\\w)${privateAddress}(?![${between}]*${digitClass}|\\w)`,
].join("|");

const kept = new RegExp(`(${ids}|${hosts})`, "u");

const isoDates = /^(?:\d{4}-\d\d-\d\d(?!\d)\P{Nd}*)+/u;
/** A date in another form, which can have the hour of a time behind it, and no further digits. */
const otherDate =
  /^(?:[0-3]?\d([./-])[0-3]?\d\1(?:19|20)\d\d|(?:19|20)\d\d([./])[01]?\d\2[0-3]?\d)(?:[ ,]+\d{1,2})?\P{Nd}*$/u;

/** Dates and times have as many digits as numbers, and stay; a number behind them does not. */
const maskRun = (run: string): string => {
  if (otherDate.test(run)) return run;
  const [dates = ""] = isoDates.exec(run) ?? [];
  const rest = run.slice(dates.length);
  const digits = rest.match(new RegExp(digitClass, "gu")) ?? [];
  return digits.length > 6 ? dates + maskNumber(rest) : run;
};

/** Characters of a value that a message shows. */
const longestShown = 60;

/** More than the longest secret in a value: one that is cut would not be found. */
const longestMasked = 5_000;

/** A value that was given, for a message. */
export const shown = (value: string): string => {
  if (value === "") return "an empty string";
  const masked = maskText(value.slice(0, longestMasked));
  return masked.length <= longestShown && value.length <= longestMasked
    ? masked
    : `${masked.slice(0, longestShown)}…`;
};

/** The same with quotation marks, for text from a program. */
export const quoted = (value: string): string => (value === "" ? shown(value) : `"${shown(value)}"`);

/** A number as it may be shown: its last two digits. */
export const maskNumber = (number: string): string => `…${number.replace(/\P{Nd}/gu, "").slice(-2)}`;

/** Keys whose values are secret, at every depth. */
const secretKey = /secret|token|password|api[_-]?key|authorization|credential|signing/i;

/** A value as it may be logged, at every depth. */
export const maskFields = (value: unknown, depth = 0): unknown => {
  if (typeof value === "string") return maskText(value);
  if (value instanceof Error)
    return {
      name: value.name,
      message: maskText(value.message),
      ...("code" in value ? { code: String(value.code) } : {}),
    };
  if (typeof value !== "object" || value === null) return value;
  if (depth > 5) return "…";
  if (Array.isArray(value)) return value.map((item) => maskFields(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      secretKey.test(key) ? "…" : maskFields(item, depth + 1),
    ]),
  );
};
