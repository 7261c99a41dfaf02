/**
 * What a deployment costs a month. The functions run here over ports that count what AWS bills (meter.ts); prices.json has the prices.
 * The tables go into docs/cost.md.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownKey } from "../cli/server/owner.ts";
import { checkAllPbxs } from "../functions/check-pbxs.ts";
import { events as takeEvents } from "../functions/events.ts";
import { exportHistory } from "../functions/export-history.ts";
import { originate } from "../functions/originate.ts";
import { planAllExports } from "../functions/plan-exports.ts";
import { reconcileCalls } from "../functions/reconcile-calls.ts";
import { sweepCallbacks } from "../functions/sweep-callbacks.ts";
import { webhook } from "../functions/webhook.ts";
import { createCallbacks } from "../lib/callbacks/callbacks.ts";
import { signWebhook } from "../lib/callbacks/events/signature.ts";
import { memoryKeys } from "../lib/local/caller-keys.ts";
import { type LocalPorts, localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import { checkDefaults } from "../lib/pbxs/check-pbxs.ts";
import { intoLists } from "../lib/pbxs/pbx-list.ts";
import { createPbxs } from "../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../lib/pbxs/secret.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { httpEvent } from "../test/support/events.ts";
import { milan } from "../test/support/milan.ts";
import { ofType, packagedTemplate } from "../test/template/template.ts";
import { shareOf } from "./cpu-share.ts";
import { account, zone } from "./day.ts";
import { pbxIds } from "./fleet-file.ts";
import { Meter, meteredPorts, type Units } from "./meter.ts";
import { isTrial, size } from "./size.ts";

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
  pbxs: size(40, 5),
  lookbackDays: 4,
  keptMonths: 12,
  daysAMonth: 30,
  hoursADay: 24,
  /** Hours of a day in which PBX days are exported. */
  exportHours: 2,
  /** Share of the PBXs that call back, and what each does on a day. */
  callbackShare: 0.1,
  missedADay: 20,
  /** Hours of a day in which a PBX sends events at least every 15 minutes. */
  talkHours: 10,
  customers: 40,
};
const memoryMb = { originate: 1_024, "export-history": 1_024 } as const;
const memoryOf = (name: string): number => (name in memoryMb ? memoryMb[name as keyof typeof memoryMb] : 512);
const invocation = { awsRequestId: "cost", getRemainingTimeInMillis: () => 300_000 };
const hour = 3_600_000;

/** The nights of two working days, by the clocks of both sides. */
const ahead = Date.parse("2026-11-25T02:00:00Z") - Date.now();

const children: ChildProcess[] = [];
const startPbx = async (ms: number, ringMs = 1): Promise<{ child: ChildProcess; host: string }> => {
  const args = [assumed.callsADay, ms, ringMs].map(String);
  const child = fork(new URL("pbx-calls.ts", import.meta.url), args);
  children.push(child);
  const [port] = (await once(child, "message")) as [number];
  return { child, host: `http://127.0.0.1:${port}` };
};

/** The metrics that each function gave values to. */
const metricsOf = new Map<string, Set<string>>();

/**
 * Runs a function as Lambda bills it: the units of its ports, a request, and memory for processor time and waits for the PBX. A
 * function that asks many PBXs `atOnce` waits once for all of them.
 */
const billed = async (
  meter: Meter,
  name: string,
  act: () => Promise<unknown>,
  atOnce = 1,
): Promise<Units> => {
  meter.take();
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  const units = meter.take();
  const metrics = metricsOf.get(name) ?? new Set();
  for (const metric of meter.takeMetrics()) metrics.add(metric);
  metricsOf.set(name, metrics);
  const seconds =
    (user + system) / 1e6 / shareOf(memoryOf(name)) +
    ((units["pbxRequest"] ?? 0) * assumed.pbxMs) / 1000 / atOnce;
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

/** What `all` has more than `base`. */
const beyond = (all: Units, base: Units): Units =>
  Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, Math.max(0, value - (base[name] ?? 0))]),
  );

const directories: string[] = [];
const meter = new Meter();
let hoursAhead = 0;
const clock = { now: () => Date.now() + ahead + hoursAhead * hour, sleep: systemClock.sleep };

const most = 10_000;
const caps = { per_minute: most, per_caller: most, per_destination: most, per_day: most };

const webhookSecret = "costWebhookSecret0123456789ABC";

interface World {
  readonly clock: LocalPorts["clock"];
  readonly host: string;
  readonly pbxs: number;
  readonly settings?: PbxSettings;
  /** Each PBX has a customer. */
  readonly customers?: boolean;
}

const setUp = async ({ clock, host, pbxs, settings, customers = false }: World): Promise<LocalPorts> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-cost-"));
  directories.push(directory);
  const pbxFile = join(directory, "pbxs.json");
  const { appId, appName, secret } = account;
  const pbx = {
    host,
    app_id: appId,
    app_name: appName,
    secret_key: secret,
    timezone: zone,
    webhook_secrets: [webhookSecret],
    settings: settings ?? {
      country: "US",
      contexts: ["users"],
      allowed_countries: ["US"],
      extension_pattern: "[1-9][0-9]{2}",
      caps,
    },
  };
  const entries = pbxIds(pbxs).map((id, n) => [
    id,
    { ...pbx, ...(customers ? { customer: `customer-${n}` } : {}) },
  ]);
  await writeFile(pbxFile, JSON.stringify({ pbxs: Object.fromEntries(entries) }));
  const env = { WILDIX_LOOKBACK_DAYS: String(assumed.lookbackDays), WILDIX_START_DATE: "2026-10-01" };
  const local = await localPorts({ env, directory, pbxFile, log: silentLog, clock });
  const keys = memoryKeys();
  const ports = meteredPorts({ ...local, keys }, meter);
  const transport: LocalPorts["transport"] = (exchange) => {
    meter.add("pbxRequest");
    return local.transport(exchange);
  };
  return { ...ports, transport, pbxs: createPbxs({ ...ports, transport, requestsPerSecond: () => 1_000 }) };
};

/** Works off the queue. */
const drain = async (ports: LocalPorts): Promise<Units> => {
  const handler = exportHistory(ports);
  const all: Units[] = [];
  for (;;) {
    const received = await ports.queue.receive();
    if (received.length === 0) return sum(...all);
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

/** A night with new days, and the hour after it. */
const planNight = async (ports: LocalPorts) => {
  const plan = planAllExports(ports);
  hoursAhead = 0;
  // a month of work before: the nights that are measured find their days exported
  while ((await plan({}, invocation)).queued > 0) await drain(ports);
  hoursAhead = 24;
  const night = await billed(meter, "plan-exports", () => plan({}, invocation));
  const exports = await drain(ports);
  hoursAhead = 25;
  return { night, exports, quietHour: await billed(meter, "plan-exports", () => plan({}, invocation)) };
};

const { host } = await startPbx(ahead);
const fleet = { clock, host, pbxs: assumed.pbxs };
const customersMeasured = 4;
const apart = await planNight(await setUp({ ...fleet, pbxs: customersMeasured, customers: true }));
const ports = await setUp(fleet);
const { night, exports, quietHour } = await planNight(ports);
/** List requests that each customer adds to a run of the planner. */
const listsOfCustomer = ((apart.quietHour["list"] ?? 0) - (quietHour["list"] ?? 0)) / customersMeasured;
const check = await billed(
  meter,
  "check-pbxs",
  () => checkAllPbxs(ports)({}, invocation),
  Math.min(assumed.pbxs, checkDefaults.atOnce),
);
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
const callsMeasured = size(200, 10);
for (let n = 0; n < callsMeasured; n++) await call(n);
const calls = await billed(meter, "originate", async () => {
  for (let n = callsMeasured; n < 2 * callsMeasured; n++) await call(n);
});
const oneCall = sum(times(calls, 1 / callsMeasured), { lambdaRequest: 1 - 1 / callsMeasured, apiRequest: 1 });

const sampleEvent = async (name: string): Promise<{ data: { flows: readonly object[] } }> =>
  JSON.parse(await readFile(new URL(`../test/fixtures/events/${name}.json`, import.meta.url), "utf8"));
const completed = await sampleEvent("call-completed");
const missed = await sampleEvent("call-missed");

/** Sends events of calls of these numbers, a call from each, to PBXs in turn. The cost of one event. */
const sendEvents = async (
  { to, pbxs }: { readonly to: LocalPorts; readonly pbxs: readonly string[] },
  sample: typeof completed,
  numbers: readonly string[],
): Promise<Units> => {
  const receive = webhook(to);
  const take = takeEvents({ ...to, config: to.config });
  const received = await billed(meter, "webhook", async () => {
    for (const [n, number] of numbers.entries()) {
      const time = to.clock.now();
      const times = { startTime: time - 25_000, endTime: time - 5_000 };
      const outside = { type: "REMOTE", phone: number };
      const flows = sample.data.flows.map((flow) => ({
        ...flow,
        ...times,
        remotePhone: number,
        ...("queueId" in flow ? { caller: outside } : { callee: outside, destination: number }),
      }));
      const id = `it_cost_${number}_${time}`;
      const body = JSON.stringify({ ...sample, id, time, data: { ...sample.data, id, time, flows } });
      const signature = signWebhook(Buffer.from(body), webhookSecret);
      const headers = { "content-type": "application/json", "x-signature": signature };
      const pbx = pbxs[n % pbxs.length] ?? "";
      const event = httpEvent({ method: "POST", path: `/webhooks/${pbx}`, headers, body });
      const answer = await receive({ ...event, pathParameters: { pbx } }, invocation);
      if (answer.statusCode !== 202) throw new Error(`webhook answered ${answer.statusCode}: ${answer.body}`);
    }
  });
  const taken = await billed(meter, "events", () =>
    to.events.deliver(
      async (record) => (await take({ Records: [record] }, invocation)).batchItemFailures.length === 0,
    ),
  );
  const count = numbers.length;
  // SQS gives Lambda up to ten messages at a time; a quiet PBX sends one
  return sum(times(received, 1 / count), times(taken, 1 / count), {
    apiRequest: 1,
    lambdaRequest: 2 - 2 / count,
  });
};
const numbersFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `+39333${first + n}`);

const oneEvent = await sendEvents({ to: ports, pbxs: ["pbx-0001"] }, completed, numbersFrom(1_000_000, 100));
// once an hour it looks for PBXs that call back
const callbackSearch = await billed(meter, "sweep-callbacks", () => sweepCallbacks(ports)({}, invocation));
const callbackSweep = await billed(meter, "sweep-callbacks", () => sweepCallbacks(ports)({}, invocation));

/** What callbacks add, measured with PBXs that all call back, on a working day at 11:00 by their clocks. */
const callbackWork = async () => {
  const pbxs = 10;
  let skipped = Date.parse("2026-11-25T10:00:00Z") - Date.now();
  // the two phones are picked up one after the other, so that the rows say who talked
  const { child, host } = await startPbx(skipped, 2_500);
  const clock = { now: () => Date.now() + skipped, sleep: systemClock.sleep };
  const settings = { ...milan, dial_format: "e164_plus", caps } as const;
  const to = await setUp({ clock, host, pbxs, settings });
  const skip = async (ms: number): Promise<void> => {
    skipped += ms;
    child.send(skipped);
    await once(child, "message");
  };
  const sweep = sweepCallbacks(to);
  const minutes = 10;
  /** Sweeps of so many minutes. After each, the phones have time to ring. */
  const sweeps = async (realMs = 0): Promise<Units> => {
    const all: Units[] = [];
    for (let n = 0; n < minutes; n++) {
      await skip(60_000);
      all.push(await billed(meter, "callbacks", () => sweep({}, invocation)));
      if (all.at(-1)?.["pbxRequest"]) await systemClock.sleep(realMs);
    }
    return sum(...all);
  };
  const from = { to, pbxs: pbxIds(pbxs) };
  // the first sweep finds the PBXs
  await sweep({}, invocation);
  const answered = await sendEvents(from, completed, numbersFrom(2_000_000, 100));
  const quiet = await sweeps();
  const opened = await sendEvents(from, missed, numbersFrom(3_000_000, pbxs));
  const ringing = await sweeps(6_000);
  const closed = await Promise.all(
    pbxIds(pbxs).map(async (id) => createCallbacks(to).list(id, { state: "closed" })),
  );
  const talked = closed.flatMap(({ callbacks }) => callbacks.filter(({ reason }) => reason === "talked"));
  if (talked.length !== pbxs) throw new Error(`${talked.length} of ${pbxs} callbacks talked`);
  await skip(20 * 60_000);
  await sweeps();
  const silent = await sweeps();
  const idle = times(callbackSweep, minutes);
  // a poll every five minutes
  const polls = (pbxs * minutes) / 5;
  return {
    answered,
    opened,
    callback: times(beyond(ringing, quiet), 1 / pbxs),
    heard: times(beyond(quiet, idle), 1 / polls),
    poll: times(beyond(silent, idle), 1 / polls),
    metrics: [...(metricsOf.get("callbacks") ?? []), ...(metricsOf.get("events") ?? [])].filter(
      (metric) => !metricsOf.get("sweep-callbacks")?.has(metric),
    ),
  };
};
const callbackUnits = await callbackWork();

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
  const planner = (units: Units): Units => sum(times(withoutLists(units), share), listsOf(units, share));
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
    "planner, every hour": sum(times(planner(night), days), times(planner(quietHour), days * (hours - 1))),
    "check of PBXs, every hour": times(shared ? withoutSecrets(check) : check, share * days * hours),
    "search for UNKNOWN calls, every minute": times(sweep, days * hours * 60),
    "sweep of callbacks, every minute": sum(
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

const withoutLists = ({ storeWrite: _lists, ...units }: Units): Units => units;
/** Requests of the planner for lists and reports: their number grows with the days, and a page of a list has 1,000 objects. */
const listsOf = ({ storeWrite = 0, list = 0, listedObject = 0 }: Units, share: number): Units => {
  const pages = Math.ceil(((listedObject / list) * share) / 1000);
  return { storeWrite: storeWrite - list + list * pages };
};

/** What callbacks and customers add to a month. */
const additionsOf = ({ pbxs, shared }: Fleet): Readonly<Record<string, Readonly<Record<string, Units>>>> => {
  const { daysAMonth: days, hoursADay: hours, talkHours, missedADay, callsADay } = assumed;
  const calling = pbxs * assumed.callbackShare * days;
  const { metrics, ...units } = callbackUnits;
  const work = (name: keyof typeof units, count: number): Units =>
    times(shared ? withoutSecrets(units[name]) : units[name], calling * count);
  return {
    "callbacks on 10 % of the PBXs": {
      // a callback is a call too
      "events of answered calls": work("answered", callsADay),
      "events of missed calls": work("opened", missedADay),
      "rings and outcomes": work("callback", missedADay),
      "polls of history": sum(work("heard", 12 * talkHours), work("poll", 12 * (hours - talkHours))),
      "metrics of callbacks": { metric: (new Set(metrics).size * talkHours) / hours },
    },
    [`${assumed.customers} customers`]: {
      "lists of the planner": { storeWrite: assumed.customers * listsOfCustomer * hours * days },
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
      [`planner after midnight, ${assumed.pbxs} PBXs`, night, 1],
      [`planner in another hour, ${assumed.pbxs} PBXs`, quietHour, 1],
      ["check of one PBX", check, assumed.pbxs],
      ["search for UNKNOWN calls", sweep, 1],
      ["one event of a PBX", oneEvent, 1],
      ["search for PBXs with callbacks, one PBX", callbackSearch, assumed.pbxs],
      ["sweep of callbacks", callbackSweep, 1],
      ["PBX with callbacks: event of an answered call", callbackUnits.answered, 1],
      ["PBX with callbacks: event of a missed call", callbackUnits.opened, 1],
      ["PBX with callbacks: one callback", callbackUnits.callback, 1],
      ["PBX with callbacks: poll while it sends events", callbackUnits.heard, 1],
      ["PBX with callbacks: poll while it sends none", callbackUnits.poll, 1],
      ["planner in another hour: one more customer", { storeWrite: listsOfCustomer }, 1],
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

const larger = fleets.filter(({ pbxs }) => pbxs > 1);
const additions = larger.map(additionsOf);
const added = table(
  ["USD a month", ...larger.map(({ title }) => title)],
  Object.keys(additions[0] ?? {}).flatMap((what) => {
    const parts = additions.map((each) => each[what] ?? {});
    return [
      ...Object.keys(parts[0] ?? {}).map((part) => [
        `${what}: ${part}`,
        ...parts.map((each) => money(usd(each[part] ?? {}))),
      ]),
      [`**${what}**`, ...parts.map((each) => `**${money(usd(sum(...Object.values(each))))}**`)],
    ];
  }),
);

const text = `Prices of ${region}, ${date}. Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}.

${byService}

The same cost, divided by task:

${byWork}

Callbacks and customers add:

${added}

${measured}`;
console.log(text);
const [before = "", rest = ""] = (await readFile(page, "utf8")).split("<!-- cost -->");
const after = rest.split("<!-- /cost -->")[1] ?? "";
if (!isTrial) await writeFile(page, `${before}<!-- cost -->\n${text}\n<!-- /cost -->${after}`);
for (const child of children) child.kill();
for (const directory of directories) await rm(directory, { recursive: true });
