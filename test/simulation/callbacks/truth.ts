import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import type { RingEnd } from "../../support/callback-pbx.ts";
import type { World } from "../world.ts";

/** A call as it was. */
export interface TruthCall {
  readonly number: string;
  readonly kind: "bridged" | "missed";
  readonly direction: "inbound" | "outbound";
  readonly start: number;
  readonly end: number;
  readonly talkMs: number;
  readonly queue: string | undefined;
  /** When history shows it. */
  visible: number;
  /** When a worker said that it took the event. */
  acknowledged: number;
}

/** A ring of ours as it was. */
export interface Ring {
  readonly at: number;
  readonly over: number;
  readonly target: string;
  readonly number: string;
  /** As the agent saw it. */
  readonly queue: string;
  readonly end: RingEnd;
  readonly mark: string | undefined;
  /** Its machine had a fault. */
  readonly faulty: boolean;
  /** When history shows it. */
  visible: number;
  /** History shows one leg before the other: a voicemail is seen by the agent's leg only. */
  inParts: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** All that happened. */
export interface Truth {
  readonly world: World;
  readonly place: Place;
  readonly settings: PbxSettings;
  readonly calls: TruthCall[];
  readonly rings: Ring[];
  /** When a number was listed. */
  readonly blocked: Map<string, number>;
  /** Numbers that somebody wants to list: the list can have them although the answer was lost. */
  readonly blocking: Set<string>;
  readonly cancelled: { readonly id: string; readonly from: number; readonly at: number }[];
  readonly stops: Span[];
  readonly observed: Span[];
  /** Since when history is polled; NaN: the PBX sends events. */
  polledFrom: number;
  /** No poll after that is simulated. */
  readonly polledTo: number;
  faulty: number;
}

/** Where a PBX is, and who calls it. */
export interface Place {
  readonly zone: string;
  readonly country: string;
  /** Zones in which the callers may be. */
  readonly zones: readonly string[];
  readonly numbers: readonly string[];
  /** Calls another PBX, which does not fail. */
  readonly elsewhere: string;
  /** Never called back. */
  readonly excluded: readonly string[];
  /** Working days, weekends, holidays and nights in which the clock changes. */
  readonly starts: readonly string[];
}

export const places: readonly Place[] = [
  {
    zone: "Europe/Rome",
    country: "IT",
    zones: ["Europe/Rome"],
    numbers: ["+393331234567", "+390212345678", "+393337654321"],
    elsewhere: "+393291234567",
    excluded: ["+18765550123", "+39899123456", "anonymous", "203", "+881612345678"],
    starts: [
      "2026-11-24T08:30:00Z",
      "2026-11-27T15:30:00Z",
      "2026-12-24T15:00:00Z",
      "2026-03-27T15:30:00Z",
      "2026-10-23T14:00:00Z",
      "2027-10-29T14:30:00Z",
      "2028-03-24T16:00:00Z",
    ],
  },
  {
    zone: "Europe/London",
    country: "GB",
    zones: ["Europe/London"],
    numbers: ["+447400123456", "+442071838750", "+447400123457"],
    elsewhere: "+447400123498",
    excluded: ["+393331234567", "+448001111111", "", "203"],
    starts: ["2026-11-24T09:30:00Z", "2026-10-23T15:00:00Z", "2027-03-26T16:00:00Z"],
  },
  {
    zone: "America/New_York",
    country: "US",
    zones: ["America/New_York", "Pacific/Honolulu"],
    numbers: ["+12125550123", "+13105550188", "+18085550123"],
    elsewhere: "+12125550177",
    excluded: ["+18005551234", "+18765550123", "203"],
    starts: ["2026-11-24T15:00:00Z", "2026-10-30T18:00:00Z", "2027-03-12T18:00:00Z"],
  },
  {
    zone: "Australia/Sydney",
    country: "AU",
    zones: ["Australia/Sydney", "Australia/Perth"],
    numbers: ["+61412345678", "+61298765432", "+61412345679"],
    elsewhere: "+61412345123",
    excluded: ["+611300123456", "+393331234567", "203"],
    starts: ["2026-11-23T23:00:00Z", "2026-10-02T03:00:00Z", "2027-04-02T02:00:00Z"],
  },
];
