import type { Party } from "../people.ts";

export type Disposition = "ANSWERED" | "NO ANSWER" | "BUSY" | "FAILED" | "CONGESTION";

/** A leg as Asterisk's call detail records have it, before the PBX gives it an id. Times are epoch seconds. */
export interface Leg {
  /** Of the caller. */
  readonly channel: string;
  /** Of the called; empty if an application of the PBX took the call. */
  readonly dstchannel: string;
  readonly start: number;
  /** Undefined if it was not answered. */
  readonly answer: number | undefined;
  readonly end: number;
  readonly billsec: number;
  readonly disposition: Disposition;
  readonly lastapp: string;
  readonly lastdata: string;
  readonly dcontext: string;
  readonly src: string;
  readonly dst: string;
  readonly from: Party;
  readonly to: Party;
  readonly userfield: string;
  readonly faxdata: string;
  /** Goes out by a trunk, and costs. */
  readonly outgoing: boolean;
}

/** A person who can be rung, and the peer of the channel that it takes. */
export interface Target {
  readonly peer: string;
  readonly party: Party;
  /** What Dial is given, if it is more than the peer. */
  readonly dialled?: string;
}

/** The name of a channel with its counter: Asterisk counts channels since it started, in hexadecimal. */
export const channelName = (peer: string, number: number): string =>
  `${peer}-${(number >>> 0).toString(16).padStart(8, "0")}`;

/** A phone, by its colleague. */
export const phone = ({ extension, name }: { extension: string; name: string }): Target => ({
  peer: `SIP/${extension}`,
  party: { number: extension, name },
});

/** A number outside, through a trunk. */
export const outside = (party: Party, trunk: string): Target => ({
  peer: `SIP/${trunk}`,
  party,
  dialled: `SIP/${trunk}/${party.number}`,
});
