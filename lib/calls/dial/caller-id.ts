import { invalid } from "../../input.ts";
import { readPastedNumber } from "../../phone-number.ts";

/** Longest name that is shown; displays cut it anyway. */
const longestName = 60;

/** `"Name" <number>` of its parts, cleaned. Undefined if neither is given. Throws INPUT_INVALID. */
export const callerIdOf = (shown: {
  readonly name?: string | undefined;
  readonly number?: string | undefined;
}): string | undefined => {
  const { name = "" } = shown;
  const number = shown.number === undefined ? undefined : readPastedNumber("caller_id.number", shown.number);
  const clean = cleanName(name);
  if (clean === "" && number === undefined) return undefined;
  return number === undefined ? `"${clean}"` : `"${clean}" <${number}>`;
};

/** A caller id as WMS has it, `"Name" <number>`, taken apart and put together again. Throws INPUT_INVALID. */
export const readCallerId = (given: string): string => {
  const match = /^ *"?([^"<>\p{Cc}]*?)"? *<([^<>]+)> *$/u.exec(given);
  if (!match) throw invalid("callerid", 'must have the form "Name" <number>. Write for example "Ada" <108>.');
  return `"${cleanName(match[1] ?? "")}" <${readPastedNumber("callerid", match[2] ?? "")}>`;
};

/** A name without what would end its quotes or the line, or be read as an option, and without what turns text around. */
const cleanName = (name: string): string => {
  const clean = name.replace(/[\p{C}\p{Zl}\p{Zp}"\\<>,;|&()$`{}[\]]/gu, " ").replace(/\s+/gu, " ");
  // by characters, not by halves of them
  return [...clean].slice(0, longestName).join("").trim();
};
