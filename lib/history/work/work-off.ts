import { isError } from "../../errors.ts";
import { errorFields } from "../../log.ts";
import { CodedError } from "../../wms/errors.ts";
import { readMessage } from "../days/export-message.ts";
import { type WorkerPorts, workOn } from "./export-worker.ts";

/** A message as the function gets it. */
export interface Delivery {
  readonly body: string;
  readonly receipt: string;
  /** How often it was handed out, this time included. */
  readonly receives: number;
}

/** Seconds until a message comes again after its first failure, and after later ones. */
const again = [60, 300] as const;

/**
 * Works on a message and says whether it is done. Where it is not, the message is made to come again soon instead of after the
 * queue's long time-out, because the PBX's later days wait behind it; after too many times the queue buries it.
 */
export const workOff = async (
  ports: WorkerPorts,
  { body, receipt, receives }: Delivery,
  timeLeft: () => number,
): Promise<boolean> => {
  const wait = await attempt(ports, body, receives, timeLeft);
  if (wait === undefined) return true;
  // where this fails, the message comes after the queue's own time-out
  await ports.queue
    .postpone(receipt, wait)
    .catch((error: unknown) => ports.log.warn("a message could not be postponed", errorFields(error)));
  return false;
};

/** Undefined: it is done. Else the seconds after which to try again. */
const attempt = async (
  ports: WorkerPorts,
  body: string,
  receives: number,
  timeLeft: () => number,
): Promise<number | undefined> => {
  try {
    const outcome = await workOn(ports, readMessage(body), timeLeft);
    return outcome.kind === "busy" ? outcome.seconds : undefined;
  } catch (error) {
    if (isError(error, "INPUT_INVALID")) ports.log.error("a message cannot be read", errorFields(error));
    const asked = error instanceof CodedError ? (error.retryAfter ?? 0) : 0;
    return Math.max(asked, again[receives - 1] ?? again[1]);
  }
};
