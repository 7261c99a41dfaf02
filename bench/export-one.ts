/** A process that exports one day: `export-one PORT DIRECTORY default|unbounded FORMAT`, the third being requests per second. */

import { formatNames } from "../lib/format-names.ts";
import { exportDay } from "../lib/history/export/export-day.ts";
import { partsOf } from "../lib/history/publication/manifest.ts";
import { directoryStore } from "../lib/local/directory-store.ts";
import { clientDefaults, createClient } from "../lib/wms/client.ts";
import { nodeTransport } from "../lib/wms/sending/node-transport.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { account, day, now, zone } from "./day.ts";
import { measure } from "./measure.ts";

const [, , port = "", directory = "", rate = "", name = ""] = process.argv;
const format = formatNames.find((known) => known === name);
if (format === undefined) throw new Error(`no format is called "${name}"`);
const connection = {
  host: `http://127.0.0.1:${port}`,
  auth: {
    kind: "s2s" as const,
    app_id: account.appId,
    app_name: account.appName,
    secret_key: account.secret,
  },
};
const clock = { now, sleep: systemClock.sleep };
await measure(async () => {
  const client = createClient({
    transport: nodeTransport(),
    clock,
    random: Math.random,
    requestsPerSecond: rate === "default" ? clientDefaults.requestsPerSecond : 1_000_000,
    timeoutMs: 120_000,
    credentials: { current: async () => connection, refresh: async () => false },
  });
  const { manifest } = await exportDay(
    { client, store: await directoryStore(directory), clock, random: Math.random },
    { pbx: "bench", zone, day, format },
  );
  const bytes = partsOf(manifest).reduce((sum, { size }) => sum + size, 0);
  return { rows: manifest.rows, bytes, requests: manifest.requests };
});
