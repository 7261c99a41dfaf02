import type { ReceivedMessage, WorkQueue } from "../queue.ts";

/**
 * Delivers everything that waits, as Lambda does: one message at a time to each of so many workers. What a worker says is
 * done is removed; what is not comes again in its own time. Ends when no message can be delivered. How many were done.
 */
export const workQueue = async (
  queue: WorkQueue,
  atOnce: number,
  act: (message: ReceivedMessage) => Promise<boolean>,
): Promise<number> => {
  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const [message] = await queue.receive(1);
      if (message === undefined) return;
      if (!(await act(message))) continue;
      await queue.remove(message.receipt);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
};
