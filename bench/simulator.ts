/** A process that is a PBX with one large day: `simulator ROWS`. */
import { startSimulator } from "../simulator/server.ts";
import { account, day, now, zone } from "./day.ts";

const simulator = await startSimulator({
  ...account,
  zone,
  days: 3,
  calls: 0,
  callsOn: { [day]: Number(process.argv[2]) },
  now,
});
process.send?.(simulator.port);
// nobody is left to stop it
process.on("disconnect", () => process.exit());
