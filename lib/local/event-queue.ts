import type { SQSRecord } from "aws-lambda";
import type { EventQueue } from "../callbacks/events/event-queue.ts";
import type { Clock } from "../wms/clock.ts";
import { memoryQueue } from "./memory-queue.ts";
import { workQueue } from "./work-queue.ts";

/** The name of the queue of this machine, as an ARN. */
export const localEventQueue = "arn:aws:sqs:local:000000000000:events";

/** A queue of verified webhooks in this process. */
export interface LocalEventQueue extends EventQueue {
  /** Gives what waits to a worker, a message at a time, as SQS gives it to Lambda. False: the message comes again later. */
  deliver(take: (record: SQSRecord) => Promise<boolean>): Promise<number>;
}

/** Times as in serverless/queues.yml. */
export const memoryEvents = (clock: Clock): LocalEventQueue => {
  const queue = memoryQueue({ clock, visibilitySeconds: 180, maxReceives: 5 });
  let sent = 0;
  return {
    send: async (event) => {
      const id = `local-${++sent}`;
      const body = JSON.stringify({ ...event, sentAt: clock.now() });
      await queue.send([{ group: id, dedupe: id, body }]);
    },
    deliver: (take) =>
      workQueue(queue, 4, ({ body, receipt, receives }) => {
        const event = JSON.parse(body) as { pbx: string; body: string; sentAt: number };
        return take(recordOf(event, receipt, receives));
      }),
  };
};

const recordOf = (
  { pbx, body, sentAt }: { readonly pbx: string; readonly body: string; readonly sentAt: number },
  receipt: string,
  receives: number,
): SQSRecord => ({
  messageId: receipt,
  receiptHandle: receipt,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(sentAt),
    SenderId: "local",
    ApproximateFirstReceiveTimestamp: String(sentAt),
  },
  messageAttributes: { pbx: { stringValue: pbx, dataType: "String" } },
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: localEventQueue,
  awsRegion: "local",
});
