import type { Leg } from "../scenes/leg.ts";

/** A call record as CallHistory gives it; all values are texts (measured). */
export interface Row {
  [field: string]: unknown;
  id: string;
  start: string;
  pbxid: string;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
/** Local seconds, as if UTC, as a record writes them. */
export const stamp = (local: number): string => {
  const date = new Date(local * 1000);
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
};
const offsetText = (seconds: number): string => {
  const minutes = Math.abs(seconds) / 60;
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
};

/** Local seconds of a string such as `2026-11-23 10:00:00`. */
export const localOf = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;

/** A leg as the PBX hands it out. `offsetOf`: seconds east of UTC at an instant. */
export const rowOf = (
  leg: Leg,
  id: number,
  pbxid: string,
  offsetOf: (epochSeconds: number) => number,
): Row => {
  const offset = offsetOf(leg.start);
  return {
    id: String(id),
    start: stamp(leg.start + offset),
    answer: leg.answer === undefined ? "" : stamp(leg.answer + offsetOf(leg.answer)),
    end: stamp(leg.end + offsetOf(leg.end)),
    src: leg.src,
    dst: leg.dst,
    from_number: leg.from.number,
    from_name: leg.from.name,
    to_number: leg.to.number,
    to_name: leg.to.name,
    billsec: String(leg.billsec),
    duration: String(leg.end - leg.start),
    disposition: leg.disposition,
    lastapp: leg.lastapp,
    lastdata: leg.lastdata,
    userfield: leg.userfield,
    faxdata: leg.faxdata,
    cost: leg.outgoing && leg.billsec > 0 ? (Math.ceil(leg.billsec / 60) * 0.02).toFixed(2) : "",
    organization: "",
    channel: leg.channel,
    dstchannel: leg.dstchannel,
    app: "0",
    callclass: leg.outgoing ? "1" : "0",
    dest_type: "4",
    dcontext: leg.dcontext,
    pbxid,
    type: leg.faxdata === "" ? "call" : "fax",
    timezone: offsetText(offset),
    attachments: {
      vm: { url: "" },
      recordings: { url: "", time: "", source: "", destination: "" },
      faxes: { url: "" },
    },
    tags: "",
  };
};

export interface CallIds {
  /** Of the caller's channel. */
  readonly uniqueid: string;
  /** Of the first channel of the call. */
  readonly linkedid: string;
}

/** As Asterisk makes them: the second in which a channel began, and its number. */
export const callIdsOf = (leg: Leg, legs: readonly Leg[]): CallIds => {
  const [first = leg] = legs;
  const idOf = (channel: string): string => {
    const begun = legs.find((other) => other.channel === channel) ?? leg;
    const [, number = "0", half = "1"] = /-([0-9a-f]{8})(?:;([12]))?$/.exec(channel) ?? [];
    return `${begun.start}.${2 * Number.parseInt(number, 16) + Number(half) - 1}`;
  };
  return { uniqueid: idOf(leg.channel), linkedid: idOf(first.channel) };
};
