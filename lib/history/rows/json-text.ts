/**
 * A value as JSON that every reader takes. `JSON.stringify` writes half of a surrogate pair as an escape, for example `\ud83d`,
 * and DuckDB refuses a file with such an escape. Here U+FFFD replaces it.
 */
export const jsonText = (value: unknown): string => {
  const text = JSON.stringify(value);
  // an escape with two backslashes is also found here; it stays unchanged
  return text.includes("\\ud") ? JSON.stringify(wellFormed(value)) : text;
};

const wellFormed = (value: unknown): unknown => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.toWellFormed(), wellFormed(each)]),
  );
};
