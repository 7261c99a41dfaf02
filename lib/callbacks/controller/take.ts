import { defined } from "../../defined.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { type CallFact, type CallQueueName, type Interval, sameCall, surenessOf } from "../facts.ts";
import { type CalledNumber, calledNumber } from "../numbers.ts";
import { type Policy, policyOf, rules } from "../policy.ts";
import { type CallbackRecord, type Miss, type NumberRecord, openItems } from "../record.ts";
import { createBound } from "./bound.ts";
import { decide, nextRound } from "./decide.ts";
import type { Desk } from "./desk.ts";

/**
 * The effect of a fact. `opened`: it opened a callback. `joined`: it was added to an open callback. `known`: it was counted before.
 * `settled`: it closed a callback. `noted`: it changes when the number may be dialled. `ignored`: the product does not need it,
 * for example because callbacks are off or the number is not called back.
 */
export type TakenFact = "opened" | "joined" | "known" | "settled" | "noted" | "ignored";

/** Number of missed calls that a record keeps, the newest. */
const mostMisses = 200;

/** A request by the API, an event or the command. */
export interface Asked {
  readonly queue?: CallQueueName;
  readonly name?: string;
  /** Epoch ms. */
  readonly notBefore: number;
}

/** Applies facts about calls: opens callbacks, adds missed calls to open callbacks, and closes callbacks that are settled. */
export const createTaking = (desk: Desk) => {
  const { clock, index, numbers, names, doNotCall } = desk;
  const bound = createBound(desk);

  /** Decides about a waiting callback again, and repeats this if another process wrote the record first. Returns true if the callback is closed. */
  const settleOne = async (pbx: Pbx, policy: Policy, number: NumberRecord, id: string): Promise<boolean> => {
    const within = bound();
    for (;;) {
      const held = await index.read(pbx.id, id);
      if (held?.value.state !== "waiting") return false;
      const now = clock.now();
      const facts = { policy, now, number };
      const record = await within(held.value, decide(held.value, facts).record, facts);
      if (JSON.stringify(record) === JSON.stringify(held.value)) return false;
      const after = await index.put(held, record, now);
      if (after !== undefined) return (await desk.noteChange(held.value, after.value)) === "closed";
    }
  };

  /** Closes the waiting callbacks of a number that reached a person. A ringing callback is decided after its ring. */
  const settle = async (pbx: Pbx, policy: Policy, number: NumberRecord): Promise<boolean> => {
    let settled = false;
    for (const id of number.callbacks) {
      if (await settleOne(pbx, policy, number, id)) settled = true;
    }
    return settled;
  };

  /**
   * The callback that counts a missed call. A source that is surer of the queue moves the call to the callback of its queue, unless
   * the other callback has rung or is closed. The other callback is written first: a cancellation that comes before it counts.
   */
  const countedIn = async (
    pbx: Pbx,
    policy: Policy,
    e164: string,
    number: NumberRecord,
    fact: CallFact,
    own: string,
    mayMove: boolean,
  ): Promise<{ readonly id: string; readonly number: NumberRecord; readonly from?: CallbackRecord }> => {
    const at = intervalOf(fact);
    const { callback: id = own, sure = Number.POSITIVE_INFINITY } =
      number.misses.find((miss) => sameCall(miss, at)) ?? {};
    if (id === own) return { id, number };
    const move = (before: NumberRecord): NumberRecord => ({
      ...withCallback(before, own),
      misses: before.misses.map((miss) =>
        miss.callback === id && sameCall(miss, at)
          ? { ...miss, callback: own, sure: surenessOf(fact) }
          : miss,
      ),
    });
    const isSurer = mayMove && surenessOf(fact) > sure;
    if (isSurer) await settleOne(pbx, policy, move(number), id);
    const from = (await index.read(pbx.id, id))?.value;
    const isThere = from?.misses.some((miss) => !miss.moved && sameCall(miss, at));
    // a callback that was never written has no queue but that of this fact
    if (isThere || (!isSurer && from !== undefined)) return { id, number };
    return { id: own, number: await numbers.change(pbx.id, e164, move), ...defined({ from }) };
  };

  const open = async (
    pbx: Pbx,
    policy: Policy,
    called: CalledNumber,
    id: string,
    number: NumberRecord,
    item: {
      readonly queue?: CallQueueName;
      readonly miss?: Miss;
      readonly asked?: Asked;
      /** The callback from which the missed call was moved. */
      readonly from?: CallbackRecord;
    },
  ): Promise<TakenFact> => {
    const now = clock.now();
    const held = await index.read(pbx.id, id);
    const isOpen = held !== undefined && held.value.state !== "closed";
    if (!isOpen && (await doNotCall.has(pbx.id, called.e164))) return "ignored";
    const target = policy.target(item.queue);
    const within = bound();
    for (;;) {
      const before = await index.read(pbx.id, id);
      const held = before?.value ?? blank(pbx.id, id, called, item.queue, target);
      const joined = withItem(held, item, now, number);
      if (joined === undefined) return "known";
      const facts = { policy, now, number };
      const decided = joined.state === "waiting" ? decide(joined, facts).record : joined;
      const after = await index.put(before, await within(before?.value, decided, facts, item.from), now);
      if (after === undefined) continue;
      const did = await desk.noteChange(before?.value, after.value);
      if (did !== undefined) return did === "closed" ? "settled" : "opened";
      if (after.value.state === "closed") return "noted";
      await desk.announce("joined", after.value);
      return "joined";
    }
  };

  return {
    settle,

    /** Opens a requested callback, or adds the request to the open one. Returns its id. */
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
     * Applies one fact. A repeated fact changes nothing, in any order of facts. Throws STATE_UNAVAILABLE; then apply the fact again.
     * @param longAgo true for facts from the call history, which may be old
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
      const {
        id,
        number: known,
        from,
      } = await countedIn(pbx, policy, called.e164, number, fact, own, !longAgo);
      const miss: Miss = {
        ...intervalOf(fact),
        ...(fact.kind === "voicemail" ? { voicemail: true as const } : {}),
      };
      return open(pbx, policy, called, id, known, { ...defined({ queue: fact.queue, from }), miss });
    },
  };
};

export type Taking = ReturnType<typeof createTaking>;

const intervalOf = ({ startedAt, endedAt }: CallFact): Interval => ({ start: startedAt, end: endedAt });

const withCallback = (number: NumberRecord, id: string): NumberRecord =>
  number.callbacks.includes(id) ? number : { ...number, callbacks: [...number.callbacks, id].slice(-20) };

/** The record of a number with one more fact. `own`: id of the callback that counts this missed call. Pure. */
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
    // the outcome of our ring is decided separately, because two legs can look connected although they were not
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
    const misses = [...after.misses, { ...at, callback: own, sure: surenessOf(fact) }];
    after = withCallback({ ...after, misses: misses.slice(-mostMisses) }, own);
  }
  return after;
};

/** A call in this span around the time of a dial is our own ring, ms. Clocks differ, and the agent takes time to pick up. */
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

/** The callback with one more missed call or request. Undefined if nothing changes. Pure. */
const withItem = (
  record: CallbackRecord,
  { miss, asked }: { readonly miss?: Miss; readonly asked?: Asked },
  now: number,
  number: NumberRecord,
): CallbackRecord | undefined => {
  const until = record.until ?? 0;
  let after = record;
  if (miss !== undefined) {
    const misses = withMiss(record, miss);
    if (JSON.stringify(misses) === JSON.stringify(record.misses)) return undefined;
    after = { ...after, misses };
  }
  if (asked !== undefined) {
    // a person requested it, so the limit for robots does not apply
    const { storm: _storm, ...rest } = after;
    after = {
      ...rest,
      // the request replaces the earlier reason to wait
      ...(record.state === "waiting" ? { reason: "delay" as const } : {}),
      // later than a cancellation and every settled call, even if the clock of the PBX is ahead
      asked: {
        at: Math.max(now, until + 1, (record.cancelled ?? 0) + 1, (number.bridged?.end ?? 0) + 1),
        notBefore: Math.max(now, asked.notBefore),
      },
      ...defined({ name: asked.name }),
    };
  }
  if (record.state !== "closed") return after;
  const isNew = openItems({ ...after, since: until }).length > 0;
  return isNew ? { ...nextRound(after, until), due: Number.MAX_SAFE_INTEGER } : after;
};

/** The missed calls with one more, oldest first. Several reports of the same call count as one. */
const withMiss = ({ misses, since }: CallbackRecord, miss: Miss): readonly Miss[] => {
  const same = misses.filter((other) => sameCall(other, miss));
  const all = [...same, miss];
  // a report with an earlier time must not move a call of this round into the previous round
  const least = same.some(({ start }) => start > since) ? since + 1 : 0;
  const merged: Miss = {
    start: Math.max(least, Math.min(...all.map(({ start }) => start))),
    end: Math.max(...all.map(({ end }) => end)),
    ...(all.some(({ voicemail }) => voicemail) ? { voicemail: true as const } : {}),
  };
  return [...misses.filter((other) => !same.includes(other)), merged]
    .toSorted((a, b) => a.start - b.start)
    .slice(-mostMisses);
};
