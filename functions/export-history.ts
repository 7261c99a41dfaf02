import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsHistoryPorts } from "../lib/aws/history-ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { type ExportSummary, exportNight, readExportEvent } from "../lib/history/export/export-night.ts";
import { workOff } from "../lib/history/work/work-off.ts";
import type { Handler, Invocation } from "../lib/invocation.ts";
import type { HistoryPorts } from "../lib/ports.ts";

/** From the queue: a PBX's day, as the planner asks for it. By hand: `{pbx, day}` now, or yesterday of all with `{}`. */
export const exportHistory =
  (ports: HistoryPorts): Handler<unknown, SQSBatchResponse | ExportSummary> =>
  async (event, invocation) =>
    isQueueEvent(event)
      ? fromQueue(ports, event, invocation)
      : exportNight(ports, readExportEvent(event), invocation.getRemainingTimeInMillis());

const isQueueEvent = (event: unknown): event is SQSEvent =>
  typeof event === "object" && event !== null && "Records" in event && Array.isArray(event.Records);

/** After one that is not done the others wait: a queue of days keeps their order. */
const fromQueue = async (
  ports: HistoryPorts,
  { Records }: SQSEvent,
  invocation: Invocation,
): Promise<SQSBatchResponse> => {
  for (const [at, { body, receiptHandle, attributes }] of Records.entries()) {
    const delivery = { body, receipt: receiptHandle, receives: Number(attributes.ApproximateReceiveCount) };
    if (!(await workOff(ports, delivery, () => invocation.getRemainingTimeInMillis())))
      return { batchItemFailures: Records.slice(at).map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }
  return { batchItemFailures: [] };
};

export const handler = onLambda(exportHistory, awsHistoryPorts);
