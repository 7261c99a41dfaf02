import { shown } from "../../lib/mask.ts";
import { UsageError } from "../terminal/output.ts";

/** An option's whole number in digits: `1e3` and `0x10` are typing errors. `words` says what it must be. Throws UsageError. */
export const readWhole = (
  text: string,
  option: string,
  words: string,
  least = 0,
  most = 999_999_999,
): number => {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`\`${option}\` must be ${words}; got ${shown(text)}.`);
};

/** The same for a whole number above 0 of up to so many digits. */
export const readCount = (text: string, option: string, digits: number): number =>
  readWhole(text, option, `a whole number above 0, of up to ${digits} digits`, 1, 10 ** digits - 1);

/** The same for a number that can have decimals. */
export const readDecimal = (text: string, option: string, words: string, most: number): number => {
  const number = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw new UsageError(`\`${option}\` must be ${words}; got ${shown(text)}.`);
};
