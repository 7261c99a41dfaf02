import { createHash } from "node:crypto";

/** Unpredictable bytes: node:crypto's randomBytes. */
export type RandomBytes = (count: number) => Uint8Array;

/** A key as text: `wfk_`, 12 characters of id, `_`, 43 of secret (256 bits), 6 of checksum. */
export interface KeyText {
  /** Names the key in lists and logs; not secret. */
  readonly id: string;
  readonly text: string;
}

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 characters that are easy to distinguish: 24 letters, then 8 digits. */
const idCharacters = "abcdefghijkmnpqrstuvwxyz23456789";
const idLetters = 24;
const idLength = 12;
const secretBytes = 32;
const secretLength = 43;
const checkLength = 6;

const form = new RegExp(
  `^wfk_([${idCharacters}]{${idLength}})_[0-9A-Za-z]{${secretLength}}([0-9A-Za-z]{${checkLength}})$`,
);

/** A new secret for a new id, or for a given id. */
export const newKey = (random: RandomBytes, id = newId(random)): KeyText => {
  const secret = base62(BigInt(`0x${Buffer.from(random(secretBytes)).toString("hex")}`), secretLength);
  const body = `wfk_${id}_${secret}`;
  return { id, text: body + checksum(body) };
};

/** Undefined: mistyped, cut off, or something else. Needs no look-up, so that guesses cause none. */
export const readKey = (text: string): KeyText | undefined => {
  const [, id, check] = form.exec(text) ?? [];
  if (id === undefined || check !== checksum(text.slice(0, -checkLength))) return undefined;
  return { id, text };
};

/** The id of a key in a URL, whole or not, escaped once or several times; empty if the id is cut off, undefined without a key. */
export const keyIn = (url: string): string | undefined => {
  let text = url;
  // three times: escaped by the sender, by a proxy, and once more
  for (let round = 0; round <= 3; round++) {
    const at = text.toLowerCase().indexOf("wfk_");
    if (at >= 0)
      return new RegExp(`^[${idCharacters}]{${idLength}}(?=_)`).exec(text.slice(at + 4))?.[0] ?? "";
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return undefined;
};

export const isKeyId = (text: string): boolean => text.length === idLength && /^[a-z2-9]+$/.test(text);

/**
 * The stored form of a bearer key. One round of SHA-256 is enough for 256 random bits. A slow hash, which protects passwords,
 * would make every request slower, and a flood of wrong keys expensive.
 */
export const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** CRC-32 (IEEE 802.3). node:zlib has one too, but loading that module takes 1 ms of each cold start. */
export const crc32 = (text: string): number => {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
};

/** Each third character is a letter: logs mask a run of seven digits, because it can be a phone number. */
const newId = (random: RandomBytes): string =>
  [...random(idLength)]
    .map((byte, at) => idCharacters[byte % (at % 3 === 0 ? idLetters : idCharacters.length)])
    .join("");

const checksum = (body: string): string => base62(BigInt(crc32(body)), checkLength);

const base62 = (value: bigint, length: number): string => {
  let rest = value;
  let text = "";
  while (text.length < length) {
    text = `${digits62[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text;
};
