import { errorFields } from "../log.ts";
import type { WmsClient } from "../wms/client.ts";
import { type CountedOutcome, countOutcome, type DayCountPorts } from "./guard/day-counts.ts";
import type { HeldCall, Ledger } from "./ledger/ledger.ts";
import { outcomeOf, placed, type SendOutcome } from "./ledger/outcome.ts";
import { callTimes, type LedgerCall } from "./ledger/record.ts";

export interface SendPorts extends DayCountPorts {
  /** The monotonic clock, ms. */
  readonly monotonic: () => number;
}

/** When a request came, by both clocks: epoch ms, and the monotonic clock. */
export interface Arrival {
  readonly at: number;
  readonly monotonic: number;
}

/** How `wildix status` counts an outcome. */
const counted = {
  PLACED: "placed",
  REFUSED: "refused",
  UNKNOWN: "unknown",
} as const satisfies Record<SendOutcome["state"], CountedOutcome>;

const tooOld: SendOutcome = {
  state: "REFUSED",
  reason: "stale",
  detail: "this process was frozen for too long",
};
/** What is thrown instead of sending. */
class TooOld extends Error {}

/**
 * Sends a call that is SENDING, on a dedicated connection, and settles it by the answer. Returns the current record: that of
 * another process if it took this attempt for abandoned. Never throws for an answer or failure of the PBX.
 */
export const createSend =
  (ports: SendPorts, ledger: Ledger) =>
  async (client: WmsClient, sending: HeldCall, arrival: Arrival, timeoutMs: number): Promise<LedgerCall> => {
    const { clock, monotonic, log } = ports;
    let held = sending;
    /** Whether a first byte may have left that was not proven to have rung nothing. */
    let left = false;
    let stale = false;
    const sends = [...held.value.sends];

    /**
     * The age since the request arrived, by both clocks: one may have been set, the other may have stopped with the frozen
     * process.
     */
    const isFresh = (): boolean => {
      const ages = [clock.now() - arrival.at, monotonic() - arrival.monotonic];
      return ages.every((age) => age >= 0 && age <= callTimes.oldestMs);
    };
    const attempt = async (): Promise<SendOutcome> => {
      // so old that it is not worth a connection
      if (!isFresh()) return tooOld;
      try {
        await client.originate(held.value.params, {
          timeoutMs,
          beforeFirstByte: () => {
            stale = !isFresh();
            if (stale) throw new TooOld("the call is too old to be sent");
            left = true;
            sends.push(clock.now());
          },
          repeatAfter401: async () => {
            left = false;
            const again = await ledger.move(held, "SENDING", { sends, note: "again after a 401" });
            held = again ?? held;
            return again !== undefined;
          },
        });
        return placed;
      } catch (error) {
        return stale ? tooOld : outcomeOf(error, left);
      }
    };

    const { state, ...change } = await attempt();
    try {
      const [settled] = await Promise.all([
        ledger.move(held, state, { ...change, sends }),
        countOutcome(ports, held.value.pbx, counted[state]),
      ]);
      return settled?.value ?? (await overtaken(ledger, held, state === "PLACED"));
    } catch (error) {
      // the ledger says UNKNOWN once this attempt counts as abandoned; the caller gets the outcome known here
      log.error("the state of a call could not be written", {
        call: held.value.id,
        state,
        ...errorFields(error),
      });
      return { ...held.value, ...change, state, sends };
    }
  };

/** Another process took this attempt for abandoned and noted UNKNOWN; this one knows whether the call was placed. */
const overtaken = async (ledger: Ledger, mine: HeldCall, isPlaced: boolean): Promise<LedgerCall> => {
  const current = await ledger.read(mine.value.id);
  if (current === undefined) return mine.value;
  if (!isPlaced || current.value.state !== "UNKNOWN") return current.value;
  const settled = await ledger.move(current, "PLACED", { note: "answered late" });
  return settled?.value ?? current.value;
};
