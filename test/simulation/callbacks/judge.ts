import { entryKey } from "../../../lib/callbacks/controller/entries.ts";
import { sameCall } from "../../../lib/callbacks/facts.ts";
import { type CallbackRecord, firstOf, lastOf, openItems } from "../../../lib/callbacks/record.ts";
import type { StateStore } from "../../../lib/state.ts";
import { wallClock } from "../../support/callback-pbx.ts";
import type { Ring, Truth, TruthCall } from "./truth.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** A dial leaves so long after it was decided, and its ring begins a second later. */
const lag = 12 * second;

const text = (ms: number): string => new Date(ms).toISOString();

/** Local minutes of the day, and the weekday (Monday is 1). */
const local = (zone: string, at: number) => {
  const clock = wallClock(zone, at).text;
  const minutes = Number(clock.slice(11, 13)) * 60 + Number(clock.slice(14, 16));
  const weekday = new Date(`${clock.slice(0, 10)}T12:00:00Z`).getUTCDay();
  return { minutes, weekday, date: clock.slice(5, 10) };
};

/** Monday to Friday 09:00 to 17:55 there, and 09:00 to 20:00 at every clock of the callers. Not on December 25. */
const isOpen = ({ place }: Truth, at: number): boolean => {
  const own = local(place.zone, at);
  if (own.weekday < 1 || own.weekday > 5 || own.date === "12-25") return false;
  if (own.minutes < 9 * 60 || own.minutes >= 17 * 60 + 55) return false;
  return place.zones.every((zone) => {
    const { minutes } = local(zone, at);
    return minutes >= 9 * 60 && minutes < 20 * 60;
  });
};

const isDial = ({ end }: Ring): boolean => end !== "agent_missed" && end !== "agent_hung_up";
const isMiss = ({ kind, direction, start, end }: TruthCall): boolean =>
  kind === "missed" && direction === "inbound" && end - start >= 6 * second;

/** What a ring must not be. */
const ring = (truth: Truth, one: Ring): string[] => {
  const failures: string[] = [];
  const { at, number, target } = one;
  const fail = (what: string): void =>
    void failures.push(`${text(at)} ${target} -> …${number.slice(-2)}: ${what}`);
  const others = truth.rings.filter((other) => other !== one);
  if (![0, lag].some((back) => isOpen(truth, at - back))) fail("outside the hours");
  if (!truth.place.numbers.includes(number)) fail("a number that is never called back");
  const blocked = truth.blocked.get(number);
  if (blocked !== undefined && at - lag > blocked) fail("a number on the list");
  if (truth.stops.some(({ from, to }) => at - lag > from && at < to)) fail("calls are stopped");
  if (truth.observed.some(({ from, to }) => at - lag > from && at < to)) fail("the mode is observe");
  if (one.mark && others.some(({ mark }) => mark === one.mark)) fail("a key that rings twice");
  const dials = others.filter((other) => other.number === number && isDial(other));
  if (dials.some((other) => Math.abs(at - other.at) < 5 * minute - lag))
    fail("dialled less than 5 minutes before");
  for (const other of dials) {
    const spacing = { no_answer: 60 * minute, failed: 30 * minute } as Record<string, number>;
    if (at - other.at < (spacing[other.end] ?? 0) - lag) fail(`too soon after ${other.end}`);
  }
  if (dials.filter((other) => at - other.at < 24 * hour - lag).length >= 3) fail("a fourth dial in a day");
  const hand = truth.calls.findLast(
    (call) => call.number === number && call.direction === "outbound" && call.visible < at - 70 * second,
  );
  if (hand !== undefined && at - hand.start < 5 * minute - lag)
    fail("called by hand less than 5 minutes before");
  const places = truth.settings.callbacks?.concurrent ?? 1;
  const busy = others.filter((other) => other.target === target && other.at <= at && other.over > at);
  // a ring whose outcome nobody knows is over after two hours, as far as anybody can tell
  if (busy.filter((other) => at - other.at < 2 * hour).length >= places) fail("its target rings already");
  const bridges = [
    ...truth.calls.filter(
      (call) => call.number === number && call.kind === "bridged" && call.talkMs >= 5 * second,
    ),
    ...others
      .filter((other) => other.number === number && other.end === "talked")
      .map((other) => ({ ...other, start: other.at, end: other.over })),
  ].filter(({ visible }) => visible < at - 70 * second);
  const settled = Math.max(0, ...bridges.map(({ end }) => end));
  const misses = truth.calls.filter((call) => call.number === number && isMiss(call));
  if (settled > 0 && !misses.some(({ start, end }) => start > settled - second && end < at))
    fail("they talked");
  return failures;
};

/** An open record has an entry that is not later than its due. */
const index = async (state: StateStore, now: number): Promise<string[]> => {
  const entries = new Map<string, number>();
  for (const shard of [0, 1, 2, 3])
    for await (const { id } of state.list(`callbacks/due/${shard}`)) {
      const [due = "", , , callback = ""] = id.split("~");
      entries.set(
        callback,
        Math.min(entries.get(callback) ?? Number.POSITIVE_INFINITY, Number(due) * second),
      );
    }
  const failures: string[] = [];
  for await (const { value } of state.list<CallbackRecord>("callbacks/milan"))
    if (value.state !== "closed" && (entries.get(value.id) ?? Number.POSITIVE_INFINITY) > value.due)
      failures.push(`${text(now)} an open callback has no entry until its due`);
  return failures;
};

/** What the first sweep that works must look at: of each target the oldest callback that is due, unless the target is not free. */
export interface Duty {
  readonly pbx: string;
  readonly target: string;
  readonly id: string;
  /** The entry and the record as they were. */
  readonly versions: string;
}

const duties = async (state: StateStore, now: number): Promise<Duty[]> => {
  const found = new Map<string, Duty & { readonly first: number }>();
  const before = String(Math.floor(now / second) + 1).padStart(11, "0");
  for (const shard of [0, 1, 2, 3]) {
    const partition = `callbacks/due/${shard}`;
    for await (const { id: entry, version, value } of state.list<{ first: number }>(
      partition,
      undefined,
      before,
    )) {
      const [, pbx = "", target = "", id = ""] = entry.split("~");
      const held = await state.read<CallbackRecord>({ partition: `callbacks/${pbx}`, id });
      if (held?.value.state !== "waiting" || entryKey(held.value).id !== entry || target === "") continue;
      const { first } = value;
      const place = `${pbx}~${target}`;
      if ((found.get(place)?.first ?? Number.POSITIVE_INFINITY) <= first) continue;
      found.set(place, { pbx, target, id, first, versions: version + held.version });
    }
  }
  const free: Duty[] = [];
  for (const duty of found.values()) if (await isFree(state, duty, now)) free.push(duty);
  return free;
};

const isFree = async (state: StateStore, { pbx, target }: Duty, now: number): Promise<boolean> => {
  const partition = `callbacks/target/${pbx}`;
  for await (const { value } of state.list<CallbackRecord>(`callbacks/${pbx}`))
    if (value.state === "ringing" && value.dial?.target === target) return false;
  const pause = await state.read({ partition, id: `${target}~pause` });
  return (pause?.expiresAt ?? 0) * second <= now;
};

/** A sweep that works leaves out nothing of a PBX that works. */
const leftOut = async (
  state: StateStore,
  before: readonly Duty[],
  now: number,
  works: (pbx: string) => boolean,
): Promise<string[]> => {
  const after = await duties(state, now);
  return before
    .filter(({ pbx, versions }) => works(pbx) && after.some((duty) => duty.versions === versions))
    .map(({ pbx, target }) => `${text(now)} a sweep left out what is due at ${target} of ${pbx}`);
};

/** A ring is of the oldest callback of its target that was due when the sweep began. `written`: when entries were. */
const order = async (
  state: StateStore,
  ringing: { readonly target: string; readonly number: string; readonly queue: string },
  begun: number,
  written: ReadonlyMap<string, number>,
): Promise<string[]> => {
  const records: CallbackRecord[] = [];
  for await (const { value } of state.list<CallbackRecord>("callbacks/milan")) records.push(value);
  const own = records.find(
    ({ number, queue }) => number === ringing.number && (queue?.name ?? "") === ringing.queue,
  );
  if (own === undefined) return ["a ring without a record"];
  const older = records.some(
    (record) =>
      record.state === "waiting" &&
      record.target === ringing.target &&
      firstOf(record) < firstOf(own) &&
      record.due <= begun &&
      (written.get(entryKey(record).id) ?? begun) < begun,
  );
  return older ? [`${text(begun)} ${ringing.target}: a younger callback before an older one`] : [];
};

const countedOf = ({ misses }: CallbackRecord) => misses.filter(({ moved }) => !moved);

const end = (truth: Truth, records: readonly CallbackRecord[], heard: ReadonlySet<Ring>): string[] => {
  const failures: string[] = [];
  for (const ring of truth.rings)
    if (!heard.has(ring))
      failures.push(
        `${text(ring.at)} the outcome ${ring.end} of a ring of …${ring.number.slice(-2)} is not kept`,
      );
  for (const record of records) {
    const name = `…${record.number.slice(-2)} ${record.queue?.name ?? ""}`;
    if (record.state !== "closed")
      failures.push(`${name} stays ${record.state} (${record.reason}), last ${text(lastOf(record))}`);
    if (!truth.place.numbers.includes(record.number)) failures.push(`${name} must not be opened`);
    const dials = truth.rings.filter((one) => one.number === record.number && isDial(one)).length;
    if (record.attempts > dials) failures.push(`${name} counts ${record.attempts} dials of ${dials}`);
    if (record.reason === "talked" && record.attempts === 0)
      failures.push(`${name} counts no dial, although they talked`);
    if (record.reason === "attempts" && record.attempts !== truth.settings.callbacks?.attempts)
      failures.push(`${name} closed with ${record.attempts} attempts`);
    const outcomes = record.outcomes.filter(({ outcome }) => outcome === "agent_missed").length;
    if (record.reason === "no_agent" && outcomes < 6)
      failures.push(`${name} closed after ${outcomes} agents`);
  }
  const names = records.map(({ number, queue }) => `${number} ${queue?.name ?? ""}`);
  if (new Set(names).size < names.length) failures.push("a number and queue with two callbacks");
  for (const record of records) {
    if (record.reason !== "got_through" && record.reason !== "called_back") continue;
    const talks = [
      ...truth.calls.filter(({ number, kind }) => number === record.number && kind === "bridged"),
      ...truth.rings.filter(
        ({ number, end, inParts }) =>
          number === record.number && (end === "talked" || (end === "agent_voicemail" && inParts)),
      ),
    ];
    if (talks.length === 0)
      failures.push(`…${record.number.slice(-2)} is closed as ${record.reason}, and nobody talked`);
  }
  for (const number of truth.place.numbers) {
    const misses = records.filter((record) => record.number === number).flatMap(countedOf);
    for (const call of truth.calls.filter((other) => other.number === number && isMiss(other))) {
      const found = misses.filter((miss) => sameCall(miss, call)).length;
      if (found > 1) failures.push(`a missed call of …${number.slice(-2)} counts ${found} times`);
      const isSeen = call.start > truth.polledFrom && call.start < truth.polledTo - 2 * hour;
      const isPolled = isSeen && call.visible - call.start <= 3 * minute;
      const known = isPolled || call.acknowledged < Number.POSITIVE_INFINITY;
      if (known && found === 0 && !truth.blocked.has(number))
        failures.push(`a missed call of …${number.slice(-2)} at ${text(call.start)} is not counted`);
    }
    const real = truth.calls.filter((call) => call.number === number && isMiss(call));
    for (const miss of misses)
      if (!real.some((call) => sameCall(miss, call)))
        failures.push(`a call of …${number.slice(-2)} at ${text(miss.start)} counts and was not missed`);
  }
  for (const { id, at } of truth.cancelled) {
    const record = records.find((one) => one.id === id);
    if (record === undefined || record.state !== "closed") continue;
    const after = openItems(record).some(({ start }) => start > at - 20 * second);
    const rang = truth.rings.some(
      (one) => one.number === record.number && one.queue === (record.queue?.name ?? "") && one.at > at + lag,
    );
    if (rang && !after)
      failures.push(`…${record.number.slice(-2)} rang after it was cancelled at ${text(at)}`);
  }
  return failures;
};

/** Keys, logs, audit lines and events say no number. */
const texts = (truth: Truth, all: readonly string[]): string[] => {
  const digits = truth.place.numbers.map((number) => number.slice(-8));
  const leak = all.find((one) => digits.some((some) => one.includes(some)));
  return leak === undefined ? [] : [`a number in ${leak.slice(0, 60)}`];
};

export const judge = { ring, index, duties, leftOut, order, end, texts };
