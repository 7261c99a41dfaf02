import { type CallerCaps, type KeyCap, keyCaps } from "../../callers/caller.ts";
import { callDefaults, type PbxCap } from "../../pbxs/call-settings.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { CallRefusal } from "./refusal.ts";

const minute = 60;
const day = 86_400;

export interface CappedCall {
  readonly pbx: string;
  readonly caller: string;
  readonly callerCaps: CallerCaps | undefined;
  /** A pseudonym of the number that is dialled; undefined if none is. */
  readonly destination: string | undefined;
  readonly settings: PbxSettings;
}

interface Cap {
  readonly partition: string;
  readonly id: string;
  /** Undefined: no bound. */
  readonly limit: number | undefined;
  readonly seconds: number;
  /** Calls per what, for people. */
  readonly words: string;
}

/**
 * The caps of a call. The caller's own come first: a caller who reaches one uses up nothing of the two that callers share, to one
 * number and through the PBX. The caps of a key hold over all its PBXs, except that to one number: each PBX has its own name for
 * a number.
 */
const capsOf = ({ pbx, caller, callerCaps = {}, destination, settings }: CappedCall): readonly Cap[] => {
  const caps = { ...callDefaults.caps, ...settings.caps };
  const atPbx = (id: string, limit: number | undefined, seconds: number, words: string): Cap => ({
    partition: `caps/pbx/${pbx}`,
    id,
    limit,
    seconds,
    words,
  });
  const ofKey = (id: string, name: KeyCap, seconds: number): Cap => ({
    partition: `caps/caller/${caller}`,
    id,
    limit: callerCaps[name],
    seconds,
    words: `${keyCaps[name]} with this API key`,
  });
  const toNumber = (cap: (id: string) => Cap): Cap | undefined =>
    destination === undefined ? undefined : cap(`to/${destination}`);
  // in the order in which they are counted
  const all = {
    "pbx.per_minute": atPbx(`minute/${caller}`, caps.per_minute, minute, "a minute by one caller"),
    "key.per_minute": ofKey("minute", "per_minute", minute),
    "key.per_destination_per_day": toNumber((id) => ofKey(id, "per_destination_per_day", day)),
    "pbx.per_caller": atPbx(`day/${caller}`, caps.per_caller, day, "a day by one caller"),
    "key.per_day": ofKey("day", "per_day", day),
    "pbx.per_destination": toNumber((id) => atPbx(id, caps.per_destination, day, "a day to one number")),
    "pbx.per_day": atPbx("day", caps.per_day, day, "a day through this PBX"),
  } satisfies Record<`pbx.${PbxCap}` | `key.${KeyCap}`, Cap | undefined>;
  return Object.values(all).filter((cap) => cap !== undefined);
};

const reached = (cap: Cap): CallRefusal =>
  new CallRefusal("CALL_CAPPED", {
    detail: `the cap of ${cap.limit} calls ${cap.words} is reached`,
    // when a day's window began is not known here
    retryAfter: cap.seconds === minute ? minute : 3600,
  });

/**
 * Counts a call against every cap, each a conditional counter that no number of Lambdas can pass. The first that is reached
 * ends it: what was counted before stays counted, which errs on the safe side. Throws CALL_CAPPED, STATE_UNAVAILABLE.
 */
export const countCall = async (
  state: StateStore,
  clock: Pick<Clock, "now">,
  call: CappedCall,
): Promise<void> => {
  for (const cap of capsOf(call)) {
    if (cap.limit === undefined) continue;
    const expiresAt = stateSeconds(clock.now()) + cap.seconds;
    const count = await state.count(cap, { by: 1, limit: cap.limit, expiresAt });
    if (count === undefined) throw reached(cap);
  }
};

/** Whether a call would get through now; counts nothing. Throws CALL_CAPPED, STATE_UNAVAILABLE. */
export const checkCaps = async (state: StateStore, call: CappedCall): Promise<void> => {
  for (const cap of capsOf(call))
    if (cap.limit !== undefined && (await state.counted(cap)) >= cap.limit) throw reached(cap);
};
