import { channelName, type Leg } from "../scenes/leg.ts";
import type { PlayedCall, Truth } from "../scenes/truth.ts";
import { addDays, dayOf, localDay, offsetAt } from "../zone.ts";
import { channelsOfScene, Day, withoutUnanswered } from "./day.ts";
import { callsOfDay } from "./profile.ts";
import { type CallIds, callIdsOf, localOf, type Row, rowOf } from "./row.ts";

export interface HistoryOptions {
  readonly seed: number;
  readonly zone: string;
  /** Calls of an average working day; Mondays have more, weekends few. */
  readonly calls: number;
  /** Calls of single days, by date. */
  readonly callsOn: Readonly<Record<string, number>>;
  /** Rows of single days, by date: as many calls as make exactly so many rows. */
  readonly rowsOn: Readonly<Record<string, number>>;
  /** Whether phones that rang for nothing, beside others or before others, have a row. */
  readonly unanswered: boolean;
  /** Days of history up to today. */
  readonly days: number;
  /** Epoch seconds. */
  readonly now: () => number;
  readonly pbxid: string;
}

/** A position in the history: a made row of a day, or one that came later. */
export interface Position {
  readonly id: number;
  /** Local seconds of the start, as if UTC. */
  readonly start: number;
  readonly row: () => Row;
}

/** A call as it really was, and the ids of its rows. */
export interface CallOfDay {
  readonly key: string;
  readonly truth: Truth;
  readonly ids: readonly string[];
}

/** Months of calls made from a seed, the same each time, plus what happened since: calls placed, and what tests change. */
export class History {
  readonly options: HistoryOptions;
  readonly #days: Day[] = [];
  readonly #added: Row[] = [];
  readonly #addedCalls: CallOfDay[] = [];
  readonly #addedIds = new Map<number, CallIds>();
  #fields = { callIds: false, channels: true };
  readonly #removed = new Set<number>();
  readonly #changed = new Map<number, Partial<Row>>();
  #nextId: number;
  #nextChannel: number;
  /** Set when the PBX was replaced: days from here on have ids from 1 again. */
  #restartedOn: string | undefined;

  constructor(options: HistoryOptions) {
    this.options = options;
    const { zone, seed, unanswered, days, callsOn, rowsOn, calls } = options;
    const now = options.now();
    const today = dayOf(zone, now);
    let [base, scenesBefore] = [0, 0];
    for (let back = days - 1; back >= 0; back--) {
      const local = localDay(zone, addDays(today, -back));
      const rows = rowsOn[local.day];
      const day = new Day({
        local,
        zone,
        seed,
        base,
        scenesBefore,
        size: rows === undefined ? { calls: callsOn[local.day] ?? callsOfDay(local.day, calls) } : { rows },
        confined: rows !== undefined || rowsOn[addDays(local.day, 1)] !== undefined,
        unanswered,
        now,
      });
      this.#days.push(day);
      base += day.starts.length;
      scenesBefore += day.sceneCount;
    }
    this.#nextId = base + 1;
    this.#nextChannel = scenesBefore * channelsOfScene;
  }

  /** After this day's noon the ids start again at 1, under another serial: the PBX was replaced. */
  restartIds(day: string | undefined): void {
    this.#restartedOn = day;
  }

  #identity(day: Day, at: number): { id: number; pbxid: string } {
    const { pbxid } = this.options;
    const restart = this.#restartedOn;
    if (restart === undefined || day.local.day < restart) return { id: day.base + at + 1, pbxid };
    const origin = this.#days.find((each) => each.local.day === restart);
    const first = (origin?.base ?? 0) + Math.floor((origin?.starts.length ?? 0) / 2);
    const position = day.base + at;
    return position < first
      ? { id: position + 1, pbxid }
      : { id: position - first + 1, pbxid: `${pbxid.slice(0, -1)}f` };
  }

  /** Rows whose start is in [from, to] and id in [fromId, toId], in id order where ids never restarted. */
  *positions(from: number, to: number, fromId: number, toId: number): Generator<Position> {
    for (const day of this.#days) {
      if (day.latest < from || day.earliest > to) continue;
      const restarted = this.#restartedOn !== undefined;
      const first = restarted ? 0 : Math.max(0, fromId - day.base - 1);
      const last = restarted ? day.starts.length - 1 : Math.min(day.starts.length - 1, toId - day.base - 1);
      for (let at = first; at <= last; at++) {
        const start = day.starts[at] ?? 0;
        if (start < from || start > to) continue;
        const { id } = this.#identity(day, at);
        if (id < fromId || id > toId || this.#removed.has(id)) continue;
        yield { id, start, row: () => this.#row(day, at) };
      }
    }
    for (const row of this.#added) {
      const [id, start] = [Number(row.id), localOf(row.start)];
      if (start < from || start > to || id < fromId || id > toId || this.#removed.has(id)) continue;
      yield { id, start, row: () => this.#shownAdded(row) };
    }
  }

  /** How many rows there are, without making them. */
  count(from: number, to: number, fromId: number, toId: number): number {
    let count = 0;
    const touched = this.#removed.size > 0 || this.#restartedOn !== undefined;
    for (const day of this.#days) {
      if (day.latest < from || day.earliest > to) continue;
      if (!touched && day.earliest >= from && day.latest <= to) {
        const first = Math.max(0, fromId - day.base - 1);
        const last = Math.min(day.starts.length - 1, toId - day.base - 1);
        count += Math.max(0, last - first + 1);
        continue;
      }
      for (let at = 0; at < day.starts.length; at++) {
        const start = day.starts[at] ?? 0;
        if (start < from || start > to) continue;
        const { id } = this.#identity(day, at);
        if (id >= fromId && id <= toId && !this.#removed.has(id)) count++;
      }
    }
    for (const row of this.#added) {
      const [id, start] = [Number(row.id), localOf(row.start)];
      if (start >= from && start <= to && id >= fromId && id <= toId && !this.#removed.has(id)) count++;
    }
    return count;
  }

  /** Whether `positions` gives ascending ids. */
  get ordered(): boolean {
    return (
      this.#restartedOn === undefined &&
      this.#added.every((row, at) => Number(row.id) > Number(this.#added[at - 1]?.id ?? 0))
    );
  }

  #row(day: Day, at: number): Row {
    const { id, pbxid } = this.#identity(day, at);
    const { leg, legs } = day.leg(at);
    const row = rowOf(leg, id, pbxid, day.offsetOf);
    if (id % 17 === 0) row["tags"] = "vip";
    return this.#shown(row, () => callIdsOf(leg, legs));
  }

  /** The current form of a row, with the fields that this PBX shows. */
  #shown(row: Row, idsOf: () => CallIds | undefined): Row {
    const { callIds, channels } = this.#fields;
    if (!channels) [row["channel"], row["dstchannel"]] = ["", ""];
    if (callIds) Object.assign(row, idsOf());
    return Object.assign(row, this.#changed.get(Number(row.id)));
  }

  #shownAdded(row: Row): Row {
    return this.#shown({ ...row }, () => this.#addedIds.get(Number(row.id)));
  }

  /** Which fields rows have, beside those that they always have. */
  show(fields: { readonly callIds: boolean; readonly channels: boolean }): void {
    this.#fields = fields;
  }

  /** A number for a channel that no other has. */
  nextChannel = (): number => this.#nextChannel++;

  /** A call that is over: its rows get the next ids. */
  add(call: PlayedCall): void {
    const { zone, pbxid, unanswered } = this.options;
    const legs = unanswered ? call.legs : withoutUnanswered(call.legs);
    const rows = legs.map((leg) => {
      this.#addedIds.set(this.#nextId, callIdsOf(leg, legs));
      return rowOf(leg, this.#nextId++, pbxid, (epochSeconds) => offsetAt(zone, epochSeconds));
    });
    this.#added.push(...rows);
    this.#addedCalls.push({
      key: `added-${this.#addedCalls.length}`,
      truth: call.truth,
      ids: rows.map(({ id }) => id),
    });
  }

  /** Adds a row without a call with the next id, for tests. `start` is local text. */
  insert(row: Partial<Row> & { start: string }): Row {
    const { zone, pbxid } = this.options;
    const local = localOf(row.start);
    const start = local - offsetAt(zone, local - offsetAt(zone, local));
    const number = this.#nextId++;
    const [from, to] = [
      { number: "101", name: "" },
      { number: "102", name: "" },
    ];
    const leg: Leg = {
      channel: channelName(`SIP/${from.number}`, this.nextChannel()),
      dstchannel: "",
      start,
      answer: undefined,
      end: start,
      billsec: 0,
      disposition: "NO ANSWER",
      lastapp: "Dial",
      lastdata: "",
      dcontext: "users",
      src: from.number,
      dst: to.number,
      from,
      to,
      userfield: "",
      faxdata: "",
      outgoing: false,
    };
    const added = { ...rowOf(leg, number, pbxid, () => local - start), ...row };
    this.#added.push(added);
    return added;
  }

  change(id: number, patch: Partial<Row>): void {
    this.#changed.set(id, { ...this.#changed.get(id), ...patch });
  }

  remove(id: number): void {
    this.#removed.add(id);
  }

  /** The rows of one local day, for tests and the console. */
  rowsOf(day: string): Row[] {
    const from = localOf(`${day} 00:00:00`);
    return [...this.positions(from, from + 86_399, 0, Number.MAX_SAFE_INTEGER)].map((position) =>
      position.row(),
    );
  }

  countOf(day: string): number {
    const from = localOf(`${day} 00:00:00`);
    return this.count(from, from + 86_399, 0, Number.MAX_SAFE_INTEGER);
  }

  /** The calls that began on a local day, oldest first; rows that were removed are left out. */
  callsOf(day: string): CallOfDay[] {
    const { zone } = this.options;
    const made = this.#days.find(({ local }) => local.day === day);
    const calls: CallOfDay[] = [];
    for (const { key, truth, rows } of made?.calls() ?? []) {
      const ids = rows.map((at) => (made ? this.#identity(made, at).id : 0));
      calls.push({ key, truth, ids: ids.filter((id) => !this.#removed.has(id)).map(String) });
    }
    calls.push(...this.#addedCalls.filter(({ truth }) => dayOf(zone, truth.started) === day));
    return calls.sort((a, b) => a.truth.started - b.truth.started);
  }

  /** The newest rows, newest first. */
  latest(count: number): Row[] {
    const rows = this.#added
      .slice(-count)
      .reverse()
      .map((row) => this.#shownAdded(row));
    for (const day of this.#days.toReversed()) {
      for (let at = day.starts.length - 1; at >= 0 && rows.length < count; at--)
        rows.push(this.#row(day, at));
    }
    return rows;
  }

  /** The local days that there are, oldest first, with their numbers of rows. */
  days(): { day: string; rows: number }[] {
    return this.#days.map(({ local }) => ({ day: local.day, rows: this.countOf(local.day) }));
  }
}
