import { hash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { dynamoState } from "../../../lib/aws/dynamo-state.ts";
import { snsAlarms } from "../../../lib/aws/sns-alarms.ts";
import { dayKey } from "../../../lib/history/days/day-ledger.ts";
import { plannedPbxs } from "../../../lib/history/days/due-days.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import { type FleetReport, reportFleet } from "../../../lib/history/planning/fleet-report.ts";
import {
  fleetKey,
  type Manifest,
  manifestKey,
  type OldManifest,
  type Part,
  parseManifest,
  partsOf,
} from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import { readText } from "../../../lib/store/store.ts";
import { systemClock } from "../../../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../../simulator/server.ts";
import { newDirectory } from "../../support/cli.ts";
import { clientOf } from "../../support/pbx.ts";
import { plainStore } from "../../support/plain-store.ts";
import { legParts } from "../../support/standing-day.ts";
import { owner } from "../support/ask.ts";
import {
  ask,
  clientSettings,
  daysAgo,
  exportStore,
  invoke,
  stack,
  startPbx,
  until,
  wildix,
  yesterday,
} from "../support/client.ts";
import { type Heard, listen, sns, topic } from "../support/notifications.ts";
import { signedFetch } from "../support/signed.ts";
import { rowsPerPart } from "../support/stack.ts";

const { zone } = stack;
const state = dynamoState(
  new DynamoDBClient(clientSettings),
  stack.outputs["StateTableName"] ?? "",
  systemClock,
);

const manifestOf = async (pbx: string, day = yesterday): Promise<Manifest | OldManifest | undefined> => {
  const key = manifestKey(day, pbx);
  const text = await readText(exportStore, key);
  return text?.includes('"exported_at"') ? parseManifest(text, key) : undefined;
};

const recordsOf = async (day = yesterday): Promise<Map<string, StoredDay>> => {
  const found = new Map<string, StoredDay>();
  for await (const { id, value } of state.list<StoredDay>(dayKey(day, "").partition)) found.set(id, value);
  return found;
};

/** Messages that wait or are being worked on, dead letters included. */
const waiting = async (): Promise<number> => {
  // a message that becomes a dead letter meanwhile is not counted twice in this order
  const dead = await waitingIn("ExportDeadLettersUrl");
  return dead + (await waitingIn("ExportQueueUrl"));
};
const waitingIn = async (queue: "ExportQueueUrl" | "ExportDeadLettersUrl"): Promise<number> => {
  const answer = await ask("sqs", "AmazonSQS.GetQueueAttributes", {
    QueueUrl: stack.outputs[queue],
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  return Object.values(Object(answer["Attributes"])).reduce((sum: number, each) => sum + Number(each), 0);
};

/** PBXs of a file, registered all at once; they are forgotten when the test file is through. */
const registered: string[] = [];
const register = async (pbxs: Readonly<Record<string, Simulator>>): Promise<void> => {
  const { appId, appName, secret } = simulatorDefaults;
  const keys = { app_id: appId, app_name: appName, secret_key: secret, timezone: zone };
  const entries = Object.entries(pbxs).map(([id, { url }]) => [id, { host: url, ...keys }]);
  const file = join(await newDirectory(), "pbxs.json");
  await writeFile(file, JSON.stringify({ pbxs: Object.fromEntries(entries) }));
  expect(await wildix(["secret", "import", file, "--stage", stack.stage, "--no-probe"])).toMatchObject({
    code: 0,
  });
  registered.push(...Object.keys(pbxs));
};
afterAll(async () => {
  for (const id of registered)
    await ask("secretsmanager", "secretsmanager.DeleteSecret", {
      SecretId: `/wildix/${stack.stage}/pbx/${id}`,
    });
});

const simulate = async (options: Parameters<typeof startSimulator>[0]): Promise<Simulator> => {
  const simulator = await startSimulator({ zone, days: 8, calls: 100, ...options });
  onTestFinished(simulator.close);
  return simulator;
};

describe("a night of twenty PBXs, one of them dead and one slow", () => {
  const healthy = Array.from({ length: 18 }, (_, at) => `fleet-${String(at + 1).padStart(2, "0")}`);
  it("the slow one delays nobody; all but the dead one are complete; the planner sends nothing twice; people are notified once", async () => {
    const heard = await listen("people");
    const [quick, slow, dead] = [
      await simulate({ rowsOn: { [yesterday]: 500 } }),
      // 250 pages of 5 s each: no request times out, and the export does not end before `until` gives up
      await simulate({ rowsOn: { [yesterday]: 500 }, faults: ["slow=5000", "page-cap=2"] }),
      await simulate({ faults: ["html"] }),
    ];
    await register({ "fleet-slow": slow });
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 1 } });
    await until("the slow PBX is asked", async () => slow.requests > 0 || undefined);
    await register({ ...Object.fromEntries(healthy.map((id) => [id, quick])), "fleet-dead": dead });
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 19 } });
    await until("eighteen PBXs are exported, and one has failed", async () => {
      const records = await recordsOf();
      const exported = healthy.every((id) => records.get(id)?.done);
      return (exported && records.get("fleet-dead")?.reason !== undefined) || undefined;
    });
    expect(await manifestOf("fleet-slow")).toBeUndefined();
    await slow.clearFaults();
    await until(
      "the slow PBX is exported",
      async () => (await recordsOf()).get("fleet-slow")?.done || undefined,
    );
    expect((await verifyExport(exportStore)).findings).toEqual([]);

    const token = (await recordsOf()).get("fleet-dead")?.token;
    // one until its third failure, none when the planner has taken it from the dead letters
    const areDone = async () => (await waiting()) < 2;
    // a worker's message is deleted after its record is written
    await until("the messages of the nineteen are deleted", async () => (await areDone()) || undefined);
    for (let hour = 0; hour < 24; hour++) {
      expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 0 } });
      expect(await areDone()).toBe(true);
    }
    const records = await recordsOf();
    expect([records.get("fleet-dead")?.token, records.get("fleet-dead")?.reason?.code]).toEqual([
      token,
      "WMS_NOT_JSON",
    ]);
    await notifiesOnce(heard);
  });
});

/** The day is overdue a day later, by a clock of that time: the first report sends a notification, the second one does not. */
const notifiesOnce = async (heard: Heard): Promise<void> => {
  const later = systemClock.now() + 86_400_000;
  const clock = { ...systemClock, now: () => later };
  const alarms = snsAlarms(sns, topic);
  const config = { stage: "prod", format: "ndjson" as const };
  const ports = { state, store: exportStore, alarms, metrics: noMetrics, log: silentLog, clock, config };
  const entries = registered.map((id) => ({ id, timezone: zone, exported: true, registeredAt: undefined }));
  const settings = { lookbackDays: 0, catchUpDays: 1, startDate: yesterday };
  const pbxs = plannedPbxs(entries, settings, { clock: systemClock, log: silentLog });
  expect(await heard()).toEqual([]);
  await reportFleet(ports, pbxs);
  const notifications = await until("the notification is there", async () => {
    const messages = await heard();
    return messages.length === 0 ? undefined : messages;
  });
  expect(notifications).toMatchObject([
    {
      Subject: `prod: Call history of ${yesterday}: 1 of 20 PBXs not exported`,
      Message: expect.stringMatching(
        /^19 of 20 PBXs are exported for .*\.\n\nNot exported:\n\n- fleet-dead: .*\(WMS_NOT_JSON\)/,
      ),
    },
  ]);
  await reportFleet(ports, pbxs);
  expect(await heard()).toEqual([]);
  const report: FleetReport = JSON.parse((await readText(exportStore, fleetKey(yesterday))) ?? "{}");
  expect([report.exported, report.told]).toEqual([19, true]);
  const seconds = [...(await recordsOf())]
    .flatMap(([pbx, { result }]) => (registered.includes(pbx) && result ? [result.seconds] : []))
    .sort((a, b) => b - a);
  expect(report.slowest.map((each) => each.seconds)).toEqual(seconds.slice(0, 10));
};

describe("two workers on one day", () => {
  it("fifty times: every manifest matches its objects, whoever wins", async () => {
    const pbx = await startPbx("raced", { exported: true, rowsOn: { [yesterday]: 300 } });
    const outcomes = { won: 0, stopped: 0 };
    for (let round = 0; round < 50; round++) {
      // the day is another each time, so that both have parts to write
      pbx.pbx.history.insert({ start: `${yesterday} 12:00:00` });
      const order = { pbx: "raced", day: yesterday, force: true };
      const both = await Promise.all([invoke("export-history", order), invoke("export-history", order)]);
      for (const { error } of both) outcomes[error === null ? "won" : "stopped"]++;
      const manifest = await manifestOf("raced");
      expect(manifest?.rows).toBe(301 + round);
      for (const { key, sha256 } of manifest === undefined ? [] : partsOf(manifest)) {
        const object = await readBytes(key);
        expect(hash("sha256", object, "hex")).toBe(sha256);
      }
    }
    expect(outcomes.won).toBeGreaterThanOrEqual(50);
    expect(outcomes.won + outcomes.stopped).toBe(100);
  });
});

const readBytes = async (key: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await exportStore.read(key)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe("a day that needs more time than a function has", () => {
  const setTimeLimit = async (seconds: number): Promise<void> => {
    const name = `wildix-functions-${stack.stage}-export-history`;
    const url = `${stack.endpoint}/2015-03-31/functions/${name}/configuration`;
    const body = JSON.stringify({ Timeout: seconds });
    expect((await signedFetch(owner, "lambda", url, { method: "PUT", body })).status).toBe(200);
  };
  it("comes in two parts, the second by a message of its own, of the same bytes as without a limit", async () => {
    const rows = rowsPerPart + 1_000;
    // 1.5 s for each page of 1,000 rows: the first part takes at least 30 s. Then less than twice that is left of 80 s (10 s of the 90
    // are kept back), so no second part begins. A busy machine may take 50 s more for the first.
    const pbx = await startPbx("long", {
      exported: true,
      rowsOn: { [yesterday]: rows },
      faults: ["slow=1500@CallHistory"],
    });
    onTestFinished(() => setTimeLimit(900));
    await setTimeLimit(90);
    expect(await invoke("plan-exports")).toMatchObject({ error: null });
    const first = (await recordsOf()).get("long")?.token;
    const last = await until("the day is exported", async () => {
      const record = (await recordsOf()).get("long");
      return record?.done ? record : undefined;
    });
    expect(last.token).not.toBe(first);
    const manifest = await manifestOf("long");
    expect([manifest?.rows, manifest && legParts(manifest).length, manifest?.changes]).toEqual([
      rows,
      2,
      null,
    ]);
    await pbx.clearFaults();
    const store = plainStore();
    const client = clientOf(pbx.url, { timeoutMs: 600_000 });
    const ports = { client, store, clock: systemClock, random: Math.random };
    const whole = await exportDay(ports, {
      pbx: "long",
      day: yesterday,
      zone,
      rowsPerPart,
      extensionPattern: "[1-9][0-9]{2}",
      country: "US",
    });
    const bytesOf = (parts: readonly Part[]) =>
      parts.map(({ key, sha256, size, rows }) => ({ key, sha256, size, rows }));
    expect(bytesOf(manifest ? partsOf(manifest) : [])).toEqual(bytesOf(partsOf(whole.manifest)));
  });
});

describe("the command at a deployment", () => {
  const run = (name: string, ...args: readonly string[]) =>
    wildix([name, "--stage", stack.stage, "--json", ...args]);
  it("backfill has past days exported, status says how far they are, and begun again nothing is left", async () => {
    await startPbx("past", { exported: true, days: 8, calls: 40 });
    const range = ["--from", daysAgo(6), "--to", daysAgo(3), "--pbx", "past"];
    const filled = await run("backfill", ...range);
    expect([filled.err, filled.code]).toEqual(["", 0]);
    expect(JSON.parse(filled.out)).toEqual({ days: 4, there: 4, underWay: 0, failed: 0, failures: [] });
    const again = await run("backfill", ...range);
    expect(JSON.parse(again.out)).toMatchObject({ days: 4, there: 4 });
    const other = [...range, "--force", "--format", "parquet"];
    const plan = await run("backfill", ...other, "--dry-run");
    expect(JSON.parse(plan.out)).toEqual({ days: 4, kept: 0, missing: 0, rewritten: { ndjson: 4 } });
    expect(await run("backfill", ...other)).toMatchObject({
      code: 2,
      err: expect.stringContaining("must be the format of the deployment; got parquet"),
    });
    expect(await manifestOf("past", daysAgo(6))).toBeDefined();
    const status = await run("status", "--pbx", "past", "--days", "7");
    const exported = (ago: number) => ({ day: daysAgo(ago), pbxs: 1, exported: 1, waiting: [] });
    // the deployment's own start date is yesterday, for which the planner has not run yet
    const waiting = [{ pbx: "past", state: "not planned", deaths: 0 }];
    expect([JSON.parse(status.out).days, status.code]).toMatchObject([
      [{ day: yesterday, pbxs: 1, exported: 0, waiting }, ...[3, 4, 5, 6].map(exported)],
      1,
    ]);
  });
  it("redrive queues at once what was given up", async () => {
    const pbx = await startPbx("mended", { exported: true, faults: ["html"] });
    expect(await invoke("plan-exports")).toMatchObject({ error: null });
    const failing = await until("it failed", async () => {
      const record = (await recordsOf()).get("mended");
      return record?.reason === undefined ? undefined : record;
    });
    // as the planner leaves it after the last failure; the message, which may still come again, no longer counts
    const key = dayKey(yesterday, "mended");
    await until("the record says so", async () => {
      const item = await state.read<StoredDay>(key);
      const record = { ...failing, token: "none", messageUntil: 0, runUntil: 0, deaths: 1, nextTry: 9e9 };
      return state.write(key, record, { version: item?.version ?? "" }, 9e9);
    });
    await pbx.clearFaults();
    const told = await run("redrive", "--pbx", "mended");
    expect([told.err, JSON.parse(told.out).queued]).toEqual(["", [{ pbx: "mended", day: yesterday }]]);
  });
});
