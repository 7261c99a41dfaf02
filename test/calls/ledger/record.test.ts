import { describe, expect, it } from "vitest";
import {
  type CallState,
  callTimes,
  type LedgerCall,
  phaseOf,
  provenUnsent,
  type RefusedReason,
} from "../../../lib/calls/ledger/record.ts";

const call = {
  id: "c1",
  pbx: "milan",
  caller: "crm",
  fingerprint: "f",
  extension: "108",
  params: { channel: "Local/108@users" },
};

describe("what stands under a key", () => {
  const record = (state: CallState, reason?: RefusedReason): LedgerCall => ({
    ...call,
    state,
    ...(reason === undefined ? {} : { reason }),
    reservedAt: 0,
    changedAt: 1_000_000,
    sends: [],
    steps: [],
  });
  it.each<[CallState, RefusedReason | undefined, number, string]>([
    ["RESERVED", undefined, 0, "busy"],
    ["RESERVED", undefined, 4_999, "busy"],
    ["RESERVED", undefined, 5_000, "free"],
    ["RESERVED", undefined, -60_000, "busy"],
    ["SENDING", undefined, 0, "busy"],
    ["SENDING", undefined, 14_999, "busy"],
    ["SENDING", undefined, 15_000, "abandoned"],
    ["PLACED", undefined, 9e9, "settled"],
    ["UNKNOWN", undefined, 9e9, "settled"],
    ["REFUSED", "not_sent", 0, "free"],
    ["REFUSED", "stale", 0, "free"],
    ["REFUSED", "capped", 0, "free"],
    ["REFUSED", "pbx_refused", 9e9, "settled"],
    ["REFUSED", "pbx_busy", 9e9, "settled"],
    ["REFUSED", "unauthorized", 9e9, "settled"],
    ["REFUSED", undefined, 9e9, "settled"],
  ])("%s %s after %i ms: %s", (state, reason, age, standing) => {
    expect(phaseOf(record(state, reason), 1_000_000 + age)).toBe(standing);
    expect(provenUnsent(reason)).toBe(["not_sent", "stale", "capped"].includes(reason ?? ""));
  });
  it("is remembered long enough, and judged in time", () => {
    expect(callTimes.keptSeconds).toBeGreaterThanOrEqual(86_400);
    // a key must be free before its first holder may no longer send, or nobody could: and fenced, so that not both do
    expect(callTimes.leaseMs).toBeLessThan(callTimes.oldestMs);
    expect(callTimes).toMatchObject({ oldestMs: 10_000, askEveryMs: 15_000, askForMs: 21_600_000 });
  });
});
