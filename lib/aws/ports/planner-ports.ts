import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { required } from "../../config.ts";
import type { PlannerPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { awsEventBus } from "../event-bridge.ts";
import { s3Store } from "../s3-store.ts";
import { snsAlarms } from "../sns-alarms.ts";
import { sqsQueue } from "../sqs-queue.ts";
import { awsBasePorts } from "./base-ports.ts";
import { awsState } from "./state-ports.ts";

/** The ports of the planner, which reads no secret: it has nothing that could. Throws CONFIG_MISSING. */
export const awsPlannerPorts = (): PlannerPorts => {
  const ports = awsBasePorts();
  const { config } = ports;
  const sqs = new SQSClient(answersWithin(5_000));
  return {
    ...ports,
    store: s3Store(new S3Client(answersWithin(20_000)), required(config.bucket, "WILDIX_BUCKET")),
    state: awsState(config),
    bus: awsEventBus(config),
    queue: sqsQueue(sqs, required(config.exportQueue, "WILDIX_EXPORT_QUEUE")),
    deadLetters: sqsQueue(sqs, required(config.deadLetterQueue, "WILDIX_EXPORT_DEAD_LETTERS")),
    alarms: snsAlarms(new SNSClient(answersWithin(5_000)), required(config.alarmTopic, "WILDIX_ALARM_TOPIC")),
  };
};
