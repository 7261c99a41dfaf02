/** A process that is S3, SQS, SNS (fauxqs) and Secrets Manager with so many PBXs: `services PBXS`. Tells a function's environment. */
import type { AddressInfo } from "node:net";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { startSecretsManager } from "../test/support/secrets-manager.ts";
import { zone } from "./day.ts";
import { pbxIds } from "./fleet-file.ts";

const prefix = "/bench/pbx/";
const app = buildApp({ logger: false, host: "127.0.0.1" });
await app.listen({ port: 0, host: "127.0.0.1" });
const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
// as many in one answer as the service gives
const secrets = await startSecretsManager(
  pbxIds(Number(process.argv[2])).map((id) => ({
    name: prefix + id,
    value: "{}",
    tags: { "wildix:timezone": zone },
  })),
  100,
);
const env = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_ENDPOINT_URL_S3: url,
  AWS_ENDPOINT_URL_SQS: url,
  AWS_ENDPOINT_URL_SNS: url,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  WILDIX_SECRET_PREFIX: prefix,
  WILDIX_BUCKET: "exports",
  // nobody takes its events here
  WILDIX_EVENT_BUS: "none",
};
const options = {
  endpoint: url,
  region: env.AWS_REGION,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
};
await new S3Client({ ...options, forcePathStyle: true }).send(
  new CreateBucketCommand({ Bucket: env.WILDIX_BUCKET }),
);
const { TopicArn = "" } = await new SNSClient(options).send(new CreateTopicCommand({ Name: "alarms" }));
const queue = async (name: string): Promise<string> => {
  const QueueName = `${name}.fifo`;
  await new SQSClient(options).send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: "true" } }));
  // by number: not every machine resolves the name in the URL that fauxqs gives
  return `${url}/000000000000/${QueueName}`;
};
process.send?.({
  ...env,
  WILDIX_ALARM_TOPIC: TopicArn,
  WILDIX_EXPORT_QUEUE: await queue("exports"),
  WILDIX_EXPORT_DEAD_LETTERS: await queue("dead"),
});
// nobody is left to stop it
process.on("disconnect", () => process.exit());
