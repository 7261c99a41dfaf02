import { invalid } from "./input.ts";
import { separatorClass } from "./number-separators.ts";
import {
  callingCodeOf,
  type NumberingPlan,
  planOf,
  planOfCode,
  withoutTrunkZero,
} from "./numbering-plans.ts";

const separator = new RegExp(`[${separatorClass}]`, "u");

/** The zeros of digits that are read: ASCII and full width. Digits of other scripts are refused: some look like other digits. */
const zeros = [0x30, 0xff10];

const digitOf = (character: string): string | undefined => {
  const code = character.codePointAt(0) ?? 0;
  const zero = zeros.find((first) => code >= first && code <= first + 9);
  return zero === undefined ? undefined : String(code - zero);
};

/** A number without separators, or the text in it that makes it unclear what is dialled. */
export type CleanNumber = { readonly number: string } | { readonly refused: string };

/** `U+002F "/"`; a character that cannot be seen has no quotes. */
const nameOf = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /[\p{C}\p{Z}\p{M}]/u.test(character) ? `U+${code}` : `U+${code} "${character}"`;
};

/** Brackets of every form as round ones; nothing for other characters. */
const bracketOf = (character: string): string => {
  if (/[([\uff08\uff3b]/.test(character)) return "(";
  return /[)\]\uff09\uff3d]/.test(character) ? ")" : "";
};

/**
 * A pasted number as digits with or without a leading `+`. Slashes, letters and line breaks are refused: there may be two
 * numbers. So is `(0)`: in some countries the zero is dialled from abroad, in others it is not. A decimal is refused too.
 */
export const cleanNumber = (text: string): CleanNumber => {
  // most numbers of legs have this form, and the loop takes ten times as long
  if (/^\+?[0-9]*$/.test(text)) return { number: text };
  let number = "";
  let plain = "";
  for (const character of text) {
    const digit = digitOf(character);
    plain += digit ?? bracketOf(character);
    if (digit !== undefined) number += digit;
    else if (number === "" && /[+\uff0b\ufe62]/.test(character)) number = "+";
    else if (!separator.test(character)) return { refused: nameOf(character) };
  }
  if (plain.includes("(0)")) return { refused: '"(0)"' };
  // a number that went through a spreadsheet or a float: 16144841500.0
  return /^\s*[+-]?\p{Nd}+\.\p{Nd}{1,2}\s*$/u.test(text) ? { refused: nameOf(".") } : { number };
};

/** Longest number that is accepted, in digits: E.164 allows 15, before them a PBX may want its prefixes. */
const mostDigits = 20;

/** A pasted number, cleaned. Throws INPUT_INVALID that names the field and the character at fault. */
export const readPastedNumber = (field: string, text: string): string => {
  const clean = cleanNumber(text);
  if ("refused" in clean)
    throw invalid(
      field,
      `must be one phone number; got ${clean.refused} in it. Write only digits, with or without a leading +.`,
    );
  const count = clean.number.replace("+", "").length;
  if (count >= 1 && count <= mostDigits) return clean.number;
  throw invalid(
    field,
    `must have 1 to ${mostDigits} digits; got ${count}. Write the number with + and its country code.`,
  );
};

/** Whether a string is a phone number, however it is written. */
export const isPhoneNumber = (text: string): boolean => {
  const clean = cleanNumber(text);
  return "number" in clean && /^\+?[0-9]{1,20}$/.test(clean.number);
};

/** How a PBX writes numbers. */
export interface NumberStyle {
  readonly country?: string | undefined;
  /** Digits before every number outside. */
  readonly outsidePrefix?: string | undefined;
}

/** Numbers that texts can mean: in international form without `+`. */
const readings = (text: string, plans: readonly NumberingPlan[], outsidePrefix = ""): string[] => {
  const clean = cleanNumber(text);
  const number = "number" in clean ? clean.number : "";
  const digits = number.replace("+", "");
  if (digits === "") return [];
  if (number.startsWith("+"))
    return [digits, withoutTrunkZero(digits), ...plans.flatMap((plan) => withoutTrunk(digits, plan))];
  return withoutPrefix(digits, outsidePrefix).flatMap((base) => [
    base,
    ...plans.flatMap((plan) => dialledIn(base, plan)),
  ]);
};

/** Some write the trunk prefix after the calling code too: +44 020 …. */
const withoutTrunk = (digits: string, { code, trunks }: NumberingPlan): string[] =>
  trunks.flatMap((trunk) =>
    digits.startsWith(code + trunk) ? [code + digits.slice(code.length + trunk.length)] : [],
  );

const dialledIn = (digits: string, plan: NumberingPlan): string[] => {
  const { code, exit, own, trunks } = plan;
  const abroad = exit.exec(digits)?.[0];
  const international = [
    ...(own?.exec(digits)?.slice(1) ?? []),
    ...(abroad === undefined ? [] : [digits.slice(abroad.length)]),
  ];
  const national = trunks.flatMap((trunk) =>
    digits.startsWith(trunk) ? [code + digits.slice(trunk.length)] : [],
  );
  return [
    code + digits,
    ...national,
    ...withoutTrunk(digits, plan),
    ...international,
    ...international.map(withoutTrunkZero),
  ];
};

/** The plans by which texts of a PBX are read. If its country is not set, those of the numbers themselves. */
const plansFor = ({ country }: NumberStyle, texts: readonly string[]): NumberingPlan[] => {
  const plan = country === undefined ? undefined : planOf(country);
  if (plan !== undefined) return [plan];
  const found = texts.map((text) => callingCodeOf(text.replace(/\D/g, "").replace(/^(?:00|011)/, "")));
  return [...new Set(found)].filter((code) => code !== undefined).map(planOfCode);
};

/**
 * Whether two texts are one phone number, as a PBX writes them: with or without `+`, calling code, exit code, trunk prefix and
 * the PBX's prefix for calls outside.
 */
export const sameNumber = (one: string, other: string, style: NumberStyle): boolean => {
  const plans = plansFor(style, [one, other]);
  const known = new Set(readings(one, plans, style.outsidePrefix));
  return readings(other, plans, style.outsidePrefix).some((number) => known.has(number));
};

/** Without the prefix for calls outside too, if the digits begin with it. */
const withoutPrefix = (digits: string, outsidePrefix: string): string[] =>
  outsidePrefix !== "" && digits.startsWith(outsidePrefix)
    ? [digits, digits.slice(outsidePrefix.length)]
    : [digits];

/** The fewest digits after them that are a number: in Italy, 011 is also the area code of Turin. */
const foreignExits = { "00": 7, "011": 9 } as const;

/** Digits after an exit code that is not of the PBX's country: a trunk or a program can write its own. */
const afterForeignExit = (text: string, outsidePrefix = ""): string[] => {
  const clean = cleanNumber(text);
  const digits = "number" in clean ? clean.number.replace("+", "") : "";
  return withoutPrefix(digits, outsidePrefix).flatMap((base) =>
    Object.entries(foreignExits).flatMap(([exit, fewest]) =>
      base.startsWith(exit) && base.length >= exit.length + fewest
        ? [base.slice(exit.length), withoutTrunkZero(base.slice(exit.length))]
        : [],
    ),
  );
};

/**
 * Returns a function that returns every number that a string can mean, as digits in international form. If the country is not set,
 * national numbers are read by the plans of these calling codes.
 */
export const numberReadings = (
  { country, outsidePrefix }: NumberStyle,
  codes: readonly string[],
): ((text: string) => readonly string[]) => {
  const plan = country === undefined ? undefined : planOf(country);
  const plans = plan === undefined ? codes.map(planOfCode) : [plan];
  return (text) => [...readings(text, plans, outsidePrefix), ...afterForeignExit(text, outsidePrefix)];
};

/** Shorter ones are extensions and codes, which are written in one way. */
const fewestSpread = 5;
const usualExits = ["00", "011", "0011", "810", "010"];

/**
 * The notations in which a PBX can have a number, for filters that compare text: with `+`, an exit code, the prefix for calls
 * outside, a trunk prefix or without all of them. The given one is the first. A string that is not a number is the only one.
 */
export const notationsOf = (text: string, { country, outsidePrefix = "" }: NumberStyle): string[] => {
  const clean = cleanNumber(text);
  if ("refused" in clean || clean.number.replace("+", "").length < fewestSpread) return [text];
  const { number } = clean;
  const plan = plansFor({ country }, [number])[0];
  const international = inInternationalForm(number, plan).map((digits) =>
    withoutTrunkZero(digits.replace("+", "")),
  );
  const dialled = international.flatMap((digits) => {
    const national = plan !== undefined && digits.startsWith(plan.code) ? digits.slice(plan.code.length) : "";
    return [
      ...usualExits.filter((exit) => isExit(exit, digits, plan)).map((exit) => exit + digits),
      ...(national === "" ? [] : [national, ...(plan?.trunks ?? []).map((trunk) => trunk + national)]),
    ];
  });
  const all = [number, ...international.flatMap((digits) => [`+${digits}`, digits]), ...dialled];
  return [
    ...new Set([...all, ...(outsidePrefix === "" ? [] : dialled.map((digits) => outsidePrefix + digits))]),
  ];
};

/** Whether a PBX can write digits in international form behind this exit code. */
const isExit = (exit: string, digits: string, plan: NumberingPlan | undefined): boolean =>
  (plan?.exit ?? /^00/).exec(exit + digits)?.[0] === exit || plan?.own?.test(exit + digits) === true;

/** What digits mean: after `+` or an exit code, one number; without them, a number with its calling code or a national one. */
const inInternationalForm = (number: string, plan: NumberingPlan | undefined): string[] => {
  if (number.startsWith("+") || plan === undefined) return [number];
  const own = plan.own?.exec(number)?.[1];
  if (own !== undefined) return [own];
  const abroad = plan.exit.exec(number)?.[0];
  if (abroad !== undefined) return [number.slice(abroad.length)];
  const trunk = plan.trunks.find((prefix) => number.startsWith(prefix)) ?? "";
  const national = plan.code + number.slice(trunk.length);
  return number.startsWith(plan.code) ? [number, national] : [national];
};

/** Answers that are kept: rows of a PBX name the same numbers many times. */
const keptAnswers = 10_000;

/** A function of a string that keeps its answers. */
export const remembered = <T>(answerTo: (text: string) => T): ((text: string) => T) => {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = answerTo(text);
    if (answers.size >= keptAnswers) answers.clear();
    answers.set(text, answer);
    return answer;
  };
};

/** National numbers have at least so many digits. Shorter ones are extensions and services. */
const fewestDigits = 7;

/**
 * Returns a function that returns the E.164 form (`+` and digits) of a number as a PBX writes it; null for an extension, a short
 * number, or a string that is not a number. Without a country, only numbers with `+` or an exit code have one. It does not check
 * whether the number exists.
 */
export const e164Reader = ({
  country,
  outsidePrefix = "",
}: NumberStyle): ((text: string) => string | null) => {
  const plan = country === undefined ? undefined : planOf(country);
  return remembered((text) => {
    const clean = cleanNumber(text);
    // some PBXs write zeros in place of a hidden number
    if ("refused" in clean || !/[1-9]/.test(clean.number)) return null;
    const { number } = clean;
    const digits =
      outsidePrefix !== "" && number.startsWith(outsidePrefix) ? number.slice(outsidePrefix.length) : number;
    const abroad = number.startsWith("+") ? number.slice(1) : afterExit(digits, plan);
    if (abroad !== undefined) return international(abroad);
    const national = plan === undefined || digits.length < fewestDigits ? null : asDialledIn(digits, plan);
    return national && international(national);
  });
};

/** The exit codes of most countries, for a PBX whose country is not set. */
const usualExit = /^(?:00|011)/;

const afterExit = (digits: string, plan: NumberingPlan | undefined): string | undefined => {
  const own = plan?.own?.exec(digits)?.[1];
  if (own !== undefined) return own;
  const found = (plan?.exit ?? usualExit).exec(digits)?.[0];
  const rest = found === undefined ? "" : digits.slice(found.length);
  return rest.length >= fewestDigits && callingCodeOf(rest) !== undefined ? rest : undefined;
};

const international = (written: string): string | null => {
  const digits = withoutTrunkZero(written);
  return digits.length >= fewestDigits && digits.length <= 15 ? `+${digits}` : null;
};

/** National digits in international form. Some PBXs write the calling code without `+`. Null if the plan has no such number. */
const asDialledIn = (digits: string, { code, trunks }: NumberingPlan): string | null => {
  const trunk = trunks.find((prefix) => digits.startsWith(prefix));
  const rest = trunk === undefined ? digits : digits.slice(trunk.length);
  // 0049… where 00 is not the exit code: another country's way to write a number abroad
  if (code === "1") return /^[2-9]\d{9}$/.test(rest) ? code + rest : null;
  if (trunk !== undefined) return rest.startsWith("0") ? null : code + rest;
  // in Italy, mobile numbers begin with the digits of the calling code
  const fewest = code === "39" ? 11 : 10;
  return digits.startsWith(code) && digits.length >= fewest ? digits : code + digits;
};

/** Whether a string is one of these numbers, however either is written; fast for many texts. */
export const numberSet = (numbers: readonly string[], style: NumberStyle): ((text: string) => boolean) => {
  if (numbers.length === 0) return () => false;
  const plans = plansFor(style, numbers);
  const known = new Set(numbers.flatMap((number) => readings(number, plans, style.outsidePrefix)));
  return remembered((text) => readings(text, plans, style.outsidePrefix).some((number) => known.has(number)));
};
