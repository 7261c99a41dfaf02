import { callers, colleagues, queues } from "./people.ts";
import { addDays, dayOf, type LocalDay, localDay, offsetAt } from "./zone.ts";

/** A call record as CallHistory gives it; all values are texts (measured). */
export interface Row {
  [field: string]: unknown;
  id: string;
  start: string;
  pbxid: string;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly zone: string;
  /** Rows of a working day; a weekend day has a third. */
  readonly callsPerDay: number;
  /** Rows of single days, by date. */
  readonly callsOn: Readonly<Record<string, number>>;
  /** Days of history up to today. */
  readonly days: number;
  /** Epoch seconds. */
  readonly now: () => number;
  readonly pbxid: string;
}

/** One day: its rows exist as start times alone until somebody reads them. */
interface Day {
  readonly day: LocalDay;
  /** The id before the day's first. */
  readonly base: number;
  /** Local seconds (as if UTC) of each row's start, in id order. */
  readonly starts: Uint32Array;
  /** Seconds into the day, in id order. */
  readonly elapsed: Uint32Array;
}

/** A position in the history: a made row of a day, or one that came later. */
export interface Position {
  readonly id: number;
  /** Local seconds of the start, as if UTC. */
  readonly start: number;
  readonly row: () => Row;
}

const mix = (a: number, b: number): number => {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
};

/** Share of a day's calls that have come by the end of each hour. */
const profile = [
  0.005, 0.008, 0.01, 0.012, 0.015, 0.02, 0.035, 0.07, 0.15, 0.26, 0.37, 0.47, 0.54, 0.6, 0.69, 0.78, 0.86,
  0.92, 0.95, 0.965, 0.978, 0.987, 0.994, 1,
];
const fractionOfDay = (share: number): number => {
  const hour = Math.max(
    0,
    profile.findIndex((until) => share < until),
  );
  const from = profile[hour - 1] ?? 0;
  return (hour + (share - from) / ((profile[hour] ?? 1) - from)) / 24;
};

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
export const stamp = (local: number): string => {
  const date = new Date(local * 1000);
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
};
const offsetText = (seconds: number): string => {
  const minutes = Math.abs(seconds) / 60;
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
};

/** Months of calls made from a seed, the same each time, plus what happened since: calls placed, and what tests change. */
export class History {
  readonly options: HistoryOptions;
  readonly #days: Day[] = [];
  readonly #added: Row[] = [];
  readonly #removed = new Set<number>();
  readonly #changed = new Map<number, Partial<Row>>();
  #nextId: number;
  /** Set when the PBX was replaced: days from here on have ids from 1 again. */
  #restartedOn: string | undefined;

  constructor(options: HistoryOptions) {
    this.options = options;
    const today = dayOf(options.zone, options.now());
    let base = 0;
    for (let back = options.days - 1; back >= 0; back--) {
      const day = localDay(options.zone, addDays(today, -back));
      const made = this.#make(day, base);
      this.#days.push(made);
      base += made.starts.length;
    }
    this.#nextId = base + 1;
  }

  #make(day: LocalDay, base: number): Day {
    const { seed, callsPerDay, callsOn, now } = this.options;
    const weekend = [0, 6].includes(new Date(`${day.day}T00:00:00Z`).getUTCDay());
    const whole = callsOn[day.day] ?? (weekend ? Math.round(callsPerDay / 3) : callsPerDay);
    const passed = Math.min(day.length, Math.max(0, now() - day.start));
    const elapsed = new Uint32Array(whole);
    let count = 0;
    for (let at = 0; at < whole; at++) {
      const pair = at >> 1;
      const jitter = (mix(seed + day.start, pair) % 600) - 300;
      const seconds = Math.floor(fractionOfDay(((pair * 2 + 0.5) / whole) % 1) * day.length) + jitter;
      const clamped = Math.min(day.length - 1, Math.max(0, seconds));
      if (clamped < passed) elapsed[count++] = clamped;
    }
    const own = elapsed.slice(0, count);
    return {
      day,
      base,
      elapsed: own,
      starts: own.map((seconds) => day.start + seconds + (seconds < day.change ? day.before : day.after)),
    };
  }

  /** After this day's noon the ids start again at 1, under another serial: the PBX was replaced. */
  restartIds(day: string | undefined): void {
    this.#restartedOn = day;
  }

  #identity(day: Day, at: number): { id: number; pbxid: string } {
    const { pbxid } = this.options;
    const restart = this.#restartedOn;
    if (restart === undefined || day.day.day < restart) return { id: day.base + at + 1, pbxid };
    const origin = this.#days.find((each) => each.day.day === restart);
    const first = (origin?.base ?? 0) + Math.floor((origin?.starts.length ?? 0) / 2);
    const position = day.base + at;
    return position < first
      ? { id: position + 1, pbxid }
      : { id: position - first + 1, pbxid: `${pbxid.slice(0, -1)}f` };
  }

  /** Rows whose start lies in [from, to] and id in [fromId, toId], in id order where ids never restarted. */
  *positions(from: number, to: number, fromId: number, toId: number): Generator<Position> {
    for (const day of this.#days) {
      const low = day.day.start + Math.min(day.day.before, day.day.after);
      const high = day.day.start + day.day.length + Math.max(day.day.before, day.day.after);
      if (high < from || low > to) continue;
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
      const [id, start] = [Number(row.id), Date.parse(`${row.start.replace(" ", "T")}Z`) / 1000];
      if (start < from || start > to || id < fromId || id > toId || this.#removed.has(id)) continue;
      yield { id, start, row: () => ({ ...row, ...this.#changed.get(id) }) };
    }
  }

  /** How many rows there are, without making them, where whole untouched days are asked for. */
  count(from: number, to: number, fromId: number, toId: number): number {
    let count = 0;
    const touched = this.#removed.size > 0 || this.#restartedOn !== undefined;
    for (const day of this.#days) {
      const low = day.day.start + Math.min(day.day.before, day.day.after);
      const high = day.day.start + day.day.length - 1 + Math.max(day.day.before, day.day.after);
      if (high < from || low > to) continue;
      if (!touched && low >= from && high <= to) {
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
      const [id, start] = [Number(row.id), Date.parse(`${row.start.replace(" ", "T")}Z`) / 1000];
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
    const { seed } = this.options;
    const { id, pbxid } = this.#identity(day, at);
    const pair = mix(seed + day.day.start, at >> 1);
    const own = mix(pair, at + 1);
    const elapsed = day.elapsed[at] ?? 0;
    const offset = elapsed < day.day.change ? day.day.before : day.day.after;
    const local = day.starts[at] ?? 0;
    const made = this.#content(pair, own, at % 2 === 1);
    const wait = 2 + (own % 28);
    const answered = made.talk > 0 && made.lastapp !== "VoiceMail";
    const row: Row = {
      id: String(id),
      start: stamp(local),
      answer: answered ? stamp(local + wait) : "",
      end: stamp(local + wait + made.talk),
      src: made.from,
      dst: made.to,
      from_number: made.from,
      from_name: made.fromName,
      to_number: made.to,
      to_name: made.toName,
      billsec: String(made.talk),
      duration: String(wait + made.talk),
      disposition: made.disposition,
      lastapp: made.lastapp,
      lastdata: `SIP/${made.to}`,
      userfield: made.lastapp === "VoiceMail" ? `VM:/${made.to}/INBOX/msg${own % 10_000}.mp3` : "",
      faxdata: made.type === "fax" ? `pages=${1 + (own % 9)}` : "",
      cost: made.outgoing && answered ? ((own % 200) / 100).toFixed(2) : "",
      organization: "",
      channel: `SIP/${made.from}-${own.toString(16).padStart(8, "0")}`,
      dstchannel: answered ? `SIP/${made.to}-${pair.toString(16).padStart(8, "0")}` : "",
      app: "0",
      callclass: made.outgoing ? "1" : "0",
      dest_type: "4",
      dcontext: "users",
      pbxid,
      type: made.type,
      timezone: offsetText(offset),
      attachments: {
        vm: { url: "" },
        recordings: { url: "", time: "", source: "", destination: "" },
        faxes: { url: "" },
      },
      tags: own % 17 === 0 ? "vip" : "",
    };
    const changed = this.#changed.get(id);
    return changed ? { ...row, ...changed } : row;
  }

  #content(pair: number, own: number, secondLeg: boolean) {
    const agent = colleagues[own % colleagues.length] ?? colleagues[0];
    const other = colleagues[pair % colleagues.length] ?? colleagues[0];
    const outside = `00${["39", "49", "44", "1614"][pair % 4] ?? "39"}555${String(pair % 1_000_000).padStart(6, "0")}`;
    const kind = pair % 100;
    const talked = own % 100;
    const inbound = kind < 55;
    const internal = kind >= 85;
    const extension = agent?.extension ?? "101";
    const external = { number: outside, name: callers[pair % callers.length] ?? "" };
    const queue = queues[pair % queues.length];
    const noAnswer = secondLeg ? talked < 12 : talked < 30;
    const voicemail = inbound && noAnswer && own % 3 === 0;
    const disposition =
      voicemail || !noAnswer
        ? "ANSWERED"
        : own % 32 === 7
          ? "CONGESTION"
          : (["NO ANSWER", "NO ANSWER", "BUSY", "FAILED"][own % 4] ?? "NO ANSWER");
    const talk = voicemail ? 8 + (own % 40) : noAnswer ? 0 : 5 + (own % 400) + (own % 50 === 0 ? 7_200 : 0);
    return {
      from: inbound ? external.number : internal ? (other?.extension ?? "102") : extension,
      fromName: inbound ? external.name : ((internal ? other?.name : agent?.name) ?? ""),
      to: inbound || internal ? extension : external.number,
      toName: inbound || internal ? (agent?.name ?? "") : external.name,
      outgoing: !inbound && !internal,
      type: kind === 54 ? "fax" : "call",
      lastapp: voicemail ? "VoiceMail" : inbound && queue !== undefined && secondLeg ? "Queue" : "Dial",
      disposition,
      talk,
    };
  }

  /** Adds a row with the next id; for calls that were placed, and for tests. `start` is local text. */
  insert(row: Partial<Row> & { start: string }): Row {
    const template = this.#days.find((day) => day.starts.length > 0);
    const base = template ? this.#row(template, 0) : { pbxid: this.options.pbxid };
    const local = Date.parse(`${row.start.replace(" ", "T")}Z`) / 1000;
    const { zone } = this.options;
    const added: Row = {
      ...base,
      ...{ type: "call", userfield: "", faxdata: "", cost: "", tags: "" },
      timezone: offsetText(offsetAt(zone, local - offsetAt(zone, local))),
      ...row,
      id: String(this.#nextId++),
    };
    this.#added.push(added);
    return added;
  }

  change(id: number, patch: Partial<Row>): void {
    this.#changed.set(id, { ...this.#changed.get(id), ...patch });
  }

  remove(id: number): void {
    this.#removed.add(id);
  }

  /** The truth of one local day, for tests and the console. */
  rowsOf(day: string): Row[] {
    const from = Date.parse(`${day}T00:00:00Z`) / 1000;
    return [...this.positions(from, from + 86_399, 0, Number.MAX_SAFE_INTEGER)].map((position) =>
      position.row(),
    );
  }

  countOf(day: string): number {
    const from = Date.parse(`${day}T00:00:00Z`) / 1000;
    return this.count(from, from + 86_399, 0, Number.MAX_SAFE_INTEGER);
  }

  /** The newest rows, newest first. */
  latest(count: number): Row[] {
    const rows = this.#added.slice(-count).reverse();
    for (const day of this.#days.toReversed()) {
      for (let at = day.starts.length - 1; at >= 0 && rows.length < count; at--)
        rows.push(this.#row(day, at));
    }
    return rows;
  }

  /** The local days that there are, oldest first, with their numbers of rows. */
  days(): { day: string; rows: number }[] {
    return this.#days.map(({ day }) => ({ day: day.day, rows: this.countOf(day.day) }));
  }
}
