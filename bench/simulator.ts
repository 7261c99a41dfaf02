/** A process that is a PBX with one large day: `simulator ROWS`. `simulator ROWS DAY`: a day of the machine's own calendar. */
import { startSimulator } from "../simulator/server.ts";
import { account, day, now, zone } from "./day.ts";

const [, , rows, own] = process.argv;
const simulator = await startSimulator({
  ...account,
  zone,
  days: 3,
  calls: 0,
  rowsOn: { [own ?? day]: Number(rows) },
  ...(own === undefined ? { now } : {}),
});
process.send?.(simulator.port);
// nobody is left to stop it
process.on("disconnect", () => process.exit());
