/**
 * A process that is a PBX with so many calls a day: `pbx-calls CALLS AHEAD [RING]`. Its clock is so many ms ahead, and a message sets
 * this number again. A phone rings for so many ms.
 */
import { startSimulator } from "../simulator/server.ts";
import { account, zone } from "./day.ts";

const [, , calls, aheadText, ring = "1"] = process.argv;
let ahead = Number(aheadText);
process.on("message", (ms: number) => {
  ahead = ms;
  process.send?.("set");
});
const simulator = await startSimulator({
  ...account,
  zone,
  calls: Number(calls),
  now: () => Date.now() + ahead,
  days: 12,
  ringMs: Number(ring),
  talkMs: 1,
});
process.send?.(simulator.port);
// nobody is left to stop it
process.on("disconnect", () => process.exit());
