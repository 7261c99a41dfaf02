import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { ask, clientSettings, stack } from "./client.ts";

/** New messages of the topic, each of them once. */
export type Heard = () => Promise<{ readonly Subject: string; readonly Message: string }[]>;

export const sns = new SNSClient(clientSettings);
export const topic = stack.outputs["AlarmTopicArn"] ?? "";

/** Subscribes a new queue to the topic of the alarms. */
export const listen = async (QueueName: string): Promise<Heard> => {
  // longer than any run: a message that was received does not come again
  const Attributes = { VisibilityTimeout: "43200" };
  const { QueueUrl } = await ask("sqs", "AmazonSQS.CreateQueue", { QueueName, Attributes });
  const answer = await ask("sqs", "AmazonSQS.GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
  const Endpoint = String(Object(answer["Attributes"])["QueueArn"]);
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: "sqs", Endpoint }));
  return async () => {
    const received = await ask("sqs", "AmazonSQS.ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    const messages = Array.isArray(received["Messages"]) ? received["Messages"] : [];
    return messages.map(({ Body }) => JSON.parse(Body));
  };
};
