/**
 * Emergency numbers by country. libphonenumber's metadata for JavaScript has none. Countries that are missing here count as
 * having all of these: a call too few is refused rather than an emergency line rung by a machine.
 */
const byCountry: Readonly<Record<string, string>> = {
  AE: "901 996 997 998",
  AR: "100 101 103 106 107",
  AT: "122 128 133 140 141 144",
  AU: "106",
  BE: "100 101",
  BG: "150 160 166",
  BR: "190 191 192 193 197 198 199",
  CA: "988",
  CH: "117 118 143 144 145 147 1414",
  CL: "131 132 133 134",
  CN: "110 119 120 122",
  CO: "123",
  CY: "199",
  CZ: "150 155 156 158",
  DE: "110",
  DK: "114",
  EE: "110",
  EG: "122 123 180",
  ES: "061 062 080 085 088 091 092",
  FI: "",
  FR: "15 17 18 114 115 119 191 196 197",
  GB: "101 111 18000",
  GR: "100 108 166 199",
  HK: "992",
  HR: "192 193 194 195",
  HU: "104 105 107",
  ID: "110 113 115 118 119",
  IE: "",
  IL: "100 101 102 103 104",
  IN: "100 101 102 108 1091",
  IS: "",
  IT: "113 114 115 117 118 1515 1522 1530",
  JP: "110 118 119",
  KR: "113 117 118 119",
  LI: "117 118 144",
  LT: "101 102 103 113",
  LU: "113",
  LV: "110 113",
  MA: "15 19 150 177",
  MC: "15 17 18",
  MT: "",
  MX: "060 065 066 068",
  MY: "991 994",
  NL: "",
  NO: "110 113",
  NZ: "111",
  PE: "105 106 116",
  PH: "117",
  PL: "984 985 986 987 991 992 993 994 997 998",
  PT: "115 117",
  RO: "",
  RS: "192 193 194",
  RU: "01 02 03 04 101 102 103 104",
  SA: "993 996 997 998",
  SE: "",
  SG: "995",
  SI: "113",
  SK: "150 155 158 159",
  SM: "113 115 118",
  TH: "191 199 1155 1669",
  TN: "190 197 198",
  TR: "110 154 155 156 158 177",
  TW: "110 119",
  UA: "101 102 103 104",
  US: "933 988",
  VN: "113 114 115",
  ZA: "10111 10177",
};

/** Networks send these to an emergency line almost anywhere (3GPP TS 22.101 and national practice). */
const everywhere: ReadonlySet<string> = new Set(["000", "112", "911", "999"]);
const anywhere: ReadonlySet<string> = new Set(
  Object.values(byCountry).flatMap((numbers) => numbers.split(" ")),
);

/** Whether digits, dialled in a country, reach an emergency line; of an unknown country, whether they do in any. */
export const isEmergency = (dialled: string, country: string | undefined): boolean => {
  if (dialled === "") return false;
  if (everywhere.has(dialled)) return true;
  const own = country === undefined ? undefined : byCountry[country];
  return own === undefined ? anywhere.has(dialled) : own.split(" ").includes(dialled);
};

/** How a PBX dials. */
interface Dialling {
  readonly country?: string | undefined;
  readonly outside_prefix?: string | undefined;
}

/** Whether digits, dialled at a PBX, reach an emergency line: unchanged, or after the prefix for calls outside. */
export const reachesEmergency = (digits: string, { country, outside_prefix: prefix }: Dialling): boolean =>
  isEmergency(digits, country) ||
  (prefix !== undefined && digits.startsWith(prefix) && isEmergency(digits.slice(prefix.length), country));
