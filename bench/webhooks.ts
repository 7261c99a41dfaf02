/** 100,000 signed webhooks, and as many forged ones, through the function: the time to acknowledge each, and the memory. */
import { setImmediate } from "node:timers/promises";
import { webhook } from "../functions/webhook.ts";
import { signWebhook } from "../lib/callbacks/events/signature.ts";
import { silentLog } from "../lib/log.ts";
import { noMetrics } from "../lib/metrics.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { httpEvent } from "../test/support/events.ts";
import { report, round } from "./report.ts";
import { size } from "./size.ts";

const secret = "benchWebhookSecret0123456789AB";
const registered = JSON.stringify({ host: "https://pbx.example.com", token: "t", webhook_secrets: [secret] });
const webhooks = size(100_000, 1_000);
let queued = 0;

const handler = webhook({
  clock: systemClock,
  registry: { readText: async () => registered },
  events: {
    send: async () => {
      queued++;
    },
  },
  log: silentLog,
  metrics: noMetrics,
});
const invocation = { awsRequestId: "bench", getRemainingTimeInMillis: () => 10_000 };

/** About the size of call:completed. */
const bodyOf = (n: number): string =>
  JSON.stringify({
    ...{ id: `it_w000001_${n}.0`, pbx: "221100001bab", company: "it_w000001", time: Date.now() },
    ...{ type: "call:completed", integrationId: "bench0" },
    data: { flows: [{ direction: "INBOUND", tags: ["x".repeat(1500)], talkTime: n }] },
  });

const mebibytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const run = async (signer: string, status: number): Promise<string[]> => {
  const taken: number[] = [];
  const heaps: number[] = [];
  for (let n = 0; n < webhooks; n++) {
    const body = bodyOf(n);
    const headers = {
      "content-type": "application/json",
      "x-signature": signWebhook(Buffer.from(body), signer),
    };
    const event = {
      ...httpEvent({ method: "POST", path: "/webhooks/milan", headers, body }),
      pathParameters: { pbx: "milan" },
    };
    const begun = performance.now();
    const { statusCode } = await handler(event, invocation);
    taken.push(performance.now() - begun);
    if (statusCode !== status) throw new Error(`the function answered ${statusCode}`);
    if (n % (webhooks / 10) === webhooks / 20) {
      heaps.push(mebibytes());
      await setImmediate();
    }
  }
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(webhooks * share)] ?? 0).toFixed(2)} ms`;
  // the list of times itself grows by 8 bytes for each
  const [first = 0, last = 0] = [heaps[0], heaps.at(-1)];
  return [at(0.5), at(0.99), at(0.999), `${first.toFixed(1)} MiB`, `${last.toFixed(1)} MiB`];
};

const rows = [
  [`${round(webhooks)} signed`, ...(await run(secret, 202))],
  [`${round(webhooks)} forged`, ...(await run("another", 401))],
];
if (queued !== webhooks) throw new Error(`${queued} of ${webhooks} webhooks were queued`);
await report("webhooks", ["webhooks", "median", "p99", "p99.9", "heap after 5 %", "heap after 95 %"], rows);
