import type { QueueMessage, ReceivedMessage, WorkQueue } from "../queue.ts";
import type { Clock } from "../wms/clock.ts";

export interface MemoryQueueOptions {
  readonly clock: Pick<Clock, "now">;
  /** How long a delivered message is hidden. */
  readonly visibilitySeconds: number;
  /** After this many times a message goes to the dead letters. */
  readonly maxReceives: number;
  readonly deadLetters?: WorkQueue;
}

interface Waiting {
  readonly message: QueueMessage;
  receives: number;
  /** Epoch ms until which it is hidden. */
  hiddenUntil: number;
  /** Of the last delivery; undefined before the first. */
  receipt: string | undefined;
}

/** SQS drops a repeated message for this long, ms. */
const dedupeTime = 5 * 60_000;
const receiveAtMost = 10;

/** The queue of work inside one process; behaves as SQS FIFO does. Messages end with the process. */
export const memoryQueue = (options: MemoryQueueOptions): WorkQueue & { readonly size: number } => {
  const { clock, deadLetters } = options;
  let waiting: Waiting[] = [];
  const seen = new Map<string, number>();
  let deliveries = 0;

  const open = (receipt: string): Waiting | undefined =>
    waiting.find((entry) => entry.receipt === receipt && entry.hiddenUntil > clock.now());

  const receive = async (most = receiveAtMost): Promise<ReceivedMessage[]> => {
    const now = clock.now();
    const busy = new Set(
      waiting.filter(({ hiddenUntil }) => hiddenUntil > now).map(({ message }) => message.group),
    );
    const given: ReceivedMessage[] = [];
    for (const entry of waiting) {
      if (given.length === most) break;
      if (busy.has(entry.message.group)) continue;
      if (entry.receives >= options.maxReceives) {
        waiting = waiting.filter((other) => other !== entry);
        await deadLetters?.send([entry.message]);
        continue;
      }
      entry.receives++;
      entry.hiddenUntil = now + options.visibilitySeconds * 1000;
      entry.receipt = `${++deliveries}`;
      given.push({ body: entry.message.body, receipt: entry.receipt, receives: entry.receives });
    }
    return given;
  };

  return {
    get size() {
      return waiting.length;
    },
    send: async (messages) => {
      const now = clock.now();
      for (const [dedupe, at] of seen) if (at <= now - dedupeTime) seen.delete(dedupe);
      for (const message of messages) {
        if (seen.has(message.dedupe)) continue;
        seen.set(message.dedupe, now);
        waiting.push({ message, receives: 0, hiddenUntil: 0, receipt: undefined });
      }
    },
    receive,
    remove: async (receipt) => {
      const entry = open(receipt);
      if (entry) waiting = waiting.filter((other) => other !== entry);
    },
    postpone: async (receipt, seconds) => {
      const entry = open(receipt);
      if (entry) entry.hiddenUntil = clock.now() + seconds * 1000;
    },
  };
};
