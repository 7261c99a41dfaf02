/** A process of its own that exports one day: to be killed, or to run in another time zone. */
import { exportDay } from "../../lib/history/export-day.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { clientOf } from "./pbx.ts";

const [, , host = "", root = "", day = ""] = process.argv;
await exportDay(
  { client: clientOf(host), store: await directoryStore(root), clock: systemClock, random: Math.random },
  { pbx: "milan", zone: "Europe/Rome", day },
  () => process.stdout.write("."),
);
