import { isIP } from "node:net";
import { WmsError } from "../errors.ts";
import type { Connection } from "../types.ts";
import { phpTrim } from "./php.ts";

export interface HostParts {
  /** Scheme, host name and port: where to connect. */
  readonly origin: string;
  /** What is signed and sent as Host: without the port, in the case it was written in. */
  readonly name: string;
}

/** The host for a message, without a user. */
const shown = (host: string): string => host.replace(/\/\/.*@/, "//…@").slice(0, 80);

/** The same as a part of a message. Empty if it does not look like a host: a credential may be in its place. */
const got = (host: string): string => {
  const isHost = /^[a-z]+:\/\//i.test(host) || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/?$/.test(host);
  return isHost ? `; got "${shown(host)}"` : "";
};

const refuse = (detail: string): never => {
  throw new WmsError("WMS_HOST_INVALID", { field: "host", detail: `\`host\` ${detail}` });
};

/** As a character class. */
export const typographicQuotes = "\\u00ab\\u00bb\\u2018-\\u201f\\u2039\\u203a";
const quotes = new RegExp(`["'\`${typographicQuotes}]`, "g");

/** A value that was copied from a page or a file can have quotation marks around it, which are easy to overlook. */
const checkQuotes = (host: string): void => {
  const unquoted = host.replace(quotes, "");
  if (unquoted === host) return;
  const isHost = got(unquoted) !== "";
  refuse(
    `must not have quotation marks${isHost ? `; got ${shown(host)}` : ""}. Write ${isHost ? shown(unquoted) : "https://NAME.wildixin.com"}.`,
  );
};

/** Reads the host as the official client does; path, query and fragment of it are not used. */
export const readHost = (host: string): HostParts => {
  if (/[\u0000-\u0020\u007f\\]/.test(host))
    refuse("must not contain a space, control character or backslash. Write https://NAME.wildixin.com.");
  checkQuotes(host);
  const match = /^(https?):\/\/([^/?#]*)/i.exec(host);
  if (!match) return refuse(`must begin with https://${got(host)}. Write https://NAME.wildixin.com.`);
  const [, scheme = "", authority = ""] = match;
  if (authority.includes("@")) refuse("must not contain a user. Put credentials into app_id and secret_key.");
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(authority);
  if (!parts)
    return refuse(
      `must have a host name${got(host)}. Write https://NAME.wildixin.com, with :PORT only if it is not 443.`,
    );
  const [, name = "", port] = parts;
  return { origin: `${scheme.toLowerCase()}://${name}${port === undefined ? "" : `:${port}`}`, name };
};

/** Names and addresses at which clouds give a machine its credentials. */
const metadataNames = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  // Alibaba, Oracle, Azure
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
  // AWS (also for pods of EKS), Google
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fd20:ce::254",
]);
const isMetadata = (address: string): boolean =>
  metadataNames.has(address) ||
  address.startsWith("instance-data.") ||
  (isIP(address) === 4 && address.startsWith("169.254.")) ||
  (isIP(address) === 6 && /^fe[89ab]/.test(address));

/**
 * Checks a connection before it is used: https (http on loopback only), a bare origin, and no address at which a cloud gives a
 * machine its credentials. Returns the origin's parts; throws WMS_HOST_INVALID or WMS_CREDENTIALS_INVALID.
 */
export const checkConnection = (connection: Connection): HostParts => {
  const host = connection.host.replace(/\/+$/, "");
  const parts = readHost(host);
  if (host.length !== parts.origin.length)
    refuse(`must not have a path, query or fragment${got(host)}. Write ${parts.origin}.`);
  if (/[^\u0000-\u007f]/.test(parts.name))
    refuse(`must be ASCII${got(parts.name)}. Write the name in its punycode form (xn--…).`);
  if (!URL.canParse(parts.origin))
    refuse(`must be a valid address${got(host)}. Write https://NAME.wildixin.com.`);
  // URL also turns 0x7f.1, 2130706433 and the like into plain addresses
  const plain = new URL(parts.origin).hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  const addresses = [plain, ...addressesInside(plain)];
  if (addresses.some(isMetadata))
    refuse(`must not be a link-local or metadata address${got(host)}. Write the PBX's own name.`);
  if (addresses.includes("0.0.0.0") || plain === "::")
    refuse(`must not be the unspecified address${got(host)}. Write the PBX's own name.`);
  // also a placeholder such as {pbx}, which URL accepts
  if (!parts.name.startsWith("[") && /[^\w.-]/.test(parts.name))
    refuse(
      `must have a name of letters, digits, dots, hyphens and underscores${got(host)}. Write https://NAME.wildixin.com.`,
    );
  const loopback =
    plain === "localhost" ||
    plain === "::1" ||
    (isIP(plain) === 4 && plain.startsWith("127.")) ||
    plain.startsWith("::ffff:7f");
  if (parts.origin.startsWith("http:") && !loopback)
    refuse(
      `must use https${got(parts.origin)}. Use http only for loopback, because the token can be read in transit.`,
    );
  checkCredentials(connection);
  return parts;
};

/** Prefixes of IPv6 addresses that a gateway or the system turns into the IPv4 address behind them. */
const ipv4Prefixes: readonly RegExp[] = [
  // IPv4-compatible, IPv4-mapped, translated (RFC 4291, 2765), NAT64 (RFC 6052, 8215)
  /^(?:0:){6}/,
  /^(?:0:){5}ffff:/,
  /^(?:0:){4}ffff:0:/,
  /^64:ff9b:(?:[0-9a-f]+:){4}/,
  // 6to4 (RFC 3056)
  /^2002:/,
];

/** The IPv4 addresses that an IPv6 address carries. */
const addressesInside = (address: string): string[] => {
  if (isIP(address) !== 6 || address === "::" || address === "::1") return [];
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const whole = address.includes("::")
    ? [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)].join(":")
    : address;
  return ipv4Prefixes.flatMap((prefix) => {
    const match = prefix.exec(whole)?.[0];
    if (match === undefined) return [];
    const [high = "0", low = "0"] = whole.slice(match.length).split(":");
    return [fromHex(high, low)];
  });
};

const fromHex = (high: string, low: string): string => {
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
};

/** Every credential in the form that is sent: trimmed as the official client trims it, and not empty. */
export const checkCredentials = (connection: Connection): Map<string, string> => {
  const { kind, ...given } = connection.auth;
  return new Map(
    Object.entries(given).map(([field, value]) => [
      field,
      checkCredential(field, value, kind === "s2s" && field === "app_name"),
    ]),
  );
};

const checkCredential = (field: string, value: unknown, free: boolean): string => {
  const wrong = (detail: string): never => {
    throw new WmsError("WMS_CREDENTIALS_INVALID", { field, detail: `\`${field}\` ${detail}` });
  };
  if (typeof value !== "string")
    return wrong("must be text. Copy it from WMS: PBX -> Integrations -> Applications.");
  const text = phpTrim(value);
  if (text === "" || value === "0")
    return wrong("must not be empty. Copy it from WMS: PBX -> Integrations -> Applications.");
  if (!text.isWellFormed()) return wrong("must be UTF-8. Copy it again.");
  // the secret is a key and the app name is inside the token; the rest travels in a header
  if (!free && field !== "secret_key" && /[\u0000-\u001f\u007f]/.test(text))
    return wrong("must not contain a line break or control character. Copy it again.");
  return text;
};
