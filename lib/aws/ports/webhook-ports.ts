import { SQSClient } from "@aws-sdk/client-sqs";
import { required } from "../../config.ts";
import type { WebhookPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { sqsEvents } from "../sqs-events.ts";
import { awsBasePorts } from "./base-ports.ts";

/** The PBX waits 5 s for an answer: two attempts of the queue fit in. */
const client = { ...answersWithin(1_500), maxAttempts: 2 };

/** The ports of the function that receives webhooks: it has no state and asks no PBX. Throws CONFIG_MISSING. */
export const awsWebhookPorts = (): WebhookPorts => {
  const ports = awsBasePorts();
  return {
    ...ports,
    events: sqsEvents(new SQSClient(client), required(ports.config.eventQueue, "WILDIX_EVENT_QUEUE")),
  };
};
