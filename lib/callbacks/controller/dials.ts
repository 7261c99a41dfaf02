import { rules } from "../policy.ts";
import type { CallbackRecord, Dial, NumberRecord } from "../record.ts";
import { wholeSecond } from "./timing.ts";

/** A callback that rings. */
export type RingingCallback = CallbackRecord & { readonly dial: Dial };

/** A callback from the moment at which its dial is decided. */
export const ringingFrom = (record: CallbackRecord, dial: Dial): RingingCallback => ({
  ...record,
  state: "ringing",
  reason: "ringing",
  dial,
  due: wholeSecond(dial.at + rules.nextSweepMs),
});

/** By its time too: a visitor that resumes may know an earlier ring under the same key. */
const isDial = (one: NumberRecord["dials"][number], dial: Dial): boolean =>
  one.key === dial.key && one.at === dial.at;

/** A number without a dial: nothing was sent, or only the agent's phone rang. */
export const withoutDial = (number: NumberRecord, dial: Dial): NumberRecord => ({
  ...number,
  dials: number.dials.filter((one) => !isDial(one, dial)),
});

/** A number with the outcome of a dial known. */
export const withDialOver = (number: NumberRecord, dial: Dial): NumberRecord => ({
  ...number,
  dials: number.dials.map((one) => (isDial(one, dial) ? { ...one, over: true as const } : one)),
});
