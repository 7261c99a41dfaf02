import { errorFields } from "../../log.ts";
import { CodedError } from "../../wms/errors.ts";
import { type ExportMessage, readMessage } from "../days/export-message.ts";
import { type WorkerPorts, workOn } from "./export-worker.ts";

/** A message as the function gets it. */
export interface Delivery {
  readonly body: string;
  readonly receipt: string;
  /** How often it was delivered, this delivery included. */
  readonly receives: number;
}

/** Seconds until a message comes again after its first failure, and after later ones. */
const retrySeconds = [60, 300] as const;

/**
 * Handles a message and says whether it is done. If not, the message comes again soon instead of after the queue's long time-out,
 * because the PBX's later days wait behind it. After too many failures the queue makes it a dead letter.
 */
export const workOff = async (
  ports: WorkerPorts,
  { body, receipt, receives }: Delivery,
  timeLeft: () => number,
): Promise<boolean> => {
  const wait = await attempt(ports, body, receives, timeLeft);
  ports.metrics.put({ export_heartbeats: 1 });
  if (wait === undefined) return true;
  // if this fails, the message comes again after the queue's own time-out
  await ports.queue
    .postpone(receipt, wait)
    .catch((error: unknown) => ports.log.warn("a message could not be postponed", errorFields(error)));
  return false;
};

/** Seconds until the next attempt; undefined: the message is done. */
const attempt = async (
  ports: WorkerPorts,
  body: string,
  receives: number,
  timeLeft: () => number,
): Promise<number | undefined> => {
  const backoff = retrySeconds[receives - 1] ?? retrySeconds[1];
  try {
    const result = await workOn(ports, read(ports, body), timeLeft);
    return result.kind === "busy" ? result.seconds : undefined;
  } catch (error) {
    const asked = error instanceof CodedError ? (error.retryAfter ?? 0) : 0;
    return Math.max(asked, backoff);
  }
};

const read = (ports: WorkerPorts, body: string): ExportMessage => {
  try {
    return readMessage(body);
  } catch (error) {
    ports.log.error("a message cannot be read", errorFields(error));
    throw error;
  }
};
