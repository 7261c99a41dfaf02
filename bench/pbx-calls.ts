/** A process that is a PBX with so many calls a day: `pbx-calls CALLS AHEAD`. Its clock is so many ms ahead. */
import { startSimulator } from "../simulator/server.ts";
import { account, zone } from "./day.ts";

const [, , calls, ahead] = process.argv;
const simulator = await startSimulator({
  ...account,
  zone,
  calls: Number(calls),
  now: () => Date.now() + Number(ahead),
  days: 12,
  ringMs: 1,
  talkMs: 1,
});
process.send?.(simulator.port);
// nobody is left to stop it
process.on("disconnect", () => process.exit());
