import { ProductError } from "../../errors.ts";
import { asRead, type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import type { Names } from "../names.ts";
import { rules } from "../policy.ts";
import { type NumberRecord, noNumber } from "../record.ts";

/** Writes in turn that may come first. */
const tries = 20;

/** The records of numbers. A change is a pure function, which is called again if another process wrote first. */
export const createNumberRecords = (state: StateStore, clock: Pick<Clock, "now">, names: Names) => {
  const keyOf = async (pbx: string, e164: string) => ({
    partition: `callbacks/number/${pbx}`,
    id: await names.number(pbx, e164),
  });
  return {
    read: async (pbx: string, e164: string): Promise<NumberRecord> =>
      (await state.read<NumberRecord>(await keyOf(pbx, e164)))?.value ?? noNumber,
    /** Throws STATE_UNAVAILABLE, for example if too many other processes change the same number. */
    change: async (
      pbx: string,
      e164: string,
      change: (number: NumberRecord) => NumberRecord,
    ): Promise<NumberRecord> => {
      const key = await keyOf(pbx, e164);
      for (let n = 0; n < tries; n++) {
        const held = await state.read<NumberRecord>(key);
        const before = held?.value ?? noNumber;
        const after = change(before);
        if (JSON.stringify(after) === JSON.stringify(before)) return before;
        const expires = stateSeconds(clock.now()) + 2 * rules.keptSeconds;
        if ((await state.write(key, after, asRead(held), expires)) !== undefined) return after;
      }
      throw contended();
    },
  };
};

const contended = (): ProductError =>
  new ProductError("STATE_UNAVAILABLE", { detail: "other processes changed a record during each attempt" });
