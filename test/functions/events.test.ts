import type { SQSRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { events } from "../../functions/events.ts";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { localEventQueue, memoryEvents } from "../../lib/local/event-queue.ts";
import { sampleText } from "../callbacks/events/samples.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { customer, milan } from "../support/milan.ts";

const invocation = { awsRequestId: "a1", getRemainingTimeInMillis: () => 10_000 };
const key = "keyOfMilan";

/** The official shape of a missed call, at 10:00 on the tests' day, sent six minutes later. */
const missedAt = (start: number): string => {
  const event = JSON.parse(sampleText("call-missed")) as { time: number; data: { flows: object[] } };
  const flows = event.data.flows.map((flow) => ({
    ...flow,
    startTime: start,
    endTime: start + 25_000,
    duration: 25_000,
  }));
  return JSON.stringify({ ...event, time: start + 385_000, data: { ...event.data, flows } });
};

const setUp = () => {
  const world = callbackWorld({ settings: milan });
  const secret = JSON.stringify({ host: "https://pbx.example.com", token: "t", sqs_signing_key: key });
  const handler = events({
    ...world.ports,
    registry: { ...world.ports.registry, readText: async () => secret },
    bus: { put: async () => true },
    archive: undefined,
    config: { eventQueueArn: localEventQueue },
  });
  const record = (body: string, change: Partial<SQSRecord> = {}): SQSRecord => ({
    messageId: "m1",
    receiptHandle: "r1",
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(world.clock.at),
      SenderId: "x",
      ApproximateFirstReceiveTimestamp: "1",
    },
    messageAttributes: { pbx: { stringValue: "milan", dataType: "String" } },
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: localEventQueue,
    awsRegion: "eu-central-1",
    ...change,
  });
  const signature = (body: string, by = key): Partial<SQSRecord> => ({
    messageAttributes: {
      "X-SIGNATURE": { stringValue: signWebhook(Buffer.from(body), by), dataType: "String" },
      // only the webhook is believed
      pbx: { stringValue: "milan", dataType: "String" },
    },
    eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:wildix-functions-dev-pbx-events",
  });
  const deliver = (...Records: SQSRecord[]) => handler({ Records }, invocation);
  return { ...world, handler, record, signature, deliver };
};

describe("events of PBXs", () => {
  it("that come late open a callback, which is dialled by the next sweep", async () => {
    const { clock, deliver, record, until, times } = setUp();
    clock.at = rome("10:06:25");
    const body = missedAt(rome("10:00"));
    expect(await deliver(record(body), record(body, { messageId: "m2" }))).toMatchObject({
      batchItemFailures: expect.arrayContaining([]) as unknown,
    });
    await until(rome("10:08"));
    expect(times()).toEqual(["10:07 201"]);
  });
  it("that are delivered 50 times have one effect", async () => {
    const { clock, deliver, record, callbacks, events: announced } = setUp();
    clock.at = rome("10:06:25");
    const body = missedAt(rome("10:00"));
    for (let n = 0; n < 50; n++) expect((await deliver(record(body))).batchItemFailures).toEqual([]);
    expect((await callbacks.list("milan")).callbacks).toMatchObject([{ count: 1 }]);
    expect(announced.map(({ event }) => event)).toEqual(["opened"]);
  });
  it("of the SQS transport are those of the PBX whose key signed them", async () => {
    const { clock, deliver, record, signature, callbacks } = setUp();
    clock.at = rome("10:06:25");
    const body = missedAt(rome("10:00"));
    await deliver(record(body, signature(body, "wrong")));
    expect((await callbacks.list("milan")).callbacks).toEqual([]);
    expect(await deliver(record(body, signature(body)))).toEqual({ batchItemFailures: [] });
    expect((await callbacks.list("milan")).callbacks).toHaveLength(1);
  });
  it("that fail return to the queue, and their neighbours do not", async () => {
    const { clock, deliver, record, pbxs, callbacks, logged } = setUp();
    clock.at = rome("10:06:25");
    const body = missedAt(rome("10:00"));
    const other = missedAt(rome("09:50"));
    const known = pbxs.get("milan");
    const records = [record("{", { messageId: "bad" }), record(body, { messageId: "good" })];
    expect(await deliver(...records)).toEqual({ batchItemFailures: [] });
    if (known === undefined) throw new Error("milan is missing");
    const down = Object.assign(Object.create(known) as typeof known, {
      asPbx: () => {
        throw new Error("the secret cannot be read");
      },
    });
    pbxs.set("milan", down);
    expect(await deliver(record(other, { messageId: "later" }))).toEqual({
      batchItemFailures: [{ itemIdentifier: "later" }],
    });
    expect(logged).toContainEqual(
      expect.objectContaining({ message: "event failed", messageId: "later" }) as unknown,
    );
    pbxs.set("milan", known);
    expect(await deliver(record(other, { messageId: "later" }))).toEqual({ batchItemFailures: [] });
    expect((await callbacks.list("milan")).callbacks).toMatchObject([{ count: 2, to: "+39333…67" }]);
  });
});

describe("the queue of a laptop", () => {
  it("delivers a webhook as SQS does, and again if it failed", async () => {
    const { clock, handler, callbacks } = setUp();
    clock.at = rome("10:06:25");
    const queue = memoryEvents(clock);
    await queue.send({ pbx: "milan", body: missedAt(rome("10:00")) });
    expect(await queue.deliver(async () => false)).toBe(0);
    clock.at += 180_000;
    const take = async (record: SQSRecord) =>
      (await handler({ Records: [record] }, invocation)).batchItemFailures.length === 0;
    expect(await queue.deliver(take)).toBe(1);
    expect(await queue.deliver(take)).toBe(0);
    expect((await callbacks.list("milan")).callbacks).toMatchObject([{ to: `${customer.slice(0, 6)}…67` }]);
  });
});
