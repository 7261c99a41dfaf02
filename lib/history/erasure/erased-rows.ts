import type { IsErased } from "../../erased-numbers.ts";
import { type Call, callFields } from "../grouping/grouping.ts";
import { addedFields, legFields } from "../rows/leg-fields.ts";
import { type ExportRow, toObject } from "../rows/rows.ts";
import { withoutNumbers } from "./erased-text.ts";

type Row = Readonly<Record<string, unknown>>;

/** The fields of one party of a row. */
interface Party {
  readonly numbers: readonly string[];
  readonly names: readonly string[];
}

/** What a row loses if it has an erased number. */
interface Rules {
  /** A field is null if it has the number, and so are the names of this party. */
  readonly parties: readonly Party[];
  /** Fields that can say more of the person; null in a row with the number. */
  readonly personal: ReadonlySet<string>;
  /** Fields that never have a number. */
  readonly plain: ReadonlySet<string>;
  /** Any other field is null in a row with the number. */
  readonly known: ReadonlySet<string>;
}

const legRules: Rules = {
  parties: [
    { numbers: ["from_number", "src"], names: ["from_name"] },
    { numbers: ["to_number", "dst"], names: ["to_name"] },
    { numbers: ["other_e164"], names: [] },
  ],
  personal: new Set(["organization", "userfield", "faxdata", "attachments", "tags"]),
  plain: new Set([
    ...["id", "start", "answer", "end", "billsec", "duration", "disposition", "pbxid", "type", "timezone"],
    ...["start_utc", "answer_utc", "end_utc", "talk_seconds", "total_seconds", "direction"],
    ...["unanswered", "voicemail", "fax", "placed_by", "call_id"],
    // rows of older versions
    ...["missed", "pbx"],
  ]),
  known: new Set(Object.keys(legFields)),
};

const callRules: Rules = {
  parties: [
    { numbers: ["caller", "caller_e164"], names: ["caller_name"] },
    { numbers: ["called", "called_e164", "did"], names: ["called_name"] },
    { numbers: ["answered_by"], names: ["answered_by_name"] },
    { numbers: ["transferred_to"], names: [] },
  ],
  personal: new Set(),
  plain: new Set([
    ...["call_id", "started_utc", "answered_utc", "ended_utc", "started", "answered", "ended", "direction"],
    ...["outcome", "wait_seconds", "ring_seconds", "talk_seconds", "transfers", "placed_by", "leg_ids"],
    "grouping",
  ]),
  known: new Set(Object.keys(callFields)),
};

export const rulesOf = { legs: legRules, calls: callRules } as const;
export type ErasableDataset = keyof typeof rulesOf;

/** A row without the erased numbers, and without what it says of their owners; undefined if it has none of them. */
export const erasedRow = (
  row: Row,
  { parties, personal, plain, known }: Rules,
  isErased: IsErased,
): Row | undefined => {
  const found: Record<string, unknown> = {};
  for (const name in row) {
    if (plain.has(name)) continue;
    const rest = valueWithout(row[name], isErased);
    if (rest !== undefined) found[name] = rest;
  }
  if (Object.keys(found).length === 0) return undefined;
  const erased: Record<string, unknown> = { ...row, ...found };
  const clear = (name: string): void => {
    if (name in erased) erased[name] = null;
  };
  for (const { numbers, names } of parties) {
    const theirs = numbers.filter((name) => name in found);
    if (theirs.length > 0) [...theirs, ...names].forEach(clear);
  }
  for (const name in row)
    if (personal.has(name) || !(known.has(name) || plain.has(name))) erased[name] = null;
  return erased;
};

/** The same value without the numbers, at every depth; null if nothing is left. Undefined: it has none. */
export const valueWithout = (value: unknown, isErased: IsErased): unknown => {
  if (typeof value === "string") {
    const rest = withoutNumbers(value, isErased);
    return rest === "" ? null : rest;
  }
  if (typeof value === "number") return isErased(String(value)) ? null : undefined;
  if (value === undefined || value === null) return undefined;
  let isChanged = false;
  const change = (each: unknown): unknown => {
    const rest = valueWithout(each, isErased);
    if (rest === undefined) return each;
    isChanged = true;
    return rest;
  };
  const changed = Array.isArray(value)
    ? value.map(change)
    : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
  return isChanged ? changed : undefined;
};

/** The same for a leg that is not written yet. */
export const erasedLeg = (leg: ExportRow, isErased: IsErased): ExportRow | undefined => {
  const erased = erasedRow(toObject(leg), legRules, isErased);
  if (erased === undefined) return undefined;
  const pick = (keep: (name: string) => boolean): Row =>
    Object.fromEntries(Object.entries(erased).filter(([name]) => keep(name)));
  const isAdded = (name: string): boolean => Object.hasOwn(addedFields, name);
  return {
    ...leg,
    record: pick((name) => !isAdded(name)),
    typed: { ...leg.typed, ...pick((name) => name in leg.typed) },
  };
};

/** The same for a call that is not written yet. */
export const erasedCall = (call: Call, isErased: IsErased): Call | undefined => {
  const erased = erasedRow({ ...call }, callRules, isErased);
  return erased === undefined ? undefined : { ...call, ...erased };
};
