import type { CallState, LedgerCall } from "../../../lib/calls/ledger/record.ts";
import type { StateStore } from "../../../lib/state.ts";

/** What a call may become, as the design has it; the code under test has a table of its own. */
const legal: ReadonlySet<string> = new Set(
  [
    ["none", "RESERVED"],
    ["RESERVED", "RESERVED"],
    ["RESERVED", "SENDING"],
    ["RESERVED", "REFUSED"],
    ["SENDING", "SENDING"],
    ["SENDING", "PLACED"],
    ["SENDING", "REFUSED"],
    ["SENDING", "UNKNOWN"],
    ["REFUSED", "RESERVED"],
    // what is noted of a call, and its way out
    ["UNKNOWN", "UNKNOWN"],
    ["UNKNOWN", "PLACED"],
  ].map((pair) => pair.join(" -> ")),
);
const unsent: ReadonlySet<unknown> = new Set(["not_sent", "stale", "capped"]);

const isCall = (partition: string): boolean => partition.startsWith("call/");

/** A state whose calls are watched: every write that changes one is judged. */
export const watched = (inner: StateStore, illegal: string[]): StateStore => ({
  ...inner,
  write: async (key, value, expect, expiresAt) => {
    if (!isCall(key.partition)) return inner.write(key, value, expect, expiresAt);
    const before = await inner.read<LedgerCall>(key);
    const written = await inner.write(key, value, expect, expiresAt);
    if (written !== undefined) {
      const from: CallState | "none" = before?.value.state ?? "none";
      const { state } = written.value as LedgerCall;
      const freed = from !== "REFUSED" || unsent.has(before?.value.reason);
      if (!legal.has(`${from} -> ${state}`) || !freed) illegal.push(`${from} -> ${state}`);
    }
    return written;
  },
});

/** The mutation that takes the fencing out: a call is written over, whoever holds it. */
export const unfenced = (inner: StateStore): StateStore => ({
  ...inner,
  write: async (key, value, expect, expiresAt) => {
    if (!isCall(key.partition) || "absent" in expect) return inner.write(key, value, expect, expiresAt);
    const current = await inner.read(key);
    const anyway = current === undefined ? ({ absent: true } as const) : { version: current.version };
    return inner.write(key, value, anyway, expiresAt);
  },
});
