import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { awsEventPorts } from "../lib/aws/ports/event-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { type CallbackPorts, createCallbacks } from "../lib/callbacks/callbacks.ts";
import { createEventTaker, type EventMessage, type EventPorts } from "../lib/callbacks/events/take-event.ts";
import type { Config } from "../lib/config.ts";
import type { Handler } from "../lib/invocation.ts";
import { errorFields } from "../lib/log.ts";

export type EventFunctionPorts = Omit<EventPorts, "takeFact"> &
  CallbackPorts & { readonly config: Pick<Config, "eventQueueArn"> };

/**
 * Takes events of PBXs from two queues: ours, into which the webhook puts what it verified, and that of the PBXs' SQS transport,
 * whose messages are verified here. A message that fails returns to its queue.
 */
export const events = (ports: EventFunctionPorts): Handler<SQSEvent, SQSBatchResponse> => {
  const { takeFact } = createCallbacks(ports);
  const take = createEventTaker({ ...ports, takeFact });
  return async ({ Records }) => {
    const failed: SQSBatchResponse["batchItemFailures"] = [];
    await Promise.all(
      Records.map(async (record) => {
        try {
          if ((await take(messageOf(record, ports.config.eventQueueArn))) !== "busy") return;
        } catch (error) {
          ports.log.warn("event failed", { messageId: record.messageId, ...errorFields(error) });
        }
        failed.push({ itemIdentifier: record.messageId });
      }),
    );
    return { batchItemFailures: failed };
  };
};

/** Only the webhook can send to its queue; only there is the attribute `pbx` trusted. */
const messageOf = (record: SQSRecord, ownQueue: string | undefined): EventMessage => {
  const { body, attributes, messageAttributes, eventSourceARN } = record;
  const text = (name: string): string | undefined => messageAttributes[name]?.stringValue;
  const pbx = eventSourceARN === ownQueue ? text("pbx") : undefined;
  return {
    body,
    sentAt: Number(attributes.SentTimestamp),
    from: pbx === undefined ? { signature: text("X-SIGNATURE") } : { pbx },
  };
};

export const handler = await onLambda(events, awsEventPorts);
