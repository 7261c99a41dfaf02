/**
 * A process of its own that places one call and stops itself, as a frozen Lambda does, right after its record went into a
 * state: `call-child.ts PBX_URL STATE_FILE STATE TIME`. Somebody else has to wake it. Prints the record that it ends with.
 */
import { createCalls } from "../../lib/calls/calls.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import type { LedgerCall } from "../../lib/calls/ledger/record.ts";
import { sqliteState } from "../../lib/local/sqlite-state.ts";
import { silentLog } from "../../lib/log.ts";
import { noMetrics } from "../../lib/metrics.ts";
import type { StateStore } from "../../lib/state.ts";
import { crm, openSettings } from "./calls.ts";
import { clockFrom } from "./clocks.ts";
import { clientOf } from "./pbx.ts";

const [, , url = "", file = "", stopAfter = "", start = ""] = process.argv;
const clock = clockFrom(start);
const inner = sqliteState(file, clock);
const state: StateStore = {
  ...inner,
  write: async (key, value, expect, expiresAt) => {
    const item = await inner.write(key, value, expect, expiresAt);
    if (key.partition.startsWith("call/") && (value as LedgerCall).state === stopAfter)
      process.kill(process.pid, "SIGSTOP");
    return item;
  },
};
const pbx = {
  id: "milan",
  client: clientOf(url, { clock }),
  settings: openSettings,
  pseudonym: (text: string) => text,
};
const calls = createCalls({
  state,
  clock,
  monotonic: () => performance.now(),
  newId: () => "1",
  audit: { write: async () => undefined },
  log: silentLog,
  metrics: noMetrics,
  pbxs: { get: async () => pbx },
});
const result = await calls.place({
  wanted: readCall({ extension: "108", to: "109" }),
  caller: crm,
  pbx,
  key: "k",
  requestId: "r1",
  receivedAt: clock.now(),
  timeLeft: 60_000,
});
process.stdout.write(JSON.stringify(result));
