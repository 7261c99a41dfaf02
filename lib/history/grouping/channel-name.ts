import { usualEnd } from "../rows/leg-parties.ts";

/** Channels are named `<technology>/<peer>-<eight hexadecimal digits>`; a Local channel has two halves, `;1` and `;2`. */

/** The name without the half. */
export const baseOf = (channel: string): string => (isHalf(channel) ? channel.slice(0, -2) : channel);

/** `1` or `2` for half of a Local channel, else an empty string. */
export const halfOf = (channel: string): string => (isHalf(channel) ? channel.slice(-1) : "");

const semicolon = 59;
const isHalf = (channel: string): boolean =>
  channel.length > 2 && channel.charCodeAt(channel.length - 2) === semicolon && /[12]$/.test(channel);

/** The end of a name: the number of the channel, what it is half of, and `<ZOMBIE>` after a transfer. */
const ending = /-u?([0-9a-f]+)(?:;[12])?(?:<\w+>)?$/i;
const fewestDigits = 4;

/**
 * How much a name says. `one`: it is that of one channel until the PBX restarts. `line`: one channel at a time, and the next call of
 * the line has the same name, for example `DAHDI/1-1`. `none`: several channels have it at the same time, for example `SIP/telco`.
 */
export type NameStrength = "one" | "line" | "none";

export const strengthOf = (channel: string): NameStrength => {
  if (usualEnd.test(channel)) return "one";
  const slash = channel.indexOf("/");
  // not a name of Asterisk: only the PBX knows its form
  if (slash < 0) return channel === "" ? "none" : "one";
  const digits = ending.exec(channel)?.[1];
  if (digits === undefined) return "none";
  // a channel of ISDN has the other number in its name, and is counted from 1
  return digits.length >= fewestDigits || channel.includes("/", slash + 1) ? "one" : "line";
};

export const isLocal = (channel: string): boolean => channel.startsWith("Local/");
