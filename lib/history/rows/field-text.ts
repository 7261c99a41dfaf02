import type { CallRecord } from "../../wms/operations/history-page.ts";

/** A field as text. Some PBXs return numbers where others return digits. */
export const fieldText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return Number.isFinite(value) ? String(value) : "";
};

/** The number of the caller as the PBX writes it; of a SIP address or a `tel:` URI, only the number. */
export const fromNumber = (record: CallRecord): string =>
  numberText(record["from_number"]) || numberText(record["src"]);

/** The called number, by the same rule. */
export const toNumber = (record: CallRecord): string =>
  numberText(record["to_number"]) || numberText(record["dst"]);

/** Whether a string is not a number: `anonymous` or empty, and for some PBXs `0`, `000` or `-1`. sql/ has the same rule. */
export const isHidden = (number: string): boolean => number.startsWith("-") || !/[1-9]/.test(number);

/** A field with a number: `"Ann" <sip:101@example.com;user=phone>` is `101`. */
export const numberText = (value: unknown): string => {
  const text = fieldText(value);
  // nearly every number has only these characters, and the others take ten times as long
  return /[^+0-9]/.test(text) ? withoutAddress(text) : text;
};

/** What an address has around its number. A display name comes before `<`, and parameters after `>`. */
const withoutAddress = (text: string): string => {
  const address = /<([^<>]*)>\s*(?:;.*)?$/s.exec(text)?.[1] ?? text;
  const scheme = /^\s*(?:sips?|tel):/i.exec(address)?.[0] ?? "";
  const number = address.slice(scheme.length).replace(scheme === "" ? /[@;?].*/s : /[:@;?].*/s, "");
  if (scheme !== "" && onlyHost.test(number)) return "";
  return (scheme === "" ? number : number.replace(/%2b/gi, "+")).trim();
};

/** What is left of an address without a number: an address of IPv4, or the first digits of one of IPv6. */
const onlyHost = /^(?:\[.*|\d{1,3}(?:\.\d{1,3}){3})$/s;

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
