import { separatorClass } from "./phone-number.ts";

/** Makes text fit for a log: no credentials, no whole phone number. */
export const maskText = (text: string): string =>
  text
    .replace(/\b((?:Bearer|Basic)\s+)[^\s"',]+/gi, "$1…")
    .replace(/\b(?:wsk-v1-|access_|wfk_)[A-Za-z0-9._-]+/g, "…")
    .replace(/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, "…")
    .split(ids)
    // every other piece is an id
    .map((piece, at) => (at % 2 === 1 ? piece : piece.replace(numbers, maskRun)))
    .join("");

/**
 * Ids by which log lines are found, and which can contain as many digits as a number: UUIDs, X-Ray traces, ids of calls, and
 * hashes. A hash has a letter after a digit, so that it is not a number behind a word.
 */
const ids = new RegExp(
  `(?<![0-9A-Za-z])(${[
    "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "1-[0-9a-f]{8}-[0-9a-f]{24}",
    "(?=[a-z2-7]{0,25}[2-7][a-z])[a-z2-7]{26}",
    "(?=[a-f]*\\d+[a-f])[0-9a-f]{16,}",
  ].join("|")})(?![0-9A-Za-z])`,
);

/** Digits with what people put between them, as in lib/phone-number.ts, or what spreadsheets do, a slash or an underscore. */
/** The digits of every script: a number is masked even if it is not accepted. */
const digitClass = "\\p{Nd}";
const numbers = new RegExp(
  `\\+?${digitClass}(?:[${separatorClass}/_,;']|${digitClass}){5,}${digitClass}`,
  "gu",
);

/** Dates and times have as many digits as numbers, and stay; a number behind them does not. */
const maskRun = (run: string): string => {
  const [date] = /^(?:\d{4}-\d\d-\d\d|\d\d\/\d\d\/\d{4})(?!\d)/.exec(run) ?? [];
  if (date !== undefined) return date + maskText(run.slice(date.length));
  const digits = run.match(new RegExp(digitClass, "gu")) ?? [];
  return digits.length > 6 ? maskNumber(run) : run;
};

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
