import { defined } from "../../defined.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { stateSeconds } from "../../state.ts";
import { type CallFact, type CallQueueName, type Interval, sameCall } from "../facts.ts";
import { type CalledNumber, calledNumber } from "../numbers.ts";
import { type Policy, policyOf, rules } from "../policy.ts";
import { decide, nextRound } from "./decide.ts";
import type { Decision } from "./decision.ts";
import type { Desk } from "./desk.ts";
import type { HeldCallback } from "./entries.ts";
import { type CallbackRecord, type Miss, type NumberRecord, openItems } from "./record.ts";

/**
 * What a fact did. `known`: it was counted before. `noted`: it changes when the number may be dialled. `ignored`: it is none of
 * our business, for example because callbacks are off or the number is not called back.
 */
export type TakenFact = "opened" | "joined" | "known" | "settled" | "noted" | "ignored";

/** Missed calls that a record keeps. */
const mostMisses = 200;

/** A request by the API, an event or the command. */
export interface Asked {
  readonly queue?: CallQueueName;
  readonly name?: string;
  /** Epoch ms. */
  readonly notBefore: number;
}

/** Takes what is known of calls: opens callbacks, joins missed calls to them, and settles them. */
export const createTaking = (desk: Desk) => {
  const { state, clock, index, numbers, names, doNotCall } = desk;

  /** Writes a callback; tries again if another process wrote it first. Gives the record before and after; undefined: unchanged. */
  const rewrite = async (
    pbx: string,
    id: string,
    change: (held: CallbackRecord | undefined) => Decision["record"] | undefined,
  ): Promise<{ before: HeldCallback | undefined; after: HeldCallback } | undefined> => {
    for (;;) {
      const held = await index.read(pbx, id);
      const record = change(held?.value);
      if (record === undefined || JSON.stringify(record) === JSON.stringify(held?.value)) return undefined;
      const after = await index.put(held, record, clock.now());
      if (after !== undefined) return { before: held, after };
    }
  };

  const announce = async (
    change: { before: HeldCallback | undefined; after: HeldCallback } | undefined,
  ): Promise<TakenFact> => {
    if (change === undefined) return "known";
    const { before, after } = change;
    const wasOpen = before !== undefined && before.value.state !== "closed";
    if (after.value.state === "closed") {
      if (wasOpen) await desk.announce("closed", after.value);
      return wasOpen ? "settled" : "noted";
    }
    const kind = wasOpen && before.value.round === after.value.round ? "joined" : "opened";
    await desk.announce(kind, after.value);
    return kind;
  };

  /** Closes waiting callbacks of a number that got through. One that rings is looked at when its ring is over. */
  const settle = async (pbx: Pbx, policy: Policy, number: NumberRecord): Promise<boolean> => {
    let settled = false;
    for (const id of number.callbacks) {
      const change = await rewrite(pbx.id, id, (record) =>
        record?.state === "waiting" ? decide(record, { policy, now: clock.now(), number }).record : undefined,
      );
      if (change === undefined) continue;
      settled ||= change.after.value.state === "closed";
      await announce(change);
    }
    return settled;
  };

  /** Whether another callback may be opened in this hour; the first that may not notifies. */
  const isWithinBound = async (pbx: string): Promise<boolean> => {
    const hour = Math.floor(clock.now() / 3_600_000);
    const key = { partition: `callbacks/opens/${pbx}`, id: String(hour) };
    const expiresAt = stateSeconds(clock.now()) + 2 * 3600;
    if ((await state.count(key, { by: 1, limit: rules.opensPerHour, expiresAt })) !== undefined) return true;
    desk.metrics.put({ callbacks_above_bound: 1 });
    const first = await state.write(key, null, { absent: true }, expiresAt);
    if (first !== undefined)
      await desk.notify(
        `Many missed calls at ${pbx}`,
        `${pbx} had more than ${rules.opensPerHour} new callbacks within an hour. The callbacks above this number are listed, but not dialled. Check whether a robot calls, and open important ones with \`wildix callback add\`.`,
      );
    return false;
  };

  const open = async (
    pbx: Pbx,
    policy: Policy,
    called: CalledNumber,
    id: string,
    number: NumberRecord,
    item: { readonly queue?: CallQueueName; readonly miss?: Miss; readonly asked?: Asked },
  ): Promise<TakenFact> => {
    const now = clock.now();
    const held = await index.read(pbx.id, id);
    const isOpen = held !== undefined && held.value.state !== "closed";
    if (!isOpen && (await doNotCall.has(pbx.id, called.e164))) return "ignored";
    let storm: boolean | undefined;
    const target = policy.target(item.queue);
    const change = async (): Promise<TakenFact> => {
      for (;;) {
        const before = await index.read(pbx.id, id);
        const joined = withItem(before?.value ?? blank(pbx.id, id, called, item.queue, target), item, now);
        if (joined === undefined) return "known";
        const opens = joined.state !== "closed" && before?.value.round !== joined.round;
        const decided = joined.state === "waiting" ? decide(joined, { policy, now, number }).record : joined;
        if (opens && decided.state !== "closed") storm ??= !(await isWithinBound(pbx.id));
        const record =
          opens && storm && decided.state !== "closed"
            ? decide({ ...joined, storm: true }, { policy, now, number }).record
            : decided;
        const after = await index.put(before, record, now);
        if (after === undefined) continue;
        if (opens && record.state !== "closed") desk.metrics.put({ callbacks_opened: 1 });
        return announce({ before, after });
      }
    };
    return change();
  };

  return {
    settle,

    /** Opens a callback that a person asked for, or joins the open one. Gives its id. */
    request: async (pbx: Pbx, policy: Policy, called: CalledNumber, asked: Asked) => {
      const id = await names.callback(pbx.id, called.e164, policy.queueKey(asked.queue));
      const number = await numbers.change(pbx.id, called.e164, (before) => withCallback(before, id));
      const taken = await open(pbx, policy, called, id, number, {
        ...defined({ queue: asked.queue }),
        asked,
      });
      return { id, taken };
    },

    /**
     * Takes one fact. The same fact again, in any order with others, changes nothing more. Throws STATE_UNAVAILABLE: take it again.
     * @param longAgo facts of history: they may be old
     */
    take: async (pbx: Pbx, fact: CallFact, longAgo = false): Promise<TakenFact> => {
      const policy = policyOf(pbx.settings);
      const now = clock.now();
      if (policy === undefined || fact.kind === "fax") return "ignored";
      const isOld = fact.endedAt < now - rules.oldestFactMs;
      if ((isOld && !longAgo) || fact.endedAt > now + rules.aheadMs || fact.endedAt < fact.startedAt)
        return "ignored";
      const called = calledNumber(fact.number, pbx.settings, policy.countries);
      if (called === undefined) return "ignored";
      const isMiss =
        fact.direction === "inbound" &&
        (fact.kind === "missed" || (fact.kind === "voicemail" && policy.voicemail === "callback")) &&
        fact.endedAt - fact.startedAt >= rules.shortestMissMs;
      const own = isMiss ? await names.callback(pbx.id, called.e164, policy.queueKey(fact.queue)) : undefined;
      let changed = false;
      const number = await numbers.change(pbx.id, called.e164, (before) => {
        const after = withFact(before, fact, own);
        changed = JSON.stringify(after) !== JSON.stringify(before);
        return after;
      });
      if (own === undefined) {
        if (fact.kind === "bridged" && (await settle(pbx, policy, number))) return "settled";
        return changed ? "noted" : "known";
      }
      const id = number.misses.find((miss) => sameCall(miss, intervalOf(fact)))?.callback ?? own;
      const miss: Miss = {
        ...intervalOf(fact),
        ...(fact.kind === "voicemail" ? { voicemail: true as const } : {}),
      };
      return open(pbx, policy, called, id, number, { ...defined({ queue: fact.queue }), miss });
    },
  };
};

export type Taking = ReturnType<typeof createTaking>;

const intervalOf = ({ startedAt, endedAt }: CallFact): Interval => ({ start: startedAt, end: endedAt });

const withCallback = (number: NumberRecord, id: string): NumberRecord =>
  number.callbacks.includes(id) ? number : { ...number, callbacks: [...number.callbacks, id].slice(-20) };

/** What is known of a number, with one fact more. `own`: the callback that a missed call is counted in. Pure. */
const withFact = (number: NumberRecord, fact: CallFact, own: string | undefined): NumberRecord => {
  const at = intervalOf(fact);
  if (fact.kind === "live") {
    if (fact.startedAt <= (number.ended ?? 0) || fact.startedAt <= (number.live ?? 0)) return number;
    return { ...number, live: fact.startedAt };
  }
  const { live, ...rest } = number;
  const ended = Math.max(number.ended ?? 0, fact.endedAt);
  let after: NumberRecord = { ...rest, ended, ...(live === undefined || live <= ended ? {} : { live }) };
  if (fact.direction === "outbound") {
    // the outcome of our ring is judged separately: two legs can look connected that were not
    if (fact.placed && isOwnRing(number, fact)) return after;
    const known = after.completed?.some((call) => sameCall(call, at));
    if (!known)
      after = {
        ...after,
        hand: Math.max(after.hand ?? 0, fact.startedAt),
        completed: [...(after.completed ?? []), { ...at, bridged: fact.kind === "bridged" }].slice(-10),
      };
  }
  const talked =
    fact.kind === "bridged" && (fact.talkSeconds ?? rules.bridgedSeconds) >= rules.bridgedSeconds;
  if (talked && fact.endedAt > (after.bridged?.end ?? 0))
    after = { ...after, bridged: { end: fact.endedAt, way: fact.direction } };
  if (own !== undefined && !after.misses.some((miss) => sameCall(miss, at))) {
    const misses = [...after.misses, { ...at, callback: own }];
    after = withCallback({ ...after, misses: misses.slice(-mostMisses) }, own);
  }
  return after;
};

/** A ring of ours begins so long before and after it was decided, ms: clocks differ, and an agent picks up. */
const ringSpan = { before: 10_000, after: 90_000 };
const isOwnRing = ({ dials }: NumberRecord, { startedAt }: CallFact): boolean =>
  dials.some(({ at }) => startedAt >= at - ringSpan.before && startedAt <= at + ringSpan.after);

const blank = (
  pbx: string,
  id: string,
  called: CalledNumber,
  queue: CallQueueName | undefined,
  target: string | undefined,
): CallbackRecord => ({
  id,
  pbx,
  number: called.e164,
  country: called.country,
  ...defined({ queue, target }),
  state: "closed",
  reason: "expired",
  due: Number.MAX_SAFE_INTEGER,
  misses: [],
  since: 0,
  until: 0,
  round: 0,
  n: 0,
  attempts: 0,
  failures: 0,
  agentMisses: 0,
  outcomes: [],
});

/** A callback with one missed call or request more. Undefined: it changes nothing. Pure. */
const withItem = (
  record: CallbackRecord,
  { miss, asked }: { readonly miss?: Miss; readonly asked?: Asked },
  now: number,
): CallbackRecord | undefined => {
  let after = record;
  if (miss !== undefined) {
    const misses = withMiss(record.misses, miss);
    if (JSON.stringify(misses) === JSON.stringify(record.misses)) return undefined;
    after = { ...after, misses };
  }
  if (asked !== undefined)
    after = {
      ...after,
      asked: { at: now, notBefore: Math.max(now, asked.notBefore) },
      ...defined({ name: asked.name }),
    };
  if (record.state !== "closed") return after;
  const until = record.until ?? 0;
  const isNew = openItems({ ...after, since: until }).length > 0;
  return isNew ? { ...nextRound(after, until), due: Number.MAX_SAFE_INTEGER } : after;
};

/** Missed calls with one more, oldest first; reports of one call are one. */
const withMiss = (misses: readonly Miss[], miss: Miss): readonly Miss[] => {
  const same = misses.filter((other) => sameCall(other, miss));
  const all = [...same, miss];
  const merged: Miss = {
    start: Math.min(...all.map(({ start }) => start)),
    end: Math.max(...all.map(({ end }) => end)),
    ...(all.some(({ voicemail }) => voicemail) ? { voicemail: true as const } : {}),
  };
  return [...misses.filter((other) => !same.includes(other)), merged]
    .toSorted((a, b) => a.start - b.start)
    .slice(-mostMisses);
};
