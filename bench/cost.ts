/**
 * What a deployment costs a month. The functions run here over ports that count what AWS bills (meter.ts); prices.json has the prices.
 * The tables go into docs/cost.md.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownKey } from "../cli/owner.ts";
import { checkAllPbxs } from "../functions/check-pbxs.ts";
import { events as takeEvents } from "../functions/events.ts";
import { exportHistory } from "../functions/export-history.ts";
import { originate } from "../functions/originate.ts";
import { planAllExports } from "../functions/plan-exports.ts";
import { reconcileCalls } from "../functions/reconcile-calls.ts";
import { sweepCallbacks } from "../functions/sweep-callbacks.ts";
import { webhook } from "../functions/webhook.ts";
import { signWebhook } from "../lib/callbacks/events/signature.ts";
import { memoryKeys } from "../lib/local/caller-keys.ts";
import { type LocalPorts, localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import { intoLists } from "../lib/pbxs/pbx-list.ts";
import { createPbxs } from "../lib/pbxs/pbxs.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { httpEvent } from "../test/support/events.ts";
import { ofType, packagedTemplate } from "../test/template/template.ts";
import { shareOf } from "./cpu-share.ts";
import { account, zone } from "./day.ts";
import { pbxIds } from "./fleet-file.ts";
import { Meter, meteredPorts, type Units } from "./meter.ts";

const page = new URL("../docs/cost.md", import.meta.url);
const { prices, region, date } = JSON.parse(
  await readFile(new URL("prices.json", import.meta.url), "utf8"),
) as { prices: Record<string, { usd: number; per: number }>; region: string; date: string };

/** What is assumed and not measured. docs/cost.md says it too. */
const assumed = {
  callsADay: 200,
  /** A PBX answers a request in this time, ms. */
  pbxMs: 300,
  /** PBXs that are measured together; costs of a PBX are a share of them. */
  pbxs: 40,
  lookbackDays: 4,
  keptMonths: 12,
  daysAMonth: 30,
  hoursADay: 24,
  /** Hours of a day in which PBX days are exported. */
  exportHours: 2,
};
const memoryMb = { originate: 1_024, "export-history": 1_024 } as const;
const memoryOf = (name: string): number => (name in memoryMb ? memoryMb[name as keyof typeof memoryMb] : 512);
const invocation = { awsRequestId: "cost", getRemainingTimeInMillis: () => 300_000 };
const hour = 3_600_000;

/** The nights of two working days, by the clocks of both sides. */
const ahead = Date.parse("2026-11-25T02:00:00Z") - Date.now();

const children: ChildProcess[] = [];
const pbxPort = async (): Promise<number> => {
  const child = fork(new URL("pbx-calls.ts", import.meta.url), [String(assumed.callsADay), String(ahead)]);
  children.push(child);
  const [port] = (await once(child, "message")) as [number];
  return port;
};

/** The metrics that each function gave values to. */
const metricsOf = new Map<string, Set<string>>();

/** Runs a function as Lambda bills it: the units of its ports, a request, and memory for processor time and waits for the PBX. */
const billed = async (meter: Meter, name: string, act: () => Promise<unknown>): Promise<Units> => {
  meter.take();
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  const units = meter.take();
  const metrics = metricsOf.get(name) ?? new Set();
  for (const metric of meter.takeMetrics()) metrics.add(metric);
  metricsOf.set(name, metrics);
  const seconds =
    (user + system) / 1e6 / shareOf(memoryOf(name)) + ((units["pbxRequest"] ?? 0) * assumed.pbxMs) / 1000;
  return { ...units, lambdaRequest: 1, lambdaGbSecond: (seconds * memoryOf(name)) / 1024 };
};

const times = (units: Units, factor: number): Units =>
  Object.fromEntries(Object.entries(units).map(([name, value]) => [name, value * factor]));
const sum = (...all: readonly Units[]): Units => {
  const total: Record<string, number> = {};
  for (const units of all)
    for (const [name, value] of Object.entries(units)) total[name] = (total[name] ?? 0) + value;
  return total;
};

const directory = await mkdtemp(join(tmpdir(), "wildix-cost-"));
const meter = new Meter();
let hoursAhead = 0;
const clock = { now: () => Date.now() + ahead + hoursAhead * hour, sleep: systemClock.sleep };

const most = 10_000;
const caps = { per_minute: most, per_caller: most, per_destination: most, per_day: most };

const webhookSecret = "costWebhookSecret0123456789ABC";

const setUp = async (): Promise<LocalPorts> => {
  const pbxFile = join(directory, "pbxs.json");
  const { appId, appName, secret } = account;
  const pbx = {
    host: `http://127.0.0.1:${await pbxPort()}`,
    app_id: appId,
    app_name: appName,
    secret_key: secret,
    timezone: zone,
    webhook_secrets: [webhookSecret],
    settings: {
      country: "US",
      contexts: ["users"],
      allowed_countries: ["US"],
      extension_pattern: "[1-9][0-9]{2}",
      caps,
    },
  };
  await writeFile(
    pbxFile,
    JSON.stringify({ pbxs: Object.fromEntries(pbxIds(assumed.pbxs).map((id) => [id, pbx])) }),
  );
  const env = { WILDIX_LOOKBACK_DAYS: String(assumed.lookbackDays), WILDIX_START_DATE: "2026-11-19" };
  const local = await localPorts({ env, directory, pbxFile, log: silentLog, clock });
  const keys = memoryKeys();
  const ports = meteredPorts({ ...local, keys }, meter);
  const transport: LocalPorts["transport"] = (exchange) => {
    meter.add("pbxRequest");
    return local.transport(exchange);
  };
  return { ...ports, transport, pbxs: createPbxs({ ...ports, transport, requestsPerSecond: () => 1_000 }) };
};

/** Works off the queue. The cost of each PBX day. */
const drain = async (ports: LocalPorts, expected?: number): Promise<Units> => {
  const handler = exportHistory(ports);
  const all: Units[] = [];
  for (;;) {
    const received = await ports.queue.receive();
    if (received.length === 0) {
      if (expected !== undefined && all.length !== expected)
        throw new Error(`${all.length} PBX days were exported, not ${expected}`);
      return sum(...all);
    }
    for (const { body, receipt } of received)
      all.push(
        await billed(meter, "export-history", async () => {
          const attributes = { ApproximateReceiveCount: "1" };
          // by another process than the last time, which reads the PBX's secret
          meter.add("secretRead");
          await handler(
            { Records: [{ messageId: "1", body, receiptHandle: receipt, attributes }] },
            invocation,
          );
          await ports.queue.remove(receipt);
        }),
      );
  }
};

const ports = await setUp();
const plan = planAllExports(ports);
// a month of work before: the nights that are measured find their days exported
for (let run = 0; run < 3; run++) {
  await plan({}, invocation);
  await drain(ports);
}
hoursAhead = 24;
const night = await billed(meter, "plan-exports", () => plan({}, invocation));
const exports = await drain(ports, assumed.pbxs * (1 + assumed.lookbackDays));
hoursAhead = 25;
const quietHour = await billed(meter, "plan-exports", () => plan({}, invocation));
const check = await billed(meter, "check-pbxs", () => checkAllPbxs(ports)({}, invocation));
const sweep = await billed(meter, "reconcile-calls", () => reconcileCalls(ports)({}, invocation));

const key = await ownKey({ keys: ports.keys, clock }, "cost");
const place = originate(ports);
const call = async (n: number): Promise<void> => {
  const answer = await place(
    httpEvent({
      method: "POST",
      path: "/calls",
      headers: { authorization: `Bearer ${key}`, "idempotency-key": `call-${n}` },
      body: JSON.stringify({ pbx: "pbx-0001", extension: "108", to: `1614484${1000 + n}` }),
      timeEpoch: clock.now(),
    }),
    { ...invocation, getRemainingTimeInMillis: () => 15_000 },
  );
  if (answer.statusCode !== 201) throw new Error(`originate answered ${answer.statusCode}: ${answer.body}`);
};
const callsMeasured = 200;
for (let n = 0; n < callsMeasured; n++) await call(n);
const calls = await billed(meter, "originate", async () => {
  for (let n = callsMeasured; n < 2 * callsMeasured; n++) await call(n);
});
const oneCall = sum(times(calls, 1 / callsMeasured), { lambdaRequest: 1 - 1 / callsMeasured, apiRequest: 1 });

const receive = webhook(ports);
const take = takeEvents({ ...ports, config: ports.config });
const completed = JSON.parse(
  await readFile(new URL("../test/fixtures/events/call-completed.json", import.meta.url), "utf8"),
);
const eventsMeasured = 100;
const received = await billed(meter, "webhook", async () => {
  for (let n = 0; n < eventsMeasured; n++) {
    const body = JSON.stringify({ ...completed, id: `it_cost_${n}.0`, time: clock.now() });
    const signature = signWebhook(Buffer.from(body), webhookSecret);
    const headers = { "content-type": "application/json", "x-signature": signature };
    const event = httpEvent({ method: "POST", path: "/webhooks/pbx-0001", headers, body });
    const answer = await receive({ ...event, pathParameters: { pbx: "pbx-0001" } }, invocation);
    if (answer.statusCode !== 202) throw new Error(`webhook answered ${answer.statusCode}: ${answer.body}`);
  }
});
const taken = await billed(meter, "events", () =>
  ports.events.deliver(
    async (record) => (await take({ Records: [record] }, invocation)).batchItemFailures.length === 0,
  ),
);
// SQS gives Lambda up to ten messages at a time; a quiet PBX sends one
const oneEvent = sum(times(received, 1 / eventsMeasured), times(taken, 1 / eventsMeasured), {
  apiRequest: 1,
  lambdaRequest: 2 - 2 / eventsMeasured,
});
// once an hour it looks for PBXs that call back
const callbackSearch = await billed(meter, "sweep-callbacks", () => sweepCallbacks(ports)({}, invocation));
const callbackSweep = await billed(meter, "sweep-callbacks", () => sweepCallbacks(ports)({}, invocation));

const template = await packagedTemplate();
const count = (type: string): number => ofType(template, type).length;

interface Fleet {
  readonly title: string;
  readonly pbxs: number;
  readonly callsAMonth: number;
  readonly shared: boolean;
}

const monthOf = ({ pbxs, callsAMonth, shared }: Fleet): Readonly<Record<string, Units>> => {
  const share = pbxs / assumed.pbxs;
  const { daysAMonth: days, hoursADay: hours } = assumed;
  // a metric is billed for the hours in which it gets values
  const hoursOf: Readonly<Record<string, number>> = {
    "plan-exports": days * hours,
    "check-pbxs": days * hours,
    "reconcile-calls": days * hours,
    "sweep-callbacks": days * hours,
    "export-history": days * assumed.exportHours,
    originate: Math.min(callsAMonth, days * hours),
  };
  const metricHours = new Map<string, number>();
  for (const [name, metrics] of metricsOf)
    for (const metric of metrics)
      metricHours.set(metric, Math.max(metricHours.get(metric) ?? 0, hoursOf[name] ?? 0));
  const listed = intoLists(
    [],
    Object.fromEntries(Array.from({ length: pbxs }, (_, n) => [`pbx-${n}`, { ...pbxSecret, id: n }])),
  ).length;
  const { storedGb = 0, ...work } = times(shared ? withoutSecrets(exports) : exports, share * days);
  // only the day that is new stays; the others are read again without a change
  const stored = (storedGb / (1 + assumed.lookbackDays)) * assumed.keptMonths;
  return {
    "calls placed": times(oneCall, callsAMonth),
    "export of PBX days": { ...work, storedGb: stored },
    "planner, every hour": sum(times(night, share * days), times(quietHour, share * days * (hours - 1))),
    "check of PBXs, every hour": times(shared ? withoutSecrets(check) : check, share * days * hours),
    "look-up of lost calls, every minute": times(sweep, days * hours * 60),
    "look at callbacks, every minute": sum(
      times(callbackSweep, days * hours * 59),
      times(shared ? withoutSecrets(callbackSearch) : callbackSearch, share * days * hours),
    ),
    "secrets of PBXs and keys": { secret: 1 + (shared ? listed : pbxs) },
    "alarms, dashboard, metrics, schedules, topic key": {
      alarm: count("AWS::CloudWatch::Alarm"),
      metric: [...metricHours.values()].reduce((total, each) => total + each, 0) / (days * hours),
      dashboard: count("AWS::CloudWatch::Dashboard"),
      schedule: days * hours * (2 * 60 + 2),
      key: count("AWS::KMS::Key"),
    },
  };
};

/** Of PBXs in shared secrets, a process reads each secret once in ten seconds: too seldom to count. */
const withoutSecrets = ({ secretRead: _few, ...units }: Units): Units => units;

/** About what a PBX's secret has. */
const pbxSecret = {
  host: "https://customer-name.wildixin.com",
  app_id: "0123456789abcdef01234567",
  app_name: "wildix-functions",
  secret_key: "0123456789abcdef0123456789abcdef0123456789abcdef",
  timezone: "Europe/Rome",
  registered: "2026-11-28T00:00:00.000Z",
  settings: { country: "IT", extension_pattern: "[1-9][0-9]{2}" },
};

const usd = (units: Units): number =>
  Object.entries(units).reduce((total, [name, value]) => {
    const price = prices[name];
    return total + (price === undefined ? 0 : (value * price.usd) / price.per);
  }, 0);
const services: Readonly<Record<string, readonly string[]>> = {
  Lambda: ["lambdaRequest", "lambdaGbSecond"],
  "API Gateway": ["apiRequest"],
  DynamoDB: ["tableRead", "tableWrite"],
  S3: ["storeWrite", "storeRead", "storedGb"],
  SQS: ["queueRequest", "eventQueueRequest"],
  "Secrets Manager": ["secret", "secretRead"],
  CloudWatch: ["logGb", "metric", "alarm", "dashboard"],
  EventBridge: ["schedule", "eventPut"],
  KMS: ["key"],
};
const fleets: readonly Fleet[] = [
  { title: "1 PBX", pbxs: 1, callsAMonth: 1_000, shared: false },
  { title: "40 PBXs", pbxs: 40, callsAMonth: 1_000, shared: false },
  { title: "1,000 PBXs", pbxs: 1_000, callsAMonth: 1_000, shared: false },
  { title: "1,000 PBXs, shared secrets", pbxs: 1_000, callsAMonth: 1_000, shared: true },
];
const months = fleets.map(monthOf);
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map((_, at) => (at === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
const money = (value: number): string => value.toFixed(2);
const heads = (first: string): string[] => [first, ...fleets.map(({ title }) => title)];
const totals = months.map((month) => sum(...Object.values(month)));
const total = ["**total**", ...totals.map((units) => `**${money(usd(units))}**`)];
const byService = table(heads("USD a month"), [
  ...Object.entries(services).map(([service, names]) => [
    service,
    ...totals.map((units) => money(usd(Object.fromEntries(names.map((name) => [name, units[name] ?? 0]))))),
  ]),
  total,
]);
const byWork = table(heads("USD a month"), [
  ...Object.keys(months[0] ?? {}).map((work) => [
    work,
    ...months.map((month) => money(usd(month[work] ?? {}))),
  ]),
  total,
]);
const units = (value: number | undefined): string =>
  (value ?? 0).toLocaleString("en-US", { maximumSignificantDigits: 3 });
const measured = table(
  [
    "measured",
    "requests to the table",
    "to the bucket",
    "to Secrets Manager",
    "to the PBX",
    "GB-seconds",
    "log, bytes",
  ],
  (
    [
      ["one call", oneCall, 1],
      ["one PBX day", exports, assumed.pbxs * (1 + assumed.lookbackDays)],
      ["planner after midnight, one PBX", night, assumed.pbxs],
      ["planner in another hour, one PBX", quietHour, assumed.pbxs],
      ["check of one PBX", check, assumed.pbxs],
      ["look-up of lost calls", sweep, 1],
      ["one event of a PBX", oneEvent, 1],
      ["search for PBXs that call back, one PBX", callbackSearch, assumed.pbxs],
      ["look at callbacks", callbackSweep, 1],
    ] as const
  ).map(([what, of, by]) => {
    const each = times(of, 1 / by);
    return [
      what,
      units((each["tableRead"] ?? 0) + (each["tableWrite"] ?? 0)),
      units((each["storeRead"] ?? 0) + (each["storeWrite"] ?? 0)),
      units(each["secretRead"]),
      units(each["pbxRequest"]),
      units(each["lambdaGbSecond"]),
      units((each["logGb"] ?? 0) * 1e9),
    ];
  }),
);

const text = `Prices of ${region}, ${date}. Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}.

${byService}

The same by what the deployment does:

${byWork}

${measured}`;
console.log(text);
const [before = "", rest = ""] = (await readFile(page, "utf8")).split("<!-- cost -->");
const after = rest.split("<!-- /cost -->")[1] ?? "";
await writeFile(page, `${before}<!-- cost -->\n${text}\n<!-- /cost -->${after}`);
for (const child of children) child.kill();
await rm(directory, { recursive: true });
