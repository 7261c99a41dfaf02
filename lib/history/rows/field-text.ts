/** A field as text. Some PBXs return numbers where others return digits. */
export const fieldText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "";
};

/** A field that has one of few words, for example `disposition`, in lower case: PBXs differ in their capitals. */
export const fieldWord = (value: unknown): Lowercase<string> => {
  const text = fieldText(value);
  const known = words.get(text);
  if (known !== undefined) return known;
  const word = text.trim().toLowerCase() as Lowercase<string>;
  if (words.size >= keptWords) words.clear();
  words.set(text, word);
  return word;
};

/** Words by their text: legs that wait for the rest of their call share one text, and each row asks several times. */
const words = new Map<string, Lowercase<string>>();
/** More than the applications and dispositions of a PBX. */
const keptWords = 256;
