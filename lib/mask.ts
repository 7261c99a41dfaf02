/** Makes text fit for a log: no credentials, no whole phone number. */
export const maskText = (text: string): string =>
  text
    .replace(/\b(Bearer\s+)[^\s"',]+/gi, "$1…")
    .replace(/\b(?:wsk-v1-|access_|wfk_)[A-Za-z0-9._-]+/g, "…")
    .replace(/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, "…")
    .replace(/(?<![0-9A-Za-z-])\+?\d[\d ()./-]{5,}\d(?![0-9A-Za-z-])/g, maskRun)
    // behind a word or its hyphen (trunk-…, x…); behind hexadecimal digits it is the end of an id, by which lines are found
    .replace(/(?<=[G-Zg-z]|(?<![0-9A-Fa-f]{4})-)\d{7,}(?![0-9A-Za-z-])/g, maskNumber);

/** Dates and times have as many digits as numbers, and may stand; a number behind them may not. */
const maskRun = (run: string): string => {
  const [date] = /^(?:\d{4}-\d\d-\d\d|\d\d\/\d\d\/\d{4})(?!\d)/.exec(run) ?? [];
  if (date !== undefined) return date + maskText(run.slice(date.length));
  const digits = run.replace(/\D/g, "");
  return digits.length > 6 ? maskNumber(run) : run;
};

/** A number as it may be shown: its last two digits. */
const maskNumber = (number: string): string => `…${number.replace(/\D/g, "").slice(-2)}`;

/** Keys whose values are secret, wherever they stand. */
const secretKey = /secret|token|password|api_?key|authorization|credential|signing/i;

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
