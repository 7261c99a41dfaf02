/** A process that is a PBX with one large day: `node simulator.ts ROWS`. */
import { startSimulator } from "../simulator/server.ts";

const simulator = await startSimulator({
  days: 2,
  calls: 0,
  callsOn: { "2026-11-23": Number(process.argv[2]) },
  now: () => Date.parse("2026-11-24T10:00:00Z"),
});
process.send?.(simulator.port);
