/** A process that exports one day and tells what it took: `node export-one.ts PORT DIRECTORY`. */
import { exportDay } from "../lib/history/export-day.ts";
import { directoryStore } from "../lib/local/directory-store.ts";
import { createClient } from "../lib/wms/client.ts";
import { nodeTransport } from "../lib/wms/node-transport.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../simulator/server.ts";

const [, , port = "", directory = ""] = process.argv;
const { appId, appName, secret } = simulatorDefaults;
const connection = {
  host: `http://127.0.0.1:${port}`,
  auth: { kind: "s2s" as const, app_id: appId, app_name: appName, secret_key: secret },
};
const clock = { now: () => Date.parse("2026-11-24T10:00:00Z"), sleep: systemClock.sleep };
const client = createClient({
  transport: nodeTransport(),
  clock,
  random: Math.random,
  requestsPerSecond: 1_000_000,
  timeoutMs: 120_000,
  credentials: { current: async () => connection, refresh: async () => false },
});
const begun = performance.now();
const { manifest } = await exportDay(
  { client, store: await directoryStore(directory), clock, random: Math.random },
  { pbx: "bench", zone: "Europe/Rome", day: "2026-11-23" },
);
const ms = performance.now() - begun;
process.send?.({
  rows: manifest.rows,
  requests: manifest.requests,
  ms,
  rssKiB: process.resourceUsage().maxRSS,
});
