import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { required } from "../config.ts";
import type { HistoryPorts } from "../ports.ts";
import { snsAlarms } from "./sns-alarms.ts";
import { sqsQueue } from "./sqs-queue.ts";
import { awsState } from "./state-ports.ts";
import { awsStorePorts } from "./store-ports.ts";

/** The ports of the functions that plan and export. Throws CONFIG_MISSING. */
export const awsHistoryPorts = (): HistoryPorts => {
  const ports = awsStorePorts();
  const { config } = ports;
  const sqs = new SQSClient({});
  return {
    ...ports,
    state: awsState(config),
    queue: sqsQueue(sqs, required(config.exportQueue, "WILDIX_EXPORT_QUEUE")),
    deadLetters: sqsQueue(sqs, required(config.deadLetterQueue, "WILDIX_EXPORT_DEAD_LETTERS")),
    alarms: snsAlarms(new SNSClient({}), required(config.alarmTopic, "WILDIX_ALARM_TOPIC")),
  };
};
