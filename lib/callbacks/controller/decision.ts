import type { Policy } from "../policy.ts";
import type { CallbackRecord, NumberRecord, Outcome } from "../record.ts";

/** What a decision is made from. */
export interface Facts {
  /** Undefined: callbacks are off, and no number is dialled. */
  readonly policy: Policy | undefined;
  readonly now: number;
  readonly number: NumberRecord;
  /** The number is on a list of those not to call. */
  readonly listed?: boolean;
  /** The settings let this number be called back. */
  readonly callable?: boolean;
  /** A kill switch is set. */
  readonly stopped?: boolean;
  /** History was asked just now; what it says is in `number` and in the record. */
  readonly asked?: boolean;
  /** What became of the ring. */
  readonly ring?: Ring;
}

/** `open`: not known yet. `unsent`: nothing left, and the same key may try again. The others were refused. */
export type Ring =
  | { readonly is: "open" | "unsent" | "capped" | "stopped" | "busy" | "forbidden" }
  | { readonly is: "over"; readonly outcome: Outcome; readonly call: string; readonly end: number };

/** The record to write, and what to do then. */
export interface Decision {
  readonly record: CallbackRecord;
  readonly act?: "ask" | "ring";
}
