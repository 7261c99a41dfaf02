/**
 * How numbers are dialled in each country, as far as it matters for comparing two texts. The values are those of libphonenumber's
 * metadata, which is too large for functions that only compare; a test keeps them equal.
 */

/** Country (ISO 3166) and calling code. */
const callingCodes = `
  AC247 AD376 AE971 AF93 AG1 AI1 AL355 AM374 AO244 AR54 AS1 AT43 AU61 AW297 AX358 AZ994 BA387 BB1
  BD880 BE32 BF226 BG359 BH973 BI257 BJ229 BL590 BM1 BN673 BO591 BQ599 BR55 BS1 BT975 BW267 BY375
  BZ501 CA1 CC61 CD243 CF236 CG242 CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CW599 CX61
  CY357 CZ420 DE49 DJ253 DK45 DM1 DO1 DZ213 EC593 EE372 EG20 EH212 ER291 ES34 ET251 FI358 FJ679 FK500
  FM691 FO298 FR33 GA241 GB44 GD1 GE995 GF594 GG44 GH233 GI350 GL299 GM220 GN224 GP590 GQ240 GR30
  GT502 GU1 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62 IE353 IL972 IM44 IN91 IO246 IQ964 IR98 IS354
  IT39 JE44 JM1 JO962 JP81 KE254 KG996 KH855 KI686 KM269 KN1 KP850 KR82 KW965 KY1 KZ7 LA856 LB961 LC1
  LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MF590 MG261 MH692 MK389 ML223
  MM95 MN976 MO853 MP1 MQ596 MR222 MS1 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NF672
  NG234 NI505 NL31 NO47 NP977 NR674 NU683 NZ64 OM968 PA507 PE51 PF689 PG675 PH63 PK92 PL48 PM508 PR1
  PS970 PT351 PW680 PY595 QA974 RE262 RO40 RS381 RU7 RW250 SA966 SB677 SC248 SD249 SE46 SG65 SH290
  SI386 SJ47 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SX1 SY963 SZ268 TA290 TC1 TD235
  TG228 TH66 TJ992 TK690 TL670 TM993 TN216 TO676 TR90 TT1 TV688 TW886 TZ255 UA380 UG256 US1 UY598
  UZ998 VA39 VC1 VE58 VG1 VI1 VN84 VU678 WF681 WS685 XK383 YE967 YT262 ZA27 ZM260 ZW263`;

/** Digits before a number abroad, as a regular expression, with the countries that use them. The others use `00`. */
const exitCodes: Readonly<Record<string, string>> = {
  "0": "CV WS",
  "119": "CU",
  "810": "BY KZ RU TJ TM",
  "011": "AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MH MP MS PR SX TC TT US VC VG VI",
  "001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011": "AU CC CX",
  "00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09]))": "AX FI",
  "00(?:1\\d)?": "BO",
  "00(?:1[245]|2[1-35]|31|4[13]|[56]5|99)": "BR",
  "(?:0|1(?:1[0-69]|2[02-5]|5[13-58]|69|7[0167]|8[018]))0": "CL",
  "00|1(?:[12]\\d|79)\\d\\d00": "CN",
  "00(?:4(?:[14]4|56)|[579])": "CO",
  "0(?:0|52)": "FJ",
  "001": "GY MN",
  "00(?:30|5[09]|[126-9]?)": "HK",
  "00[89]": "ID",
  "0(?:0|1(?:05|[2-9]))": "IL",
  "00|1(?:0(?:01|[12]0)|100)": "IS",
  "010": "JP",
  "000": "KE",
  "00[14-9]": "KH",
  "00|99": "KP",
  "00(?:[125689]|3(?:[46]5|91)|7(?:00|27|3|55|6[126]))": "KR",
  "0(?:0|[24-7]0|3[03])": "MU",
  "0(?:0|19)": "MV",
  "0[09]": "MX",
  "009": "NG",
  "0(?:0|161)": "NZ",
  "00|19(?:1[124]|77|90)00": "PE",
  "00|140[1-3]": "PG",
  "01[12]": "PW",
  "0[01]": "SB",
  "010|0[0-2]": "SC",
  "0[0-3]\\d": "SG",
  "00|10(?:22|66|88|99)": "SI",
  "00|16": "TD",
  "00[1-9]": "TH",
  "0(?:0[25-79]|19)": "TW",
  "00[056]": "TZ",
  "00[057]": "UG",
  "0(?:0|1[3-9]\\d)": "UY",
};

/** Digits before a national number that are not part of it, with the countries that use them. The others have none. */
const trunkPrefixes: Readonly<Record<string, string>> = {
  "0": "AE AF AL AM AR AT AU AX AZ BA BD BE BG BL BO BR CC CD CH CN CO CU CX DE DZ EC EG EH ER ET FI FR GB GE GF GG GH GP HR ID IE IL IM IN IQ IR JE JO JP KE KG KH KI KP KR LA LB LI LK LR LT LY MA MC MD ME MF MG MK MM MN MQ MW MY NA NG NL NP NZ PE PH PK PM PS PY RE RO RS RW SA SD SE SI SK SL SO SS SY TH TR TW TZ UA UG UY VE VN XK YE YT ZA ZM ZW",
  "1": "AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MH MP MS PR SX TC TT US VC VG VI",
  "8": "BY KZ RU TM",
  "06": "HU",
};
/** Not in the metadata any more, but PBXs still write it. */
const oldTrunkPrefixes: Readonly<Record<string, string>> = { "8": "LT" };

/**
 * Calling codes of the countries with a trunk prefix that begins with 0, by the numbers of digits that their numbers can have: one
 * hexadecimal digit each.
 */
const trunkLengths: Readonly<Record<string, string>> = {
  "89a": "20 60 855 856 964 970 976",
  "9": "211 212 218 249 251 255 256 260 261 262 33 590 594 596 93 94 994 995",
  "89": "213 233 250 264 32 36 377 382 387 51 591 962 963",
  "789": "231 385 967",
  "8": "232 370 373 374 389",
  abcde: "234",
  "789a": "243 254 353 84",
  "6789": "252 355",
  "79a": "263 44",
  "79": "265 423",
  "56789a": "27 64",
  "7": "291",
  "56789ab": "31",
  "56789abc": "358 971",
  "6789c": "359",
  "9a": "380 966 996",
  "6789abc": "381",
  "89abc": "383 92",
  "5678": "386",
  "69": "40 508",
  "9c": "41",
  "679": "421",
  "456789abcd": "43 598",
  "6789ac": "46",
  "456789abcde": "49",
  "678a": "53",
  ab: "54",
  "89ab": "55 593",
  "8ab": "57 977",
  a: "58",
  "6789ab": "595",
  "56789ac": "61",
  "789abcde": "62",
  "689abcd": "63",
  "89ad": "66",
  "58": "686",
  "89abcde": "81",
  "5689abcde": "82",
  "8a": "850",
  "789abc": "86 972",
  "6789a": "880 95",
  "789ab": "886",
  "7acd": "90",
  "89abcd": "91",
  "78": "961",
  "4567a": "98",
};
const lengthsOfCode: ReadonlyMap<string, string> = new Map(
  Object.entries(trunkLengths).flatMap(([lengths, all]) =>
    all.split(" ").map((code) => [code, lengths] as const),
  ),
);

/**
 * Digits in international form without a trunk prefix behind the calling code (+44 020 …), if the rest can be a number of this
 * code. No number begins with the zero itself, except some of Rwanda, whose rest is too short.
 */
export const withoutTrunkZero = (digits: string): string => {
  // for most numbers, these two comparisons are all
  const two = digits[2] === "0" ? withoutZeroOf(digits.slice(0, 2), digits) : undefined;
  if (two !== undefined) return two;
  return (digits[3] === "0" ? withoutZeroOf(digits.slice(0, 3), digits) : undefined) ?? digits;
};

const withoutZeroOf = (code: string, digits: string): string | undefined => {
  const trunk = code === "36" ? "06" : "0";
  const rest = digits.slice(code.length + trunk.length);
  const isNumber =
    lengthsOfCode.get(code)?.includes(rest.length.toString(16)) === true &&
    digits.startsWith(trunk, code.length) &&
    !rest.startsWith("0");
  return isNumber ? code + rest : undefined;
};

/**
 * Fixed and mobile numbers of countries in which an exit code (0055: 00 and a carrier) can look like 00 and the calling code. In
 * Brazil they distinguish +55 11 91234-5678 from a number of North America over the carrier 55.
 */
const ownNumbers: Readonly<Record<string, string>> = {
  BR: "[1-9][1-9](?:[2-5]\\d{7}|9\\d{8})",
  CO: "3\\d{9}|60\\d{8}",
  CV: "[2359]\\d{6}",
  HK: "[2-9]\\d{7}",
  KH: "[1-9]\\d{7,8}",
  KR: "[1-7]\\d{7,9}",
  SG: "[3689]\\d{7}",
  TH: "[2-7]\\d{7}|[689]\\d{8}",
  WS: "[2-6]\\d{4}|[678]\\d{5,6}",
};

export interface NumberingPlan {
  /** Calling code, for example `39`. */
  readonly code: string;
  readonly exit: RegExp;
  /** Matches 00 and a number of the country in international form, which it captures, if `exit` would take a part of the number. */
  readonly own?: RegExp;
  readonly trunks: readonly string[];
}

const codes: ReadonlyMap<string, string> = new Map(
  callingCodes
    .trim()
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), entry.slice(2)]),
);

const keysWith = (table: Readonly<Record<string, string>>, country: string): string[] =>
  Object.entries(table).flatMap(([key, countries]) => (countries.split(" ").includes(country) ? [key] : []));

/** The plan of a country (ISO 3166, two capital letters). Undefined if there is no such country. */
export const planOf = (country: string): NumberingPlan | undefined => {
  const code = codes.get(country);
  if (code === undefined) return undefined;
  const [exit = "00"] = keysWith(exitCodes, country);
  const trunks = [...keysWith(trunkPrefixes, country), ...keysWith(oldTrunkPrefixes, country)];
  const own = ownNumbers[country];
  return {
    code,
    exit: new RegExp(`^(?:${exit})`),
    ...(own === undefined ? {} : { own: new RegExp(`^00(${code}(?:${own}))$`) }),
    trunks,
  };
};

/** A plan for digits with this calling code whose country is not known: any usual prefix counts. */
export const planOfCode = (code: string): NumberingPlan => ({
  code,
  exit: /^(?:00|011|810)/,
  trunks: ["0", "1", "8", "06"],
});

/** The calling code at the start of digits in international form. Undefined if they cannot begin so. */
export const callingCodeOf = (digits: string): string | undefined =>
  /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)/.exec(digits)?.[0];

export const isCountry = (country: string): boolean => codes.has(country);

/** Codes that people write instead of the one of ISO 3166. */
const mistaken: Readonly<Record<string, string>> = { UK: "GB", EN: "GB", EL: "GR" };

/** The code of a country that was probably meant. */
export const nearCountry = (text: string): string | undefined => {
  const upper = text.trim().toUpperCase();
  return isCountry(upper) ? upper : mistaken[upper];
};
