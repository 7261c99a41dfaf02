import { defined } from "../defined.ts";
import type { StateItem, StateKey, StateStore } from "../state.ts";
import type { Clock } from "../wms/clock.ts";
import type { Names } from "./names.ts";
import { shownNumber } from "./numbers.ts";

/** Which callbacks an entry stops: those of one PBX, or all. */
export type ListScope = { readonly pbx: string } | "all";

/** A person who must not be called back. The number itself is not stored. */
export interface ListedNumber {
  /** `+39333…67`. */
  readonly shown: string;
  /** When it was listed, epoch ms. */
  readonly at: number;
  /** Who listed it: a caller's id, or the command. */
  readonly by: string;
  readonly note?: string;
}

const partitionOf = (scope: ListScope): string => (scope === "all" ? "dnc/all" : `dnc/${scope.pbx}`);

/** Numbers that must not be called back, by an id that does not say them. All methods throw STATE_UNAVAILABLE. */
export const createDoNotCall = (state: StateStore, clock: Pick<Clock, "now">, names: Names) => {
  const keyOf = async (scope: ListScope, e164: string): Promise<StateKey> => ({
    partition: partitionOf(scope),
    id: await names.listed(e164),
  });
  return {
    /** False: it was listed already. */
    block: async (
      scope: ListScope,
      e164: string,
      entry: { readonly by: string; readonly note?: string },
    ): Promise<boolean> => {
      const listed: ListedNumber = {
        shown: shownNumber(e164),
        at: clock.now(),
        by: entry.by,
        ...defined({ note: entry.note }),
      };
      return (await state.write(await keyOf(scope, e164), listed, { absent: true })) !== undefined;
    },
    /** False: it was not listed. */
    unblock: async (scope: ListScope, e164: string): Promise<boolean> => {
      const key = await keyOf(scope, e164);
      const entry = await state.read(key);
      return entry !== undefined && (await state.remove(key, { version: entry.version }));
    },
    list: async (scope: ListScope): Promise<ListedNumber[]> => {
      const listed: ListedNumber[] = [];
      for await (const { value } of state.list<ListedNumber>(partitionOf(scope))) listed.push(value);
      return listed.toSorted((a, b) => a.at - b.at);
    },
    /** Whether a number is listed for a PBX or for all. */
    has: async (pbx: string, e164: string): Promise<boolean> => {
      const id = await names.listed(e164);
      const found = await Promise.all(
        (["all", { pbx }] as const).map(
          (scope): Promise<StateItem | undefined> => state.read({ partition: partitionOf(scope), id }),
        ),
      );
      return found.some((entry) => entry !== undefined);
    },
  };
};
