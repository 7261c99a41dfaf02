import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { noMetrics } from "../metrics.ts";
import type { PlannerPorts } from "../ports.ts";
import { systemClock } from "../wms/system-clock.ts";
import { s3Store } from "./s3-store.ts";
import { secretsManagerRegistry } from "./secrets-manager.ts";
import { sqsQueue } from "./sqs-queue.ts";
import { stackOutput } from "./stack.ts";
import { awsStateOf } from "./state-ports.ts";

/** What the planner of a deployment works with, for somebody at a keyboard. Throws CONFIG_MISSING. */
export const deployedPlanning = async (
  stage: string,
  region: string,
  log: Log,
): Promise<Omit<PlannerPorts, "alarms">> => {
  const output = (name: string): Promise<string> => stackOutput(stage, region, name);
  const sqs = new SQSClient({ region });
  const secrets = new SecretsManagerClient({ region });
  return {
    config: readConfig({}),
    registry: secretsManagerRegistry(secrets, `/wildix/${stage}/pbx/`),
    clock: systemClock,
    random: Math.random,
    log,
    metrics: noMetrics,
    store: s3Store(new S3Client({ region }), await output("ExportBucketName")),
    state: awsStateOf(await output("StateTableName"), region),
    queue: sqsQueue(sqs, await output("ExportQueueUrl")),
    deadLetters: sqsQueue(sqs, await output("ExportDeadLettersUrl")),
  };
};
