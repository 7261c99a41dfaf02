import type { Clock } from "./wms/clock.ts";

export interface Recent<T> {
  readonly value: T;
  /** When it was asked for, epoch ms. */
  readonly at: number;
}

const keptAnswers = 1000;

/** Answers that may be a little old: who asks again within `maxAge` ms, or meanwhile, gets the same. Failures are not kept. */
export const recent = <T>(
  clock: Clock,
  maxAge: number,
): ((key: string, ask: () => Promise<T>) => Promise<Recent<T>>) => {
  const answers = new Map<string, { at: number; value: Promise<T> }>();
  return async (key, ask) => {
    const known = answers.get(key);
    const current = known && clock.now() - known.at < maxAge ? known : { at: clock.now(), value: ask() };
    if (current !== known) {
      if (answers.size >= keptAnswers) answers.clear();
      answers.set(key, current);
      current.value.catch(() => answers.delete(key));
    }
    return { value: await current.value, at: current.at };
  };
};
