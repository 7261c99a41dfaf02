import { defined } from "../../defined.ts";
import { asRead, type StateItem, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { type CallState, type CallStep, callTimes, isLegal, type LedgerCall } from "./record.ts";

/** A call with the token that its next transition needs; only one holder of a token can use it. */
export type HeldCall = StateItem<LedgerCall>;

/** What a transition may change beside state and times. */
export type CallChange = Partial<
  Pick<LedgerCall, "reason" | "detail" | "because" | "retryAfter" | "sends" | "evidence">
> & { readonly note?: string };

type NewCall = Omit<LedgerCall, "state" | "reservedAt" | "changedAt" | "sends" | "steps">;

const keyOf = (id: string): StateKey => ({ partition: `call/${id}`, id: "call" });
/** A key that is tried for days must not outgrow its record. */
const lastSteps = (steps: readonly CallStep[], step: CallStep): CallStep[] => [...steps, step].slice(-40);

/** Calls that reconciliation may need to look at, so that it need not read all. */
const openCalls = "calls/open";

/**
 * The states of calls, each transition one conditional write. If a transition returns undefined, another one came
 * first: the caller has lost the call. Throws STATE_UNAVAILABLE.
 */
export const createLedger = (state: StateStore, clock: Pick<Clock, "now">) => {
  const write = (record: LedgerCall, expect: Parameters<StateStore["write"]>[2]) =>
    state.write(keyOf(record.id), record, expect, stateSeconds(clock.now()) + callTimes.keptSeconds);

  const move = (held: HeldCall, to: CallState, change: CallChange = {}): Promise<HeldCall | undefined> => {
    const { value: record, version } = held;
    if (!isLegal(record.state, to)) throw new Error(`a call cannot go from ${record.state} to ${to}`);
    const { note, ...changed } = change;
    const at = clock.now();
    const step = { state: to, at, ...defined({ note }) };
    return write(
      { ...record, ...changed, state: to, changedAt: at, steps: lastSteps(record.steps, step) },
      { version },
    );
  };

  return {
    read: (id: string): Promise<HeldCall | undefined> => state.read<LedgerCall>(keyOf(id)),

    /** Takes a key that has no record, or whose record is free. */
    reserve: (call: NewCall, current: HeldCall | undefined): Promise<HeldCall | undefined> => {
      const at = clock.now();
      const before = current?.value;
      if (before !== undefined && !isLegal(before.state, "RESERVED"))
        throw new Error(`a call that is ${before.state} cannot be reserved`);
      const record: LedgerCall = {
        ...call,
        state: "RESERVED",
        reservedAt: at,
        changedAt: at,
        sends: before?.sends ?? [],
        steps: lastSteps(before?.steps ?? [], { state: "RESERVED", at }),
      };
      return write(record, asRead(current));
    },

    move,

    /** Changes what is noted of an uncertain call, not its state. */
    note: (
      held: HeldCall,
      change: Partial<Pick<LedgerCall, "askedAt" | "givenUp">>,
    ): Promise<HeldCall | undefined> => write({ ...held.value, ...change }, { version: held.version }),

    /** Remembers that a call is under way, for the reconciliation of those that never settle. */
    open: async (id: string): Promise<void> => {
      const until = stateSeconds(clock.now()) + callTimes.keptSeconds;
      await state.write({ partition: openCalls, id }, null, { absent: true }, until);
    },
    listOpen: (): AsyncIterable<StateItem> => state.list(openCalls),
    close: (item: StateItem): Promise<boolean> =>
      state.remove({ partition: openCalls, id: item.id }, { version: item.version }),
  };
};

export type Ledger = ReturnType<typeof createLedger>;
