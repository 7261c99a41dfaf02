import { isError } from "../../errors.ts";
import type { ReadableStore } from "../../store/store.ts";
import { isJsonObject, parseJson } from "../../wms/json.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { partFormats } from "../parts/formats.ts";
import type { Finding, Warning } from "./findings.ts";
import type { Manifest, Part } from "./manifest.ts";
import { NamedLegs } from "./named-legs.ts";
import { unreadable } from "./unreadable.ts";

/** The ids of calls, and whether each says which legs it has. */
type CallIds = ReadonlyMap<string, boolean>;

/** The calls of a PBX's day, as the next day needs them. */
interface SeenDay {
  readonly day: Day;
  readonly key: string;
  readonly calls: CallIds;
  /** Legs that calls name and the day does not have: they can be in the next day. */
  readonly awaited: NamedLegs;
  readonly rules: number;
  /** Local time of the first leg that its export did not read; empty if it is not known. */
  readonly readTo: string;
}

/** How many legs of a day are wrong, by what is wrong with them. */
interface LegCounts {
  ofOtherDay: number;
  /** Without a call, after midnight. */
  early: number;
  /** Without a call, later. */
  withoutCall: number;
  /** Not named by their call. */
  unnamed: number;
  twice: number;
  /** In a call of the day and in one of the day before. */
  shared: number;
}

/** The calls of a day, as its own legs need them. */
interface DayCalls {
  readonly day: Day;
  readonly ids: CallIds;
  readonly named: NamedLegs;
  /** Undefined if the day before was not compared. */
  readonly before: SeenDay | undefined;
  /** Whether other rules grouped the legs of the day before: then its calls can have other ids. */
  readonly isNewer: boolean;
}

/**
 * Compares the legs of each day with its calls. Each leg's call is in the calls of the day or of the day before, and names the leg.
 * Each leg that a call names is in the legs of the day, or of the next if the call continues after midnight. Days of one PBX must
 * come in their order. CSV is not compared.
 */
export class CallCheck {
  readonly findings: Finding[] = [];
  readonly warnings: Warning[] = [];
  readonly #store: Pick<ReadableStore, "read">;
  readonly #last = new Map<string, SeenDay>();

  constructor(store: Pick<ReadableStore, "read">) {
    this.#store = store;
  }

  async add(key: string, manifest: Manifest): Promise<void> {
    try {
      await this.#compare(key, manifest);
    } catch (error) {
      if (!(error instanceof UnreadablePart)) throw error;
      this.#close(manifest.pbx);
      this.findings.push(error.finding);
    }
  }

  /** After the last day. */
  finish(): void {
    for (const pbx of [...this.#last.keys()]) this.#close(pbx);
  }

  async #compare(key: string, manifest: Manifest): Promise<void> {
    const { day, pbx, format } = manifest;
    const { legs, calls } = manifest.datasets;
    const last = this.#last.get(pbx);
    const before = last?.day === shiftDay(day, -1) ? last : undefined;
    const read = partFormats[format].read;
    if (before === undefined || read === undefined) this.#close(pbx);
    if (read === undefined) return;
    const ids = new Map<string, boolean>();
    const named = new NamedLegs();
    let twice = 0;
    let ofOtherDay = 0;
    for await (const { call_id, leg_ids, started, ended } of this.#rows(calls.parts, read)) {
      if (isOfOther(day, started)) ofOtherDay++;
      const id = String(call_id);
      if (ids.has(id)) {
        twice++;
        continue;
      }
      const ofCall = listOf(leg_ids);
      ids.set(id, ofCall !== undefined);
      const end = timeText(ended);
      const isOver = end !== "" && end.slice(0, 10) <= day;
      named.add({ id, started: timeText(started), isOver }, ofCall ?? []);
    }
    const { rules_version: rules } = calls;
    const isNewer = before !== undefined && before.rules !== rules;
    const dayCalls = { day, ids, named, before, isNewer };
    const counts = { ofOtherDay: 0, early: 0, withoutCall: 0, unnamed: 0, twice: 0, shared: 0 };
    // the export can leave the column of calls out
    for await (const { id, call_id, start } of this.#rows(legs.parts, read))
      countLeg(
        dayCalls,
        counts,
        String(id),
        typeof call_id === "string" ? call_id : undefined,
        timeText(start),
      );
    const readTo = manifest.context_local?.to ?? "";
    this.#last.set(pbx, { day, key, calls: ids, awaited: named.rest(), rules, readTo });
    this.#findRows(key, counts.ofOtherDay, "leg");
    this.#findRows(key, ofOtherDay, "call");
    if (twice > 0) this.#find(key, "call twice", `the day has ${counted(twice, "call")} more than once`);
    this.#findLegs(key, counts, named.shared);
    if (before !== undefined) this.#findOverMidnight(key, manifest, dayCalls, before, counts);
  }

  #findRows(key: string, count: number, what: string): void {
    if (count > 0)
      this.#find(
        key,
        "rows of another day",
        `the day has ${counted(count, what)} of another day; export the day again with --force`,
      );
  }

  #findLegs(key: string, { twice, withoutCall, unnamed }: LegCounts, shared: number): void {
    const again = "export the day again with --force";
    if (twice > 0)
      this.#find(key, "leg twice", `the day has ${counted(twice, "leg")} more than once; ${again}`);
    if (withoutCall > 0)
      this.#find(key, "legs without call", `the day has ${counted(withoutCall, "leg")} without the call`);
    if (unnamed > 0)
      this.#find(
        key,
        "call without legs",
        `the day has ${counted(unnamed, "leg")} whose call does not name the leg; ${again}`,
      );
    if (shared > 0)
      this.#find(key, "leg in two calls", `calls name ${counted(shared, "leg")} more than once; ${again}`);
  }

  /** What the calls of the day before say of the legs of this day. */
  #findOverMidnight(
    key: string,
    { context_local: context }: Manifest,
    { named, isNewer }: DayCalls,
    before: SeenDay,
    { early, shared: sharedByNamed }: LegCounts,
  ): void {
    let [unknown, shared, expected] = [0, sharedByNamed, 0];
    for (const [leg, { started }] of before.awaited.open()) {
      if (!named.hasFound(leg)) unknown++;
      // the export of the day did not read the first leg of this call
      else if (isNewer || context === undefined || started < context.from) expected++;
      else shared++;
    }
    if (unknown > 0)
      this.#find(
        before.key,
        "call without legs",
        `calls name ${counted(unknown, "leg")} that neither this day nor the next has; export both days again with --force`,
      );
    if (shared > 0)
      this.#find(
        key,
        "leg in two calls",
        `a call of the day and one of the previous day name ${counted(shared, "leg")}; export both days again with --force`,
      );
    const stays =
      "Export the previous day again with `--force`. The warning stays if the call began before 22:00 of that day.";
    if (early > 0)
      this.warnings.push({
        key,
        problem: "legs without call",
        detail: `${counted(early, "leg")} after midnight: no exported day has the call. ${stays}`,
      });
    if (expected > 0)
      this.warnings.push({
        key,
        problem: "leg in two calls",
        detail: `${counted(expected, "leg")} after midnight: a call of this day and one of the previous day name the same leg. ${stays}`,
      });
  }

  /** The next day was not compared: only calls that ended on their day must have all legs in it. */
  #close(pbx: string): void {
    const last = this.#last.get(pbx);
    if (last === undefined) return;
    this.#last.delete(pbx);
    let unknown = 0;
    for (const [, { isOver }] of last.awaited.open()) if (isOver) unknown++;
    if (unknown > 0)
      this.#find(
        last.key,
        "call without legs",
        `calls name ${counted(unknown, "leg")} that the day does not have; export the day again with --force`,
      );
  }

  #find(key: string, problem: Finding["problem"], detail: string): void {
    this.findings.push({ key, problem, detail });
  }

  async *#rows(
    parts: readonly Part[],
    read: NonNullable<(typeof partFormats)["ndjson"]["read"]>,
  ): AsyncIterable<Readonly<Record<string, unknown>>> {
    for (const { key } of parts) {
      const bytes = await this.#store.read(key).catch((error: unknown) => {
        throw new UnreadablePart(unreadable(key, "part", error));
      });
      if (bytes === undefined) continue;
      const rows = read(bytes)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await rows.next().catch((error: unknown) => {
            const isOfStore = isError(error, "STORE_UNAVAILABLE");
            throw new UnreadablePart(isOfStore ? unreadable(key, "part", error) : wrongRow(key));
          });
          if (next.done) break;
          if (!isJsonObject(next.value.row)) throw new UnreadablePart(wrongRow(key));
          yield next.value.row;
        }
      } finally {
        // the file is open until its last row is read
        await rows.return?.();
      }
    }
  }
}

/** A part that the store cannot read any more, or whose hash is right and whose rows are not: the manifest was changed with it. */
class UnreadablePart extends Error {
  override readonly name = "UnreadablePart";
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.detail);
    this.finding = finding;
  }
}

const wrongRow = (key: string): Finding => ({
  key,
  problem: "part unreadable",
  detail: "it has a row that cannot be read; export the day again with --force",
});

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A list, or its JSON text: Parquet has no lists. Undefined for another value. */
const listOf = (value: unknown): string[] | undefined => {
  const list = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(list) ? list.map(String) : undefined;
};

/** Undefined for a string that is not JSON. */
const parsed = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** A local time as its text. A Parquet file has a timestamp, or null if the text is not a time. */
const timeText = (time: unknown): string =>
  time instanceof Date ? time.toISOString().slice(0, 19).replace("T", " ") : String(time ?? "");

const isOfOther = (day: Day, time: unknown): boolean => {
  const text = timeText(time);
  return text !== "" && text.slice(0, 10) !== day;
};

/** Whether a leg begins so early that its call can have begun before the time that the day's export read. */
const isEarly = (start: string): boolean => start.slice(11, 13) < "04";

/** Compares a leg with the calls of its day and of the day before. */
const countLeg = (
  { day, ids, named, before, isNewer }: DayCalls,
  counts: LegCounts,
  id: string,
  callId: string | undefined,
  start: string,
): void => {
  if (isOfOther(day, start)) counts.ofOtherDay++;
  const own = named.take(id, callId);
  if (own === "named") return;
  const earlier = before?.awaited.take(id, callId);
  if (earlier === "named") {
    if (own === "of another call") counts.shared++;
    return;
  }
  if (callId === undefined) return;
  if (own === "twice" || earlier === "twice") counts.twice++;
  else if (ids.has(callId)) counts.unnamed += ids.get(callId) === true ? 1 : 0;
  else if (before?.calls.has(callId)) {
    // the export of the day before did not read later legs
    const isRead = !isNewer && start < before.readTo;
    counts.unnamed += isRead && before.calls.get(callId) === true ? 1 : 0;
  } else if (!isEarly(start)) counts.withoutCall++;
  else if (before !== undefined) counts.early++;
};
