import { formatLocal } from "../../wms/local-time.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { possibleLocal } from "../calendar/utc.ts";
import { columnSeconds } from "./column-seconds.ts";
import { fieldText, fieldWord } from "./field-text.ts";
import { jsonText } from "./json-text.ts";
import { type LegParties, partyFinder } from "./leg-parties.ts";
import { type LegTimes, legTimes } from "./leg-times.ts";
import type { RowSettings } from "./row-settings.ts";

/** The fields of a leg as known PBXs return them: text, except `attachments` and `tags`. Source: vendor manual, public clients. */
export const knownFields = [
  "id",
  "start",
  "answer",
  "end",
  "src",
  "dst",
  "from_number",
  "from_name",
  "to_number",
  "to_name",
  "billsec",
  "duration",
  "disposition",
  "lastapp",
  "lastdata",
  "userfield",
  "faxdata",
  "cost",
  "organization",
  "channel",
  "dstchannel",
  "app",
  "callclass",
  "dest_type",
  "dcontext",
  "pbxid",
  "type",
  "timezone",
  "attachments",
  "tags",
] as const;
const known: ReadonlySet<string> = new Set(knownFields);
const structured: ReadonlySet<string> = new Set(["attachments", "tags"]);
/** The typed fields need these, so the manifest counts rows without them. Other fields depend on the PBX's version. */
const needed = [
  "id",
  "start",
  "answer",
  "end",
  "from_number",
  "to_number",
  "billsec",
  "duration",
  "disposition",
  "lastapp",
  "lastdata",
  "channel",
  "dstchannel",
  "pbxid",
  "timezone",
] as const;

/** The fields that the export adds to each row. */
export interface TypedFields extends LegTimes, LegParties {
  /** `billsec` and `duration` in whole seconds. */
  readonly talk_seconds: number | null;
  readonly total_seconds: number | null;
  /** Inbound, and no person answered. Voicemail does not count as an answer. An answered call can have many such legs. */
  readonly unanswered: boolean | null;
  readonly voicemail: boolean;
  readonly fax: boolean;
}

const typedNames = {
  start_utc: true,
  answer_utc: true,
  end_utc: true,
  talk_seconds: true,
  total_seconds: true,
  direction: true,
  unanswered: true,
  voicemail: true,
  fax: true,
  extension: true,
  queue: true,
  trunk: true,
  other_e164: true,
  placed_by: true,
} satisfies Record<keyof TypedFields, true>;

/**
 * The keys of the folders (`dt=…/pbx=…`). Readers make columns of them, and pandas and Glue refuse a file that has the same
 * column with another type.
 */
export const partitionKeys = ["dt", "pbx"] as const;

/** No original field keeps one of these names. */
const reserved: ReadonlySet<string> = new Set([...Object.keys(typedNames), "call_id", ...partitionKeys]);

export type { RowSettings };

/** Rows of a day that differ from the documented fields, counted by field. The manifest has these counts. */
export interface FieldFindings {
  readonly unknown: Record<string, number>;
  readonly missing: Record<string, number>;
  readonly retyped: Record<string, number>;
  /** Rows with text that is not UTF-8: U+FFFD replaces it. */
  readonly replaced: Record<string, number>;
  /** Rows whose `timezone` is not the zone's offset at that time. */
  offsetMismatches: number;
}

export const noFindings = (): FieldFindings => ({
  unknown: {},
  missing: {},
  retyped: {},
  replaced: {},
  offsetMismatches: 0,
});

/**
 * Returns a function that computes the typed fields of a leg and counts its findings. It is fast: a time is converted once for
 * each quarter of an hour, and field names are checked once for all legs with the same fields. It makes few objects, because
 * each one also costs the garbage collector time.
 */
export const typing = (
  settings: RowSettings,
  findings: FieldFindings,
): ((record: CallRecord) => TypedFields) => {
  const inspect = inspector(settings, findings);
  const timesOf = legTimes(settings.zone, () => findings.offsetMismatches++);
  const partiesOf = partyFinder(settings);
  return (record) => {
    inspect(record);
    const offset = fieldText(record["timezone"]);
    const voicemail = fieldWord(record["lastapp"]) === "voicemail";
    const { direction, extension, queue, trunk, other_e164, placed_by } = partiesOf(record);
    const isTaken = fieldWord(record["disposition"]) === "answered" && !voicemail;
    const start = fieldText(record["start"]);
    const end = fieldText(record["end"]);
    const talk = seconds(fieldText(record["billsec"]));
    const answer =
      record["answer"] === undefined && isTaken ? answerOf(end, talk) : fieldText(record["answer"]);
    const total = seconds(fieldText(record["duration"]));
    const times = timesOf({ start, answer, end, offset, talk, total });
    if (times.start_utc === null) countUnread(findings, record, "start");
    if (times.answer_utc === null) countUnread(findings, record, "answer");
    if (times.end_utc === null) countUnread(findings, record, "end");
    if (talk === null) countUnread(findings, record, "billsec");
    if (total === null) countUnread(findings, record, "duration");
    if (!offsetForm.test(offset)) countUnread(findings, record, "timezone");
    const answered = isTaken && !noTime.test(answer);
    return {
      ...times,
      talk_seconds: talk,
      total_seconds: total,
      direction,
      unanswered: direction === null ? null : direction === "inbound" && !answered,
      voicemail,
      fax: fieldWord(record["type"]) === "fax",
      extension,
      queue,
      trunk,
      other_e164,
      placed_by,
    };
  };
};

/** The time of the answer where the PBX does not return it: talk begins with it. Empty without talk. */
const answerOf = (end: string, talk: number | null): string => {
  const local = possibleLocal(end);
  return local === undefined || talk === null || talk === 0 ? "" : formatLocal(local - talk);
};

/** Databases write an absent time as `0000-00-00 00:00:00`. */
const noTime = /^[\s0:.TZ-]*$/;
const offsetForm = /^[+-]\d\d:?\d\d$/;

/** Whether a field has a string that says something. */
const isText = (value: unknown): boolean => typeof value === "string" && !noTime.test(value);

/** A leg, and the fields that the export adds to it. */
export interface ExportRow {
  readonly record: CallRecord;
  readonly typed: TypedFields;
  /** The call of the leg, once its legs are grouped. */
  readonly call_id?: string;
}

/** A row as one object. `columns` limits its fields. @default all */
export const toObject = ({ record, typed, call_id }: ExportRow, columns?: readonly string[]): CallRecord => {
  const row: CallRecord = {
    ...(clashes(record) ? renamed(record) : record),
    ...typed,
    ...(call_id === undefined ? {} : { call_id }),
  };
  if (columns === undefined) return row;
  return Object.fromEntries(columns.filter((name) => name in row).map((name) => [name, row[name]]));
};

/**
 * A row as a line of JSON: the original fields, then the typed fields. An original field with the name of a typed field or of a
 * folder's key becomes `wms_NAME`. The texts of both come one after the other, because to copy thirty fields of a million rows takes longer
 * than to compress them, and joined texts are copied once more when they are written.
 */
export const toLine = ({ record, typed, call_id }: ExportRow): readonly [string, string] => {
  const original = jsonText(clashes(record) ? renamed(record) : record);
  const added = jsonText(typed).slice(1, -1);
  const call = call_id === undefined ? "" : `,"call_id":"${call_id}"`;
  return [original.slice(0, -1), `${original.length > 2 ? "," : ""}${added}${call}}\n`];
};

const clashes = (record: CallRecord): boolean => {
  for (const name of reserved) if (name in record) return true;
  return false;
};

const renamed = (record: CallRecord): CallRecord =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [reserved.has(field) ? `wms_${field}` : field, value]),
  );

const seconds = (text: string): number | null =>
  /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? columnSeconds(Math.round(Number(text))) : null;

const isNested = (value: unknown): boolean => typeof value === "object" && value !== null;

/** Counts a field that is not empty, and has no value of its type. */
const countUnread = ({ retyped }: FieldFindings, record: CallRecord, field: string): void => {
  if (isText(record[field])) count(retyped, field);
};

const count = (counts: Record<string, number>, field: string): void => {
  // a field can have the name of something that every object has, for example `constructor`
  counts[field] = (Object.hasOwn(counts, field) ? (counts[field] ?? 0) : 0) + 1;
};

/** Counts the fields of a row that have U+FFFD. Slow: only for rows of an answer that has it. */
export const countReplaced = ({ replaced }: FieldFindings, record: CallRecord): void => {
  for (const [field, value] of Object.entries(record)) {
    if (JSON.stringify(value).includes("\ufffd")) count(replaced, field);
  }
};

/** The findings that depend only on the names of a row's fields. */
interface Layout {
  readonly fields: readonly string[];
  readonly unknown: readonly string[];
  readonly missing: readonly string[];
}

const layoutOf = (record: CallRecord, expected: Iterable<string>): Layout => {
  const fields = Object.keys(record);
  return {
    fields,
    unknown: fields.filter((field) => !known.has(field)),
    missing: [...expected].filter((field) => !(field in record)),
  };
};

const inspector = (
  { callIdField }: Pick<RowSettings, "callIdField">,
  findings: FieldFindings,
): ((record: CallRecord) => void) => {
  const expected = new Set<string>(callIdField === undefined ? needed : [...needed, callIdField]);
  let layout = layoutOf({}, expected);
  return (record) => {
    let at = 0;
    let changed = false;
    for (const field in record) {
      if (field !== layout.fields[at++]) changed = true;
      const value = record[field];
      if (typeof value !== "string" && value !== null && known.has(field) && !structured.has(field))
        count(findings.retyped, field);
    }
    if (changed || at !== layout.fields.length) layout = layoutOf(record, expected);
    // numbers are ids too
    if (callIdField !== undefined && !known.has(callIdField) && isNested(record[callIdField]))
      count(findings.retyped, callIdField);
    for (const field of layout.unknown) count(findings.unknown, field);
    for (const field of layout.missing) count(findings.missing, field);
  };
};
