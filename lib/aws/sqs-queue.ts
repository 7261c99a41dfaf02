import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { atOnce } from "../at-once.ts";
import { ProductError } from "../errors.ts";
import type { QueueMessage, WorkQueue } from "../queue.ts";
import { failureName } from "./failure-name.ts";

/** What SQS takes in one request. */
const batchSize = 10;
const batchesAtOnce = 8;

/** A queue of work on SQS FIFO. Deduplication by our own ids, so `ContentBasedDeduplication` stays off. */
export const sqsQueue = (sqs: SQSClient, url: string): WorkQueue => ({
  send: async (messages) => {
    const batches = Array.from({ length: Math.ceil(messages.length / batchSize) }, (_, at) =>
      messages.slice(at * batchSize, (at + 1) * batchSize),
    );
    await atOnce(batchesAtOnce, batches, (batch) => sendBatch(sqs, url, batch));
  },
  receive: (most = batchSize) =>
    guarded(async () => {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: most,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        }),
      );
      return (answer.Messages ?? []).map(({ Body, ReceiptHandle, Attributes }) => ({
        body: Body ?? "",
        receipt: ReceiptHandle ?? "",
        receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
      }));
    }),
  remove: (receipt) =>
    stillOpen(() => sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }))),
  postpone: (receipt, seconds) =>
    stillOpen(() =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
      ),
    ),
});

const sendBatch = (sqs: SQSClient, url: string, batch: readonly QueueMessage[]): Promise<void> =>
  guarded(async () => {
    const answer = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: batch.map(({ group, dedupe, body }, at) => ({
          Id: String(at),
          MessageGroupId: group,
          MessageDeduplicationId: dedupe,
          MessageBody: body,
        })),
      }),
    );
    const failed = answer.Failed?.[0];
    if (failed) throw unavailable(failed.Code ?? "SQS did not accept a message");
  });

/** A delivery that is over answers with one of these; its message belongs to the process that received it later. */
const over: ReadonlySet<string> = new Set([
  "MessageNotInflight",
  "ReceiptHandleIsInvalid",
  "InvalidParameterValue",
]);

const stillOpen = (act: () => Promise<unknown>): Promise<void> =>
  guarded(async () => {
    await act().catch((error: unknown) => {
      if (!(error instanceof Error) || !over.has(error.name)) throw error;
    });
  });

const unavailable = (detail: string, cause?: unknown): ProductError =>
  new ProductError("QUEUE_UNAVAILABLE", { detail: `SQS: ${detail}`, cause });

const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    throw unavailable(failureName(cause), cause);
  }
};
