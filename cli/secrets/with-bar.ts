import { atOnce } from "../../lib/at-once.ts";
import type { Context } from "../context/context.ts";
import { Bar } from "../terminal/bar.ts";

/** Acts on every item, at most `limit` at a time, with a progress bar. Begins with no other item after Ctrl-C. */
export const withBar = async <T>(
  { output, clock, signal }: Context,
  what: string,
  limit: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> => {
  const bar = new Bar(output, `  ${what} {bar} {value}/{total}, {left} left`, clock.now);
  let done = 0;
  try {
    bar.show(0, items.length);
    await atOnce(limit, items, async (item) => {
      if (signal.aborted) return;
      await act(item);
      bar.show(++done, items.length);
    });
  } finally {
    bar.stop();
  }
};
