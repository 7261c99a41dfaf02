import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type Config, readConfig, required } from "../../config.ts";
import type { Log } from "../../log.ts";
import { noMetrics } from "../../metrics.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import type { PlannerPorts } from "../../ports.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { awsStateOf } from "../ports/state-ports.ts";
import { s3Store } from "../s3-store.ts";
import { secretsManagerRegistry } from "../secrets-manager.ts";
import { sqsQueue } from "../sqs-queue.ts";
import { stackOutputs } from "./stack.ts";

/** The PBXs of a deployment, for the command. Throws DEPLOYMENT_NOT_FOUND, CONFIG_MISSING. */
export const deployedRegistry = async (stage: string, region: string): Promise<PbxRegistry> => {
  const output = await stackOutputs(stage, region);
  return registryOf(readConfig(JSON.parse(output("PlannerSettings"))), region);
};

const registryOf = (config: Config, region: string): PbxRegistry =>
  secretsManagerRegistry(
    new SecretsManagerClient({ region }),
    required(config.secretPrefix, "WILDIX_SECRET_PREFIX"),
    systemClock,
  );

/** What the planner of a deployment works with, for the command. Throws CONFIG_MISSING. */
export const deployedPlanning = async (
  stage: string,
  region: string,
  log: Log,
): Promise<Omit<PlannerPorts, "alarms" | "bus">> => {
  const output = await stackOutputs(stage, region);
  const config = readConfig(JSON.parse(output("PlannerSettings")));
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
