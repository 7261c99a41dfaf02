/** A process of its own that exports one day: to be killed, or to run in another time zone. `export-child.ts PBX_URL DIRECTORY DAY TIME` */
import { exportDay } from "../../lib/history/export/export-day.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { clockFrom } from "./clocks.ts";
import { clientOf } from "./pbx.ts";

const [, , host = "", root = "", day = "", start = ""] = process.argv;
const clock = clockFrom(start);
await exportDay(
  { client: clientOf(host, { clock }), store: await directoryStore(root), clock, random: Math.random },
  { pbx: "milan", zone: "Europe/Rome", day },
  () => process.stdout.write("."),
);
