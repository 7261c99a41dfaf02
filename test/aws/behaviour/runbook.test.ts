import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { functionNames } from "../../../cli/server/functions.ts";
import { dynamoState } from "../../../lib/aws/dynamo-state.ts";
import { createIndex } from "../../../lib/callbacks/controller/index.ts";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { callIdOf } from "../../../lib/calls/dial/call-key.ts";
import type { LedgerCall } from "../../../lib/calls/ledger/record.ts";
import type { StateItem } from "../../../lib/state.ts";
import { systemClock } from "../../../lib/wms/system-clock.ts";
import type { PhoneAct } from "../../../simulator/phone-rules.ts";
import type { Simulator } from "../../../simulator/server.ts";
import { giveSecret } from "../../support/leaks.ts";
import { owner } from "../support/ask.ts";
import {
  ask,
  call,
  clientSettings,
  invoke,
  stack,
  startInvoke,
  startPbx,
  until,
  wildix,
} from "../support/client.ts";
import { logLines } from "../support/logs.ts";
import { enableCallbacks, missedBy, sqsKey } from "../support/missed-calls.ts";
import { listen } from "../support/notifications.ts";
import { runBlock } from "../support/page.ts";
import { alarmEntries, type Entry, missingIn, notificationEntries } from "../support/runbook.ts";
import { signedFetch } from "../support/signed.ts";

const sqs = new SQSClient(clientSettings);
const state = dynamoState(
  new DynamoDBClient(clientSettings),
  stack.outputs["StateTableName"] ?? "",
  systemClock,
);
const queueUrl = (name: string): string => stack.outputs[`${name}Url`] ?? "";
const pbxEvents = queueUrl("PbxEventQueue");

let broken: Simulator;
let well: Simulator;
beforeAll(async () => {
  broken = await startPbx("walk-broken", { exported: true, faults: ["html"] });
  // the zone of its settings
  well = await startPbx("walk", { zone: "Europe/Rome" });
  await enableCallbacks("walk");
});

const functionUrl = (name: string): string =>
  `${stack.endpoint}/2015-03-31/functions/wildix-functions-${stack.stage}-${name}`;
const lambda = async (method: string, url: string, body?: unknown): Promise<Record<string, unknown>> => {
  const answer = await signedFetch(owner, "lambda", url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? {} : Object(await answer.json());
};

/** Does something while a function has another value of one variable of its environment. */
const withVariable = async (
  name: string,
  variable: string,
  value: string,
  act: () => Promise<unknown>,
): Promise<void> => {
  const url = `${functionUrl(name)}/configuration`;
  const before = Object(Object(await lambda("GET", url))["Environment"])["Variables"];
  expect(before).toHaveProperty(variable);
  await lambda("PUT", url, { Environment: { Variables: { ...before, [variable]: value } } });
  try {
    await act();
  } finally {
    await lambda("PUT", url, { Environment: { Variables: before } });
  }
};

const attributes = async (QueueUrl: string): Promise<Record<string, string>> => {
  const answer = await ask("sqs", "AmazonSQS.GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
  return Object(answer["Attributes"]);
};
const waitFor = (url: string): Promise<unknown> =>
  until(`a message in ${url}`, async () =>
    Number((await attributes(url))["ApproximateNumberOfMessages"]) > 0 ? true : undefined,
  );
/** The dead letters of a queue. */
const deadLetters = async (url: string): Promise<string> => {
  const { deadLetterTargetArn } = JSON.parse((await attributes(url))["RedrivePolicy"] ?? "{}");
  const QueueName = String(deadLetterTargetArn).split(":").at(-1);
  return String((await ask("sqs", "AmazonSQS.GetQueueUrl", { QueueName }))["QueueUrl"]);
};

/** Sends messages to the queue of the PBXs' SQS transport. */
const sendEvents = async (bodies: readonly string[], signed: boolean): Promise<void> => {
  for (let at = 0; at < bodies.length; at += 10)
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: pbxEvents,
        Entries: bodies.slice(at, at + 10).map((MessageBody, n) => ({
          Id: String(n),
          MessageBody,
          MessageAttributes: {
            "X-SIGNATURE": {
              DataType: "String",
              StringValue: signWebhook(Buffer.from(MessageBody), signed ? sqsKey : "another key of a PBX"),
            },
          },
        })),
      }),
    );
};

const order = { pbx: "walk", extension: "108", to: "109" };
const times = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** An event without any form: the function fails as it does when it crashes. */
const crash = (name: string) => async () => {
  expect(await invoke(name, null)).toMatchObject({ error: "Unhandled" });
};
const withoutTable = (name: string) => () =>
  withVariable(name, "WILDIX_TABLE", "no-such-table", async () => {
    expect(await invoke(name)).toMatchObject({ error: "Unhandled" });
  });
const throttle = (name: string) => async () => {
  const url = `${functionUrl(name).replace("/2015-03-31/", "/2017-10-31/")}/concurrency`;
  await lambda("PUT", url, { ReservedConcurrentExecutions: 0 });
  try {
    const invoked = signedFetch(owner, "lambda", `${functionUrl(name)}/invocations`, {
      method: "POST",
      body: "{}",
    });
    expect((await invoked).status).toBe(429);
  } finally {
    await lambda("DELETE", url);
  }
};
const logicalId = (name: string): string =>
  `${name[0]?.toUpperCase()}${name.slice(1).replaceAll("-", "Dash")}`;

const errors: Readonly<Record<string, (name: string) => () => Promise<void>>> = {
  "reconcile-calls": withoutTable,
  "plan-exports": withoutTable,
  "check-pbxs": withoutTable,
  "sweep-callbacks": withoutTable,
  "export-history": (name) => async () => {
    expect(await invoke(name, { pbx: "walk-broken" })).toMatchObject({ error: "Unhandled" });
  },
};

/** No schedule starts a function in the emulator: for it, every schedule stopped. */
const schedulesStopped = async (): Promise<void> => undefined;

/** How each alarm's cause is brought about. */
const causes: Readonly<Record<string, () => Promise<void>>> = {
  ...Object.fromEntries(
    functionNames.flatMap((name) => [
      [`${logicalId(name)}ErrorsAlarm`, (errors[name] ?? crash)(name)],
      [`${logicalId(name)}ThrottlesAlarm`, throttle(name)],
    ]),
  ),
  FailuresAlarm: async () => {
    await startInvoke("export-history", { pbx: "walk-broken" });
    await waitFor(queueUrl("Failures"));
  },
  ExportDeadLettersAlarm: async () => {
    await setTrigger(false);
    const QueueUrl = queueUrl("ExportQueue");
    // other test files leave messages that failed, which come again at some time
    await ask("sqs", "AmazonSQS.PurgeQueue", { QueueUrl });
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 1 } });
    // as often as a worker that fails, without its waits
    for (let receives = 0; receives < 4; receives++)
      await ask("sqs", "AmazonSQS.ReceiveMessage", { QueueUrl, VisibilityTimeout: 0 });
    await waitFor(queueUrl("ExportDeadLetters"));
  },
  EventDeadLettersAlarm: () =>
    withVariable("events", "WILDIX_TABLE", "no-such-table", async () => {
      const { VisibilityTimeout } = await attributes(pbxEvents);
      const wait = (seconds = "180") =>
        ask("sqs", "AmazonSQS.SetQueueAttributes", {
          QueueUrl: pbxEvents,
          Attributes: { VisibilityTimeout: seconds },
        });
      await wait("1");
      await sendEvents([missedBy("+393331234500")], true);
      await waitFor(await deadLetters(pbxEvents));
      // on a busy machine the message is received as often as that before the function has failed once
      await until(
        "a failure is logged",
        async () =>
          (await logLines(stack.endpoint)).some((line) => line.includes('"event failed"')) || undefined,
      );
      await wait(VisibilityTimeout);
    }),
  CallbacksAboveBoundAlarm: async () => {
    // more than 60 in an hour, also if another hour begins meanwhile
    const numbers = times(121).map((at) => `+39333124${String(6000 + at)}`);
    // callers who redial have had their two minutes
    await sendEvents(
      numbers.map((number) => missedBy(number, 3)),
      true,
    );
    await until("a callback above the bound is open", async () => {
      expect(await invoke("sweep-callbacks")).toMatchObject({ error: null });
      const { out } = await wildix(["callback", "list", "--stage", stack.stage, "--pbx", "walk"]);
      return out.includes("observed") || undefined;
    });
  },
  CallbacksAgentVoicemailAlarm: () => rung("+393331234581", "voicemail", 0),
  CallbacksNoAgentAlarm: () => rung("+393331234582", "dnd", 5),
  EventsUnsignedAlarm: async () => {
    await sendEvents(
      times(101).map((at) => missedBy(`+39333123${4700 + at}`, 3)),
      false,
    );
    await until("all are refused", async () => ((await counted("events_unsigned")) > 100 ? true : undefined));
  },
  CallsGivenUpAlarm: async () => {
    await well.setFault("reset-after-body");
    const { body, status } = await call("POST", "/calls", { ...order, to: "110" });
    expect([status, body["state"]]).toEqual([202, "UNKNOWN"]);
    await well.clearFaults();
    // as if it had been seven hours ago
    const key = { partition: `call/${String(body["id"])}`, id: "call" };
    await until("the record is old", async () => {
      const held = await state.read<LedgerCall>(key);
      if (held === undefined) throw new Error("there is no record");
      const reservedAt = held.value.reservedAt - 7 * 3_600_000;
      return state.write(
        key,
        { ...held.value, reservedAt },
        { version: held.version },
        held.expiresAt ?? 9e9,
      );
    });
    expect(await invoke("reconcile-calls")).toMatchObject({ error: null });
  },
  BreakersOpenedAlarm: async () => {
    const may = ["--scope", "calls:create", "--all-pbxs", "--all-extensions", "--per-minute", "1"];
    const made = await wildix(["key", "create", "--label", "loop", ...may, "--stage", stack.stage, "--json"]);
    const { key }: { key: string } = JSON.parse(made.out);
    const headers = { authorization: `Bearer ${giveSecret(key)}` };
    await until("the caller is paused", async () => {
      const answers = await Promise.all(times(10).map(() => call("POST", "/calls", order, headers)));
      return answers.some(({ body }) => body["code"] === "CALLS_PAUSED") || undefined;
    });
  },
  AuditLinesLostAlarm: () =>
    withVariable("originate", "WILDIX_AUDIT_LOG", "no-such-log", async () => {
      await call("POST", "/calls", order);
    }),
  RequestsFailedAlarm: () =>
    withVariable("originate", "WILDIX_TABLE", "no-such-table", async () => {
      expect(await call("POST", "/calls", order)).toMatchObject({
        status: 503,
        body: { code: "STATE_UNAVAILABLE" },
      });
    }),
  RequestsUnauthorizedAlarm: async () => {
    const headers = { authorization: "Bearer wfk_wrong" };
    for (let round = 0; round < 10; round++)
      await Promise.all(times(10).map(() => call("POST", "/sounds", {}, headers)));
    for (let round = 0; round < 3; round++) await call("GET", "/calls/x", undefined, headers);
  },
  CallbackSweepsAlarm: schedulesStopped,
  PlanRunsAlarm: schedulesStopped,
  CheckRunsAlarm: schedulesStopped,
  // the trigger is still off
  ExportHeartbeatsAlarm: async () => {
    const pbx = await startPbx("walk-waits", { exported: true });
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 1 } });
    expect(pbx.seen).toEqual([]);
  },
};

/**
 * A callback after its ring: the deployed originate rings the phone and the number, and the sweep reads the outcome from the
 * history. The hour of the test and the waits between rings are skipped: a ring is written into the callback's record as begun 25 s
 * ago, after so many rings that no agent answered.
 */
const rung = async (number: string, agent: PhoneAct, agentMisses: number): Promise<void> => {
  const { rules } = well.pbx.phones;
  await sendEvents([missedBy(number, 3)], true);
  const index = createIndex(state);
  const find = async (): Promise<StateItem<CallbackRecord> | undefined> => {
    for await (const item of state.list<CallbackRecord>("callbacks/walk"))
      if (item.value.number === number) return item;
    return undefined;
  };
  await until("the callback is open", find);
  rules.tell("201", agent);
  rules.tell(number, "busy");
  const { status, body } = await call("POST", "/calls", { pbx: "walk", extension: "201", to: number });
  expect(status).toBe(201);
  await until("the call is over", async () => well.pbx.phones.calls.every(({ over }) => over) || undefined);
  const placed = await state.read<LedgerCall>({ partition: `call/${String(body["id"])}`, id: "call" });
  const held = await find();
  if (placed === undefined || held === undefined) throw new Error("there is no record");
  const { id, round, n } = held.value;
  const key = `cb/${id}/${round}/${n}`;
  const ofCallback = callIdOf("callbacks", key);
  const ledger = { ...placed.value, id: ofCallback, caller: "callbacks" };
  await state.write({ partition: `call/${ofCallback}`, id: "call" }, ledger, { absent: true }, 9e9);
  const now = Date.now();
  const dial = { key, at: now - 25_000, target: "201" };
  const ringing = {
    ...held.value,
    state: "ringing",
    reason: "ringing",
    dial,
    agentMisses,
    due: now,
  } as const;
  expect(await index.put(held, ringing, now)).toBeDefined();
  await until("the outcome is known", async () => {
    expect(await invoke("sweep-callbacks")).toMatchObject({ error: null });
    return (await find())?.value.outcomes[0];
  });
  for (const phone of ["201", number]) rules.forget(phone);
};

/** Those with many invocations come first: `serverless logs` reads 50 streams, and the emulator has one for each invocation. */
const first = [
  "BreakersOpenedAlarm",
  "RequestsUnauthorizedAlarm",
  "CallbacksAboveBoundAlarm",
  "EventsUnsignedAlarm",
];

/** Parts of an expected output that are alternatives to another cause. */
const otherCauses: Readonly<Record<string, readonly string[]>> = {
  EventsUnsignedAlarm: ["PBXs share an sqs_signing_key"],
};
/** Expected outputs that are described without a code span. */
const shapes: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(functionNames.map((name) => [`${logicalId(name)}ThrottlesAlarm`, /^\d+\s*$/])),
  BreakersOpenedAlarm: /\bloop\b/,
  RequestsUnauthorizedAlarm: /"code":"UNAUTHORIZED".*"because"/,
};

const setTrigger = async (enabled: boolean): Promise<void> => {
  const url = `${stack.endpoint}/2015-03-31/event-source-mappings`;
  const listed = z
    .object({ EventSourceMappings: z.array(z.object({ UUID: z.string() })) })
    .parse(await lambda("GET", `${url}/?FunctionName=wildix-functions-${stack.stage}-export-history`));
  for (const { UUID } of listed.EventSourceMappings)
    await lambda("PUT", `${url}/${UUID}`, { Enabled: enabled });
};

/** The sum of a count in the functions' logs, as CloudWatch reads it. */
const counted = async (metric: string): Promise<number> =>
  (await logLines(stack.endpoint))
    .filter((line) => line.includes('"_aws"') && line.includes(`"${metric}"`))
    .reduce((sum, line) => sum + Number(JSON.parse(line.slice(line.indexOf("{")))[metric]), 0);

const outputs = new Map<string, string>();
/** What the commands of a heading print, for this stage and this PBX. */
const walk = async ({ commands }: Entry, pbx = "walk"): Promise<string> => {
  const block = commands
    .replaceAll(/(--stage|wildix-functions)([ -])prod\b/g, `$1$2${stack.stage}`)
    .replaceAll("milan", pbx);
  // the same command again prints the same, for the causes came before
  const output = outputs.get(block) ?? (await runBlock(block, stack.env, { keepGoing: true }));
  outputs.set(block, output);
  return output;
};

describe("docs/runbook.md, walked at a deployment", () => {
  const failed = new Map<string, unknown>();
  beforeAll(async () => {
    const names = alarmEntries.map(({ name }) => name);
    for (const name of new Set([...first, ...names]))
      await causes[name]?.().catch((error: unknown) => failed.set(name, error));
  });
  afterAll(async () => {
    for (const QueueUrl of ["ExportQueue", "ExportDeadLetters", "PbxEventQueue"].map(queueUrl))
      await ask("sqs", "AmazonSQS.PurgeQueue", { QueueUrl });
    await setTrigger(true);
  });

  it("brings about each alarm", () => {
    expect(Object.keys(causes).sort()).toEqual(alarmEntries.map(({ name }) => name).sort());
  });
  it("has counted what its alarms look at", async () => {
    const counts: Readonly<Record<string, number>> = {
      callbacks_above_bound: 0,
      callbacks_agent_voicemail: 0,
      callbacks_no_agent: 0,
      events_unsigned: 100,
      calls_given_up: 0,
      breakers_opened: 0,
      audit_lines_lost: 0,
      requests_failed: 0,
      requests_unauthorized: 100,
    };
    for (const [metric, threshold] of Object.entries(counts))
      expect(await counted(metric), metric).toBeGreaterThan(threshold);
  });
  it.each(alarmEntries)("$name: its commands print the expected output", async (entry) => {
    if (failed.has(entry.name)) throw failed.get(entry.name);
    const output = await walk(entry);
    const expected = entry.expected.filter((span) => !otherCauses[entry.name]?.includes(span));
    expect(missingIn(output, expected), output.slice(-2_000)).toEqual([]);
    expect(output).toMatch(shapes[entry.name] ?? /./);
    expect(expected.length > 0 || shapes[entry.name] !== undefined).toBe(true);
  });
  it("an error's line has what the runbook says", async () => {
    for (const entry of alarmEntries.filter(({ expected }) => expected.includes('"level":"ERROR"'))) {
      const line = (await walk(entry)).split("\n").find((each) => each.includes('"level":"ERROR"')) ?? "{}";
      expect(JSON.parse(line), entry.name).toMatchObject({
        message: expect.any(String),
        detail: expect.any(String),
      });
    }
  });
  it("a notification names PBXs and a command that works as printed", async () => {
    const [days, pbxs] = notificationEntries;
    if (days === undefined || pbxs === undefined) throw new Error("the runbook has two notifications");
    expect(await walk(days)).toMatch(/walk-broken .* 1: .*\([A-Z_]+\)/);
    const said = await walk(pbxs, "walk-broken");
    expect(said).toMatch(/fix/i);
    expect(said).toMatch(/^.*\bwalk\b.*$/m);
  });
});

describe("a PBX that starts broken", () => {
  it("is notified by the next hourly run, once, and once more when it works again", async () => {
    const heard = await listen("operators");
    const check = async () => {
      expect(await invoke("check-pbxs")).toMatchObject({ error: null });
      return (await heard()).filter(({ Message }) => Message.includes("late-broken"));
    };
    const pbx = await startPbx("late-broken", { faults: ["html"] });
    const [first, ...others] = await until("the notification", async () => {
      const messages = await check();
      return messages.length === 0 ? undefined : messages;
    });
    expect(others).toEqual([]);
    expect(first?.Subject).toMatch(
      /^dev: .*late-broken does not respond since |^dev: \d+ PBXs do not respond since /,
    );
    expect(first?.Message).toContain(`wildix doctor --stage ${stack.stage} --pbx `);
    expect(await check()).toEqual([]);
    await pbx.clearFaults();
    expect(await check()).toMatchObject([{ Subject: expect.stringContaining("works again") }]);
    expect(await check()).toEqual([]);
    expect(broken.seen.length).toBeGreaterThan(0);
  });
});
