import type { CallbackRecord } from "../../lib/callbacks/record.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";

/** A PBX in Italy from which calls can be placed. */
const calling = {
  country: "IT",
  timezone: "Europe/Rome",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["IT"],
} as const satisfies PbxSettings;
export const callingMilan: PbxSettings = calling;

/** The same PBX; missed callers are called back. */
export const milan: PbxSettings = { ...calling, callbacks: { mode: "call", targets: { "*": "201" } } };

/** A mobile in Italy. */
export const customer = "+393331234567";

/** A callback of this PBX before its first dial. */
export const waitingCallback = (
  change: Pick<CallbackRecord, "due" | "misses"> & Partial<CallbackRecord>,
): CallbackRecord => ({
  id: "c",
  pbx: "milan",
  number: customer,
  country: "IT",
  target: "201",
  state: "waiting",
  reason: "delay",
  since: 0,
  round: 1,
  n: 0,
  attempts: 0,
  failures: 0,
  agentMisses: 0,
  outcomes: [],
  ...change,
});
