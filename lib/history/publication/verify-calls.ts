import type { ReadableStore } from "../../store/store.ts";
import { isJsonObject, parseJson } from "../../wms/json.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { partFormats } from "../parts/formats.ts";
import type { Finding, Warning } from "./findings.ts";
import type { Manifest, Part } from "./manifest.ts";

/** The calls of a PBX's day, as the next day needs them. */
interface SeenDay {
  readonly day: Day;
  readonly key: string;
  readonly callIds: ReadonlySet<string>;
  /** Legs that calls name and the day does not have: they must be in the next day. */
  readonly awaited: ReadonlySet<string>;
}

/**
 * Compares the legs of each day with its calls: each leg's call is in the calls of the day or of the day before, and each leg that
 * a call names is in the legs of the day or of the next. Days of one PBX must come in their order. CSV is not compared.
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
      this.#last.delete(manifest.pbx);
      const detail = "it has a row that cannot be read; export the day again with --force";
      this.#find(error.message, "part unreadable", detail);
    }
  }

  async #compare(key: string, { day, pbx, format, datasets: { legs, calls } }: Manifest): Promise<void> {
    const last = this.#last.get(pbx);
    const before = last?.day === shiftDay(day, -1) ? last : undefined;
    const read = partFormats[format].read;
    if (read === undefined) return;
    const callIds = new Set<string>();
    const awaited = new Set<string>();
    let twice = 0;
    let strayCalls = 0;
    for await (const { call_id, leg_ids, started } of this.#rows(calls.parts, read)) {
      if (isOfOther(day, started)) strayCalls++;
      const id = String(call_id);
      if (callIds.has(id)) twice++;
      callIds.add(id);
      for (const leg of listOf(leg_ids)) awaited.add(leg);
    }
    const left = new Set(before?.awaited);
    let [early, others, strayLegs] = [0, 0, 0];
    for await (const { id, call_id, start } of this.#rows(legs.parts, read)) {
      if (isOfOther(day, start)) strayLegs++;
      awaited.delete(String(id));
      left.delete(String(id));
      // the export can leave the column out
      if (typeof call_id !== "string") continue;
      if (callIds.has(call_id) || before?.callIds.has(call_id)) continue;
      if (!isEarly(start)) others++;
      else if (before !== undefined) early++;
    }
    this.#last.set(pbx, { day, key, callIds, awaited });
    for (const [count, what] of [
      [strayLegs, "leg"],
      [strayCalls, "call"],
    ] as const)
      if (count > 0)
        this.#find(
          key,
          "rows of another day",
          `the day has ${counted(count, what)} of another day; export the day again with --force`,
        );
    if (twice > 0) this.#find(key, "call twice", `the day has ${counted(twice, "call")} more than once`);
    if (others > 0)
      this.#find(key, "legs without call", `the day has ${counted(others, "leg")} without the call`);
    if (before !== undefined && left.size > 0)
      this.#find(
        before.key,
        "call without legs",
        `calls name ${counted(left.size, "leg")} that neither this day nor the next has; export both days again with --force`,
      );
    if (early > 0)
      this.warnings.push({
        key,
        problem: "legs without call",
        detail: `${counted(early, "leg")} after midnight: no exported day has the call. Export the previous day again with \`--force\`. The warning stays if the call began before 22:00 of that day.`,
      });
  }

  #find(key: string, problem: Finding["problem"], detail: string): void {
    this.findings.push({ key, problem, detail });
  }

  async *#rows(
    parts: readonly Part[],
    read: NonNullable<(typeof partFormats)["ndjson"]["read"]>,
  ): AsyncIterable<Readonly<Record<string, unknown>>> {
    for (const { key } of parts) {
      const bytes = await this.#store.read(key);
      if (bytes === undefined) continue;
      const rows = read(bytes)[Symbol.asyncIterator]();
      for (;;) {
        const next = await rows.next().catch((cause: unknown) => {
          throw new UnreadablePart(key, { cause });
        });
        if (next.done) break;
        if (!isJsonObject(next.value.row)) throw new UnreadablePart(key);
        yield next.value.row;
      }
    }
  }
}

/** A part whose hash is right and whose rows are not: the manifest was changed with it. The message is its key. */
class UnreadablePart extends Error {
  override readonly name = "UnreadablePart";
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A list, or its JSON text: Parquet has no lists. */
const listOf = (value: unknown): string[] => {
  const list = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(list) ? list.map(String) : [];
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
const timeText = (time: unknown): string => (time instanceof Date ? time.toISOString() : String(time ?? ""));

const isOfOther = (day: Day, time: unknown): boolean => {
  const text = timeText(time);
  return text !== "" && text.slice(0, 10) !== day;
};

/** Whether a leg begins so early that its call can have begun before the time that the day's export read. */
const isEarly = (start: unknown): boolean => timeText(start).slice(11, 13) < "04";
