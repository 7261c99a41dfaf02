import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snsAlarms } from "../lib/aws/sns-alarms.ts";

const app = buildApp({ logger: false, host: "localhost" });
let settings: ConstructorParameters<typeof SNSClient>[0] & object;
beforeAll(async () => {
  await app.listen({ port: 0, host: "127.0.0.1" });
  const address = app.server.address();
  settings = {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
});
afterAll(() => app.close());

describe("the alarm topic", () => {
  it("receives subject and text", async () => {
    const [sns, sqs] = [
      new SNSClient(settings),
      new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
    ];
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "told" }));
    const Endpoint = `arn:aws:sqs:eu-central-1:000000000000:told`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
    await snsAlarms(sns, TopicArn).notify(`Zoë:\n${"x".repeat(200)}`, "998 of 1,000 … exported");
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const told: { Subject: string; Message: string } = JSON.parse(Messages?.[0]?.Body ?? "{}");
    expect(told.Message).toBe("998 of 1,000 … exported");
    expect(told.Subject).toBe(`Zo?:?${"x".repeat(92)}...`);
  });
  it("throws ALARMS_UNAVAILABLE if the topic does not exist", async () => {
    const alarms = snsAlarms(new SNSClient(settings), "arn:aws:sns:eu-central-1:000000000000:none");
    await expect(alarms.notify("a", "b")).rejects.toMatchObject({ code: "ALARMS_UNAVAILABLE" });
  });
});
