import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readConfig, required } from "../config.ts";
import { createLog } from "../log.ts";
import type { PlanningPorts } from "../ports.ts";
import { systemClock } from "../wms/system-clock.ts";
import { answersWithin } from "./client-options.ts";
import { lineMetrics } from "./line-metrics.ts";
import { secretsManagerRegistry } from "./secrets-manager.ts";
import { snsAlarms } from "./sns-alarms.ts";
import { sqsQueue } from "./sqs-queue.ts";
import { awsState } from "./state-ports.ts";
import { awsStore } from "./store-ports.ts";

/** The ports of the function that plans, which has no right to a secret's value. Throws CONFIG_MISSING. */
export const awsPlanningPorts = (): PlanningPorts => {
  const config = readConfig(process.env);
  const sqs = new SQSClient(answersWithin(5_000));
  return {
    config,
    clock: systemClock,
    random: Math.random,
    log: createLog(process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "wildix-functions"),
    metrics: lineMetrics(),
    registry: secretsManagerRegistry(
      new SecretsManagerClient(answersWithin(2_000)),
      required(config.secretPrefix, "WILDIX_SECRET_PREFIX"),
    ),
    store: awsStore(config),
    state: awsState(config),
    queue: sqsQueue(sqs, required(config.exportQueue, "WILDIX_EXPORT_QUEUE")),
    deadLetters: sqsQueue(sqs, required(config.deadLetterQueue, "WILDIX_EXPORT_DEAD_LETTERS")),
    alarms: snsAlarms(new SNSClient(answersWithin(5_000)), required(config.alarmTopic, "WILDIX_ALARM_TOPIC")),
  };
};
