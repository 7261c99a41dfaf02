import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { EventQueue } from "../callbacks/events/event-queue.ts";
import { ProductError } from "../errors.ts";
import { failureName } from "./failure-name.ts";

/** The queue of verified webhooks: a standard queue, whose messages name their PBX in an attribute. */
export const sqsEvents = (sqs: SQSClient, url: string): EventQueue => ({
  send: async ({ pbx, body }) => {
    try {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: body,
          MessageAttributes: { pbx: { DataType: "String", StringValue: pbx } },
        }),
      );
    } catch (cause) {
      const name = failureName(cause);
      throw new ProductError("QUEUE_UNAVAILABLE", { detail: `SQS: ${name}`, cause });
    }
  },
});
