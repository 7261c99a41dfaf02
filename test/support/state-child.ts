/** A process of its own that counts and writes in a SQLite file as fast as it can: `state-child.ts FILE TIMES`. */
import { sqliteState } from "../../lib/local/sqlite-state.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";

const [, , file = "", times = "0"] = process.argv;
const state = sqliteState(file, systemClock);
const expiresAt = Math.floor(systemClock.now() / 1000) + 3600;
let [counted, won] = [0, 0];
for (let n = 0; n < Number(times); n++) {
  if ((await state.count({ partition: "c", id: "calls" }, { by: 1, limit: 50, expiresAt })) !== undefined)
    counted++;
  if ((await state.write({ partition: "r", id: String(n) }, process.pid, { absent: true })) !== undefined)
    won++;
}
process.stdout.write(JSON.stringify({ counted, won }));
