import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsHistoryPorts } from "../lib/aws/ports/history-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import {
  type ExportPorts,
  type ExportSummary,
  exportNight,
  readExportEvent,
} from "../lib/history/export/export-night.ts";
import type { WorkerPorts } from "../lib/history/work/export-worker.ts";
import { workOff } from "../lib/history/work/work-off.ts";
import type { Handler, Invocation } from "../lib/invocation.ts";

/** From the queue: exports a day of a PBX. By hand: `{pbx, day}`, or yesterday of all PBXs with `{}`. */
export const exportHistory =
  (ports: ExportPorts & WorkerPorts): Handler<unknown, SQSBatchResponse | ExportSummary> =>
  async (event, invocation) =>
    isQueueEvent(event)
      ? fromQueue(ports, event, invocation)
      : exportNight(ports, readExportEvent(event), invocation.getRemainingTimeInMillis());

const isQueueEvent = (event: unknown): event is SQSEvent =>
  typeof event === "object" && event !== null && "Records" in event && Array.isArray(event.Records);

/** After a message that failed, the others return to the queue: it keeps the order of days. */
const fromQueue = async (
  ports: WorkerPorts,
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

export const handler = await onLambda(exportHistory, awsHistoryPorts);
