/** Channels are named `<technology>/<peer>-<eight hexadecimal digits>`; a Local channel has two halves, `;1` and `;2`. */

/** The name without the half. */
export const baseOf = (channel: string): string => (isHalf(channel) ? channel.slice(0, -2) : channel);

/** `1` or `2` for half of a Local channel, else an empty string. */
export const halfOf = (channel: string): string => (isHalf(channel) ? channel.slice(-1) : "");

const semicolon = 59;
const isHalf = (channel: string): boolean =>
  channel.length > 2 && channel.charCodeAt(channel.length - 2) === semicolon && /[12]$/.test(channel);

export const isLocal = (channel: string): boolean => channel.startsWith("Local/");
