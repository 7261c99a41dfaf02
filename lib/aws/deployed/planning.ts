import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Log } from "../../log.ts";
import { noMetrics } from "../../metrics.ts";
import type { PlannerPorts } from "../../ports.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { awsStateOf } from "../ports/state-ports.ts";
import { s3Store } from "../s3-store.ts";
import { sqsQueue } from "../sqs-queue.ts";
import { configOf, registryOf } from "./registry.ts";
import { stackOutputs } from "./stack.ts";

/** What the planner of a deployment works with, for the command. Throws CONFIG_MISSING. */
export const deployedPlanning = async (
  stage: string,
  region: string,
  log: Log,
): Promise<Omit<PlannerPorts, "alarms" | "bus">> => {
  const output = await stackOutputs(stage, region);
  const config = configOf(output);
  const sqs = new SQSClient({ region });
  return {
    config,
    registry: registryOf(config, region),
    clock: systemClock,
    random: Math.random,
    log,
    metrics: noMetrics,
    store: s3Store(new S3Client({ region }), output("ExportBucketName")),
    state: awsStateOf(output("StateTableName"), region),
    queue: sqsQueue(sqs, output("ExportQueueUrl")),
    deadLetters: sqsQueue(sqs, output("ExportDeadLettersUrl")),
  };
};
