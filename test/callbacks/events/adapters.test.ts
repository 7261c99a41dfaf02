import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { eventBridge } from "../../../lib/aws/event-bridge.ts";
import { sqsEvents } from "../../../lib/aws/sqs-events.ts";
import { eventFile } from "../../../lib/local/event-file.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of cleanUp.splice(0)) await act();
});
const options = (endpoint: string) => ({
  endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});
const event = { detailType: "wildix.call.completed", pbx: "milan", detail: { id: "x" }, at: 1772100380000 };

describe("the event bus on EventBridge", () => {
  const put = async (status: number, answer: object) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += String(chunk);
      });
      request.on("end", () => {
        asked.push(text);
        response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUp.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const bus = eventBridge(new EventBridgeClient(options(url)), "wildix-functions-dev");
    return { bus, asked };
  };
  it("gets the event with its PBX as the resource", async () => {
    const { bus, asked } = await put(200, { FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    expect(await bus.put(event)).toBe(true);
    expect(asked.map((text) => JSON.parse(text) as unknown)).toEqual([
      {
        Entries: [
          {
            EventBusName: "wildix-functions-dev",
            Source: "wildix",
            DetailType: "wildix.call.completed",
            Resources: ["milan"],
            Time: 1772100380,
            Detail: '{"id":"x"}',
          },
        ],
      },
    ]);
  });
  it("is not asked to take an event that is too large", async () => {
    const { bus, asked } = await put(200, {});
    expect(await bus.put({ ...event, detail: { text: "x".repeat(256 * 1024) } })).toBe(false);
    expect(asked).toEqual([]);
  });
  it.each([
    [
      "refuses an entry",
      200,
      { FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException" }] },
      "ThrottlingException",
    ],
    ["is not allowed", 400, { __type: "AccessDeniedException" }, "AccessDeniedException"],
  ])("that %s is EVENT_BUS_UNAVAILABLE", async (_, status, answer, detail) => {
    const { bus } = await put(status, answer);
    await expect(bus.put(event)).rejects.toMatchObject({
      code: "EVENT_BUS_UNAVAILABLE",
      message: `EventBridge: ${detail}`,
    });
  });
});

describe("the event bus of a laptop", () => {
  it("is a file of lines that only its owner reads", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wildix-events-"));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const path = join(directory, "events.ndjson");
    const bus = eventFile(path);
    expect([await bus.put(event), await bus.put(event)]).toEqual([true, true]);
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array.from({ length: 2 }, () => ({
        time: "2026-02-26T10:06:20.000Z",
        source: "wildix",
        "detail-type": "wildix.call.completed",
        pbx: "milan",
        detail: { id: "x" },
      })),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe("the queue of webhooks on SQS", () => {
  const app = buildApp({ logger: false, host: "localhost" });
  afterAll(() => app.close());
  it("gets the text as it was sent, and the PBX as an attribute", async () => {
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    const sqs = new SQSClient({ ...options(`http://127.0.0.1:${port}`), useQueueUrlAsEndpoint: false });
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "events" }));
    await sqsEvents(sqs, QueueUrl).send({ pbx: "milan", body: '{"id" : "Zoë"}' });
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"] }),
    );
    expect(Messages).toMatchObject([
      { Body: '{"id" : "Zoë"}', MessageAttributes: { pbx: { StringValue: "milan" } } },
    ]);
    await expect(sqsEvents(sqs, `${QueueUrl}-none`).send({ pbx: "milan", body: "{}" })).rejects.toMatchObject(
      { code: "QUEUE_UNAVAILABLE" },
    );
  });
});
