/** Acts on every item, at most `limit` at a time, in order. The first failure stops what has not begun, and is thrown. */
export const atOnce = async <T>(
  limit: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> => {
  const waiting = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      if (failed) return;
      try {
        await act(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
};
