/** A process of its own that counts and writes in a SQLite file as fast as it can: `state-child.ts FILE TIMES TIME`. */
import { sqliteState } from "../../lib/local/sqlite-state.ts";
import { clockFrom } from "./clocks.ts";

const [, , file = "", times = "0", start = ""] = process.argv;
const clock = clockFrom(start);
const state = sqliteState(file, clock);
const expiresAt = Math.floor(clock.now() / 1000) + 3600;
let [counted, won] = [0, 0];
for (let n = 0; n < Number(times); n++) {
  if ((await state.count({ partition: "c", id: "calls" }, { by: 1, limit: 50, expiresAt })) !== undefined)
    counted++;
  if ((await state.write({ partition: "r", id: String(n) }, process.pid, { absent: true })) !== undefined)
    won++;
}
process.stdout.write(JSON.stringify({ counted, won }));
