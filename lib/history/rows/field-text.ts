/** A field as text. Some PBXs return numbers where others return digits. */
export const fieldText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "";
};

/** A field that has one of few words, for example `disposition`, in lower case: PBXs differ in their capitals. */
export const fieldWord = (value: unknown): Lowercase<string> =>
  fieldText(value).trim().toLowerCase() as Lowercase<string>;
