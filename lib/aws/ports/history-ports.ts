import { SQSClient } from "@aws-sdk/client-sqs";
import { required } from "../../config.ts";
import type { HistoryPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { awsEventBus } from "../event-bridge.ts";
import { sqsQueue } from "../sqs-queue.ts";
import { awsState } from "./state-ports.ts";
import { awsStorePorts } from "./store-ports.ts";

/** The ports of the function that exports. Throws CONFIG_MISSING. */
export const awsHistoryPorts = (): HistoryPorts => {
  const ports = awsStorePorts();
  const { config } = ports;
  return {
    ...ports,
    state: awsState(config),
    bus: awsEventBus(config),
    queue: sqsQueue(new SQSClient(answersWithin(5_000)), required(config.exportQueue, "WILDIX_EXPORT_QUEUE")),
  };
};
