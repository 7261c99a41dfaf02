import { e164Reader } from "../../phone-number.ts";
import type { ExportRow } from "../rows/rows.ts";
import type { Call, Certainty } from "./call.ts";
import { type GroupingCounts, noCounts } from "./counts.ts";
import { callDescriber } from "./describe.ts";
import { Fifo } from "./fifo.ts";
import { Group } from "./group.ts";
import { type GroupingSettings, type Leg, legReader } from "./leg.ts";
import { LegIndex } from "./leg-index.ts";
import { isPerson } from "./leg-kinds.ts";
import type { Known } from "./rule.ts";
import { rules } from "./rules.ts";

export { type Call, type Certainty, callFields, callVersion } from "./call.ts";
export type { GroupingCounts } from "./counts.ts";
export type { GroupingSettings } from "./leg.ts";

/** Increases when the rules give other calls for the same legs. */
export const rulesVersion = 6;

const groupingDefaults = {
  /** Legs wait for the others of their channel: so many seconds, at least so many rows, and at most so many. */
  holdSeconds: 30,
  leastHeld: 64,
  mostHeld: 1_024,
  /** A call that a transfer can continue waits for it: so many seconds, at most with so many legs in all such calls. */
  horizonSeconds: 4 * 3600,
  mostKept: 10_000,
};

export interface GroupedLeg {
  readonly row: ExportRow;
  readonly call_id: string;
  /** As `placed_by` of a call. */
  readonly placed_by: string | null;
}

export interface Settled {
  /** In the order of their arrival. */
  readonly legs: readonly GroupedLeg[];
  /** Calls that get no further leg. */
  readonly calls: readonly Call[];
}

/** A group that waits, and how many legs it had then: with more, it waits at another place. */
interface Waiting {
  readonly group: Group;
  readonly legs: number;
}

interface Held {
  readonly row: ExportRow;
  readonly leg: Leg;
  /** The PBX's clock at the arrival. */
  readonly clock: number;
}

/** All that a grouper knows, as plain JSON. */
export interface GroupingSnapshot {
  readonly rules: number;
  readonly seq: number;
  readonly clock: number | null;
  readonly counts: GroupingCounts;
  readonly pbxid: string | null;
  /** Calls that wait for a transfer come first, in their order; the others have legs that are held. */
  readonly groups: readonly {
    readonly number: number;
    readonly legs: readonly Omit<Leg, "group">[];
    readonly certainty: Certainty;
    readonly callId: string | null;
  }[];
  readonly held: readonly { readonly row: ExportRow; readonly seq: number; readonly clock: number }[];
}

interface MutableSettled {
  readonly legs: GroupedLeg[];
  readonly calls: Call[];
}

const nothing: Settled = { legs: [], calls: [] };

const isWaiting = ({ group, legs }: Waiting): boolean => group.held === 0 && group.legs.length === legs;

/**
 * Makes calls of the legs of a PBX, in the order of their ids. Legs are held for a short while, then settled with the id of their
 * call. Memory is bounded; the same rows give the same legs and calls, also over a snapshot.
 */
export class CallGrouper {
  readonly counts: GroupingCounts;
  readonly #read: (row: ExportRow, seq: number) => Leg;
  readonly #describe: (group: Group) => Call;
  /** Those that a leg with a channel can need. */
  readonly #rulesOfChannels = rules.filter(({ withoutChannel }) => withoutChannel !== true);
  readonly #indexes = new Map<string, LegIndex>();
  /** Complete, but for a transfer; a group that got another leg is here again, or not any more. */
  readonly #waiting = new Fifo<Waiting>();
  #waitingLegs = 0;
  readonly #held = new Fifo<Held>();
  #seq = 0;
  /** The latest end of a leg, epoch seconds. */
  #clock: number | undefined;
  #pbxid: string | undefined;

  constructor(settings: GroupingSettings, snapshot?: GroupingSnapshot) {
    this.#read = legReader(settings);
    this.#describe = callDescriber(e164Reader(settings));
    this.counts = snapshot === undefined ? noCounts() : { ...snapshot.counts };
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  add(row: ExportRow): Settled {
    const leg = this.#read(row, this.#seq++);
    this.#count(leg);
    const clock = this.#tick(leg);
    this.#place(leg);
    this.#held.push({ row, leg, clock });
    return this.#settle(clock);
  }

  /** The rest: no leg follows. */
  finish(): Settled {
    const settled: MutableSettled = { legs: [], calls: [] };
    while (this.#held.first !== undefined) this.#settleFirst(settled);
    while (this.#waiting.first !== undefined) this.#closeFirst(settled.calls);
    return settled;
  }

  snapshot(): GroupingSnapshot {
    const waiting = [...this.#waiting].filter(isWaiting).map(({ group }) => group);
    const groups = new Set([...waiting, ...[...this.#held].flatMap(({ leg }) => leg.group ?? [])]);
    return {
      rules: rulesVersion,
      seq: this.#seq,
      clock: this.#clock ?? null,
      counts: { ...this.counts },
      pbxid: this.#pbxid ?? null,
      groups: [...groups].map((group) => ({
        number: group.number,
        legs: group.legs.map(({ group: _, ...leg }) => leg),
        certainty: group.certainty,
        callId: group.callId ?? null,
      })),
      held: [...this.#held].map(({ row, leg, clock }) => ({ row, seq: leg.seq, clock })),
    };
  }

  #restore({ seq, clock, pbxid, groups, held }: GroupingSnapshot): void {
    this.#seq = seq;
    this.#clock = clock ?? undefined;
    this.#pbxid = pbxid ?? undefined;
    const bySeq = new Map<number, Leg>();
    const restored: Group[] = [];
    for (const { number, legs, certainty, callId } of groups) {
      const [first, ...others] = legs.map((leg): Leg => ({ ...leg, group: undefined }));
      if (first === undefined) continue;
      const group = new Group(number, first);
      for (const leg of others) group.add(leg);
      for (const leg of group.legs) bySeq.set(leg.seq, leg);
      group.certainty = certainty;
      group.callId = callId ?? undefined;
      restored.push(group);
    }
    for (const leg of [...bySeq.values()].sort((a, b) => a.seq - b.seq)) this.#indexOf(leg.pbxid).add(leg);
    for (const { row, seq: number, clock: arrived } of held) {
      const leg = bySeq.get(number);
      const group = leg?.group;
      if (leg === undefined || group === undefined) throw new RangeError(`the snapshot has no leg ${number}`);
      this.#held.push({ row, leg, clock: arrived });
      group.held++;
    }
    for (const group of restored) if (group.held === 0) this.#wait(group);
  }

  #count(leg: Leg): void {
    this.counts.legs++;
    if (leg.channel === "") this.counts.legs_without_channel++;
    this.#pbxid ??= leg.pbxid;
    if (leg.pbxid !== this.#pbxid) this.counts.legs_of_other_pbxs++;
  }

  /** The PBX's clock after a leg. It does not go back, except by a day or more: then it was wrong before. */
  #tick({ end }: Leg): number {
    const now = this.#clock ?? end ?? 0;
    if (end !== null && (end > now || end < now - 86_400)) {
      if (end < now) this.counts.clock_jumps++;
      this.#clock = end;
    } else this.#clock = now;
    return this.#clock;
  }

  #indexOf(pbxid: string): LegIndex {
    let index = this.#indexes.get(pbxid);
    if (index === undefined) {
      index = new LegIndex();
      this.#indexes.set(pbxid, index);
    }
    return index;
  }

  /** Adds a leg to the call that a rule finds, or begins one. */
  #place(leg: Leg): void {
    const index = this.#indexOf(leg.pbxid);
    const known: Known = {
      index,
      own: index.byChannel(leg.channel),
      reached: index.byChannel(leg.dstchannel),
      settled: this.#held.first?.leg.seq ?? leg.seq,
    };
    const earlier = known.own.caller;
    let group: Group | undefined;
    let certainty: Certainty = "exact";
    const take = (found: Leg): void => {
      const other = found.group;
      if (other === undefined || other === group) return;
      if (group === undefined ? other.refuses(leg) : group.contradicts(other)) this.counts.refused++;
      else if (group === undefined) {
        group = other;
        this.#join(leg, other, certainty);
      } else this.#merge(group, other, certainty);
    };
    for (const rule of leg.channel === "" ? rules : this.#rulesOfChannels) {
      ({ certainty } = rule);
      rule.find(leg, known, take);
    }
    group ??= new Group(leg.seq, leg);
    if (earlier?.channel === leg.channel && earlier.group !== group) this.counts.channels_reused++;
    group.held++;
    index.add(leg);
  }

  #join(leg: Leg, group: Group, certainty: Certainty): void {
    this.#stopWaiting(group);
    group.add(leg);
    group.weaken(certainty);
  }

  #merge(group: Group, other: Group, certainty: Certainty): void {
    this.#stopWaiting(other);
    group.absorb(other);
    group.weaken(certainty);
  }

  #settle(clock: number): Settled {
    const { holdSeconds, leastHeld, mostHeld } = groupingDefaults;
    let settled: MutableSettled | undefined;
    for (let { size } = this.#held; size > leastHeld; size--) {
      const arrived = this.#held.first?.clock ?? clock;
      if (size <= mostHeld && clock - arrived < holdSeconds && clock >= arrived) break;
      settled ??= { legs: [], calls: [] };
      this.#settleFirst(settled);
    }
    if (settled === undefined) return nothing;
    this.#closeOld(clock, settled.calls);
    return settled;
  }

  #settleFirst({ legs, calls }: MutableSettled): void {
    const first = this.#held.shift();
    const group = first?.leg.group;
    if (first === undefined || group === undefined) return;
    legs.push({ row: first.row, call_id: group.idOf(), placed_by: first.leg.placedBy });
    group.held--;
    if (group.held > 0) return;
    if (group.callerInside) this.#wait(group);
    else this.#close(group, calls);
  }

  #wait(group: Group): void {
    const legs = group.legs.length;
    this.#waiting.push({ group, legs });
    this.#waitingLegs += legs;
  }

  /** Before a group that may wait gets a leg. */
  #stopWaiting(group: Group): void {
    if (group.held === 0) this.#waitingLegs -= group.legs.length;
  }

  #closeOld(clock: number, calls: Call[]): void {
    const { horizonSeconds, mostKept } = groupingDefaults;
    for (;;) {
      const { first } = this.#waiting;
      if (first === undefined) return;
      const { end } = first.group;
      const isOver = end === null || end + horizonSeconds < clock || this.#waitingLegs > mostKept;
      if (isWaiting(first) && !isOver) return;
      this.#closeFirst(calls);
    }
  }

  /** Takes the first that waits; closes it, unless it waits at another place. */
  #closeFirst(calls: Call[]): void {
    const first = this.#waiting.shift();
    if (first === undefined || !isWaiting(first)) return;
    this.#waitingLegs -= first.legs;
    this.#close(first.group, calls);
  }

  #close(group: Group, calls: Call[]): void {
    for (const leg of group.legs) this.#forget(leg);
    this.counts.calls++;
    this.counts[group.certainty]++;
    calls.push(this.#describe(group));
  }

  #forget(leg: Leg): void {
    const index = this.#indexes.get(leg.pbxid);
    index?.remove(leg);
    if (index?.isEmpty === true) this.#indexes.delete(leg.pbxid);
  }
}

/** Returns a function that says whether a person answered a leg. */
export const personTest = (settings: GroupingSettings): ((row: ExportRow) => boolean) => {
  const read = legReader(settings);
  return (row) => isPerson(read(row, 0));
};

/** The calls of a few rows. */
export const groupLegs = (settings: GroupingSettings, rows: Iterable<ExportRow>): Call[] => {
  const grouper = new CallGrouper(settings);
  const calls: Call[] = [];
  for (const row of rows) calls.push(...grouper.add(row).calls);
  calls.push(...grouper.finish().calls);
  return calls;
};
