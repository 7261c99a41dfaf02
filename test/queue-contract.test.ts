import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll, describe, expect, it } from "vitest";
import { sqsQueue } from "../lib/aws/sqs-queue.ts";
import { memoryQueue } from "../lib/local/memory-queue.ts";
import type { QueueMessage, WorkQueue } from "../lib/queue.ts";
import { systemClock } from "../lib/wms/system-clock.ts";

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const act of cleanUp) await act();
});

interface Queues {
  readonly queue: WorkQueue;
  readonly dead: WorkQueue;
}
const maxReceives = 2;

const startSqs = async (): Promise<SQSClient> => {
  const app = buildApp({ logger: false, host: "localhost" });
  await app.listen({ port: 0, host: "127.0.0.1" });
  cleanUp.push(() => app.close());
  const address = app.server.address();
  return new SQSClient({
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    useQueueUrlAsEndpoint: false,
  });
};

const onSqs = async (): Promise<Queues> => {
  const client = await startSqs();
  const make = async (name: string, more: Record<string, string> = {}): Promise<string> => {
    const made = await client.send(
      new CreateQueueCommand({
        QueueName: `${name}.fifo`,
        Attributes: { FifoQueue: "true", VisibilityTimeout: "900", ...more },
      }),
    );
    return made.QueueUrl ?? "";
  };
  const deadUrl = await make("dead");
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ["QueueArn"] }),
  );
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: Attributes?.QueueArn,
    maxReceiveCount: maxReceives,
  });
  return { queue: sqsQueue(client, await make("work", { RedrivePolicy })), dead: sqsQueue(client, deadUrl) };
};

const inMemory = async (): Promise<Queues> => {
  const shared = { clock: systemClock, visibilitySeconds: 900, maxReceives };
  const dead = memoryQueue({ ...shared, maxReceives: Number.POSITIVE_INFINITY });
  return { queue: memoryQueue({ ...shared, deadLetters: dead }), dead };
};

const message = (group: string, body: string): QueueMessage => ({ group, dedupe: `${group}-${body}`, body });
const bodies = (received: readonly { body: string }[]): string[] => received.map(({ body }) => body);
/** Everything that waits, each removed at once. */
const drain = async (queue: WorkQueue): Promise<string[]> => {
  const all: string[] = [];
  for (let batch = await queue.receive(); batch.length > 0; batch = await queue.receive()) {
    all.push(...bodies(batch));
    for (const { receipt } of batch) await queue.remove(receipt);
  }
  return all;
};

describe.each(Object.entries({ SQS: onSqs, memory: inMemory }))("the queue of work on %s", (_name, make) => {
  it("hands out what was sent, in order, once it is removed no more", async () => {
    const { queue } = await make();
    await queue.send(["1", "2", "3"].map((body) => message("a", body)));
    expect(await drain(queue)).toEqual(["1", "2", "3"]);
    expect(await queue.receive()).toEqual([]);
  });
  it("takes more than ten at once, and nothing", async () => {
    const { queue } = await make();
    await queue.send([]);
    await queue.send(Array.from({ length: 95 }, (_, at) => message(`g${at}`, String(at))));
    expect((await drain(queue)).sort()).toEqual(Array.from({ length: 95 }, (_, at) => String(at)).sort());
  });
  it("hands out as few as are asked for", async () => {
    const { queue } = await make();
    await queue.send(["a", "b", "c"].map((group) => message(group, "1")));
    expect(await queue.receive(2)).toHaveLength(2);
    expect(await queue.receive()).toHaveLength(1);
  });
  it("drops a message that was sent already", async () => {
    const { queue } = await make();
    await queue.send([message("a", "1")]);
    await queue.send([message("a", "1"), message("a", "2")]);
    expect(await drain(queue)).toEqual(["1", "2"]);
    await queue.send([message("a", "1")]);
    expect(await drain(queue)).toEqual([]);
  });
  it("holds back a group while one of its messages is out, and no other group", async () => {
    const { queue } = await make();
    await queue.send([message("a", "1"), message("b", "1")]);
    const out = await queue.receive();
    await queue.send([message("a", "2"), message("c", "1")]);
    expect(bodies(await queue.receive())).toEqual(["1"]);
    await queue.remove(out[0]?.receipt ?? "");
    expect(bodies(await queue.receive())).toEqual(["2"]);
  });
  it("hands a postponed message out again, counts it, and gives it to the dead letters in the end", async () => {
    const { queue, dead } = await make();
    await queue.send([message("a", "1")]);
    for (let time = 1; time <= maxReceives; time++) {
      const [received] = await queue.receive();
      expect(received).toMatchObject({ body: "1", receives: time });
      await queue.postpone(received?.receipt ?? "", 0);
    }
    // a group is free again as soon as its message is dead
    await queue.send([message("a", "2")]);
    expect(await drain(queue)).toEqual(["2"]);
    expect(await drain(dead)).toEqual(["1"]);
  });
  it("ignores what is said of a delivery that is over", async () => {
    const { queue } = await make();
    await queue.send([message("a", "1")]);
    const [received] = await queue.receive();
    await queue.remove(received?.receipt ?? "");
    await queue.postpone(received?.receipt ?? "", 0);
    await queue.remove(received?.receipt ?? "");
    expect(await queue.receive()).toEqual([]);
  });
});

describe("the queue of work in memory", () => {
  it("hands a message out again when nobody removed it in time, and the old receipt is over", async () => {
    let now = 0;
    const queue = memoryQueue({ clock: { now: () => now }, visibilitySeconds: 60, maxReceives: 3 });
    await queue.send([message("a", "1")]);
    const [first] = await queue.receive();
    now += 59_999;
    expect(await queue.receive()).toEqual([]);
    now += 1;
    const [second] = await queue.receive();
    expect(second).toMatchObject({ body: "1", receives: 2 });
    await queue.remove(first?.receipt ?? "");
    expect(queue.size).toBe(1);
    now += 5 * 60_000;
    await queue.send([message("a", "1")]);
    expect(queue.size).toBe(2);
  });
});

describe("the queue of work on SQS", () => {
  it("says that it cannot be used", async () => {
    const queue = sqsQueue(await startSqs(), "http://127.0.0.1:1/000000000000/none.fifo");
    await expect(queue.receive()).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
    await expect(queue.send([message("a", "1")])).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
    await expect(queue.remove("x")).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  });
});
