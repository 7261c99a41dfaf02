import { compilePattern } from "../../digit-pattern.ts";
import { numberSet } from "../../phone-number.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { utcConverter } from "../calendar/utc.ts";

/** The fields of a call record as known PBXs give them: all text but `attachments`. Source: vendor manual, public clients. */
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
/** Without these no typed field can be made, so their absence is told; the others come and go with the version. */
const needed = [
  "id",
  "start",
  "end",
  "from_number",
  "to_number",
  "billsec",
  "disposition",
  "pbxid",
  "timezone",
] as const;

/** The typed fields that each row gains, beside `pbx` and the original ones. */
export interface TypedFields {
  /** The id under which the PBX is registered here. */
  readonly pbx: string;
  /** ISO 8601, UTC; null where the record has no such time. */
  readonly start_utc: string | null;
  readonly answer_utc: string | null;
  readonly end_utc: string | null;
  /** `billsec` and `duration` as numbers of seconds. */
  readonly talk_seconds: number | null;
  readonly total_seconds: number | null;
  /** By the extension pattern and own numbers; `transit` is neither from nor to one of them. */
  readonly direction: "inbound" | "outbound" | "internal" | "transit" | null;
  /** Inbound, and nobody picked up; voicemail is no answer. */
  readonly missed: boolean | null;
  readonly voicemail: boolean;
  readonly fax: boolean;
}

const typedNames: ReadonlySet<string> = new Set(
  Object.keys({
    pbx: true,
    start_utc: true,
    answer_utc: true,
    end_utc: true,
    talk_seconds: true,
    total_seconds: true,
    direction: true,
    missed: true,
    voicemail: true,
    fax: true,
  } satisfies Record<keyof TypedFields, true>),
);

export interface RowSettings {
  readonly pbx: string;
  readonly zone: string;
  /** What an extension looks like; default 2 to 6 digits. */
  readonly extensionPattern?: string;
  /** Numbers in the plan of the PBX that no pattern covers, such as its main number. */
  readonly ownNumbers?: readonly string[];
  /** How the PBX writes numbers. */
  readonly country?: string;
  readonly outsidePrefix?: string;
}

/** What was odd about the rows of a day, by field; goes into the manifest. */
export interface FieldFindings {
  readonly unknown: Record<string, number>;
  readonly missing: Record<string, number>;
  readonly retyped: Record<string, number>;
  /** Rows whose `timezone` is not the zone's offset at that time. */
  offsetMismatches: number;
}

export const noFindings = (): FieldFindings => ({
  unknown: {},
  missing: {},
  retyped: {},
  offsetMismatches: 0,
});

/**
 * Makes the typed fields of records, and notes what is odd about them. Fast: times are worked out once a minute of the day,
 * and names are looked up once for all rows with the same fields.
 */
export const typing = (
  settings: RowSettings,
  findings: FieldFindings,
): ((record: CallRecord) => TypedFields) => {
  const inspect = inspector(findings);
  const toUtc = utcConverter(settings.zone);
  const [startUtc, toAnswerUtc, endUtc] = [toUtc(() => findings.offsetMismatches++), toUtc(), toUtc()];
  const isOwn = ownNumberTest(settings);
  return (record) => {
    inspect(record);
    const offset = text(record["timezone"]);
    const voicemail = text(record["lastapp"]).toLowerCase() === "voicemail";
    const direction = directionOf(
      text(record["from_number"]) || text(record["src"]),
      text(record["to_number"]) || text(record["dst"]),
      isOwn,
    );
    const answerUtc = toAnswerUtc(text(record["answer"]), offset);
    const answered = record["disposition"] === "ANSWERED" && !voicemail && answerUtc !== null;
    return {
      pbx: settings.pbx,
      start_utc: startUtc(text(record["start"]), offset),
      answer_utc: answerUtc,
      end_utc: endUtc(text(record["end"]), offset),
      talk_seconds: seconds(text(record["billsec"])),
      total_seconds: seconds(text(record["duration"])),
      direction,
      missed: direction === null ? null : direction === "inbound" && !answered,
      voicemail,
      fax: record["type"] === "fax",
    };
  };
};

/** A field as text; some PBXs send numbers as numbers. */
const text = (value: unknown): string =>
  typeof value === "string"
    ? value
    : typeof value === "number" && Number.isFinite(value)
      ? String(value)
      : "";

/** A row on its way into a part. */
export interface ExportRow {
  readonly record: CallRecord;
  readonly typed: TypedFields;
}

/** A row as one object; of `columns` alone, where some are named. */
export const toObject = ({ record, typed }: ExportRow, columns?: readonly string[]): CallRecord => {
  const row: CallRecord = { ...(clashes(record) ? renamed(record) : record), ...typed };
  if (columns === undefined) return row;
  return Object.fromEntries(columns.filter((name) => name in row).map((name) => [name, row[name]]));
};

/**
 * A row as a line of JSON: every original field as it is, then the typed ones. An original field that has a typed one's
 * name is kept as `wms_NAME`. Joined as text, because copying thirty fields of a million rows takes longer than
 * compressing them.
 */
export const toLine = ({ record, typed }: ExportRow): string => {
  const original = JSON.stringify(clashes(record) ? renamed(record) : record);
  const line = `${original.slice(0, -1)}${original.length > 2 ? "," : ""}${JSON.stringify(typed).slice(1)}\n`;
  // half of a surrogate pair, which other readers of JSON refuse
  return line.includes("\\ud") ? toLineOf({ record, typed }) : line;
};

/** The same of `columns` alone, where some are named; text is repaired to well-formed Unicode. */
export const toLineOf = (row: ExportRow, columns?: readonly string[]): string =>
  `${JSON.stringify(wellFormed(toObject(row, columns)))}\n`;

/** Half of a surrogate pair becomes U+FFFD, as in the other formats. */
const wellFormed = (value: unknown): unknown => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.toWellFormed(), wellFormed(each)]),
  );
};

const clashes = (record: CallRecord): boolean => {
  for (const name of typedNames) if (name in record) return true;
  return false;
};

const renamed = (record: CallRecord): CallRecord =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [typedNames.has(field) ? `wms_${field}` : field, value]),
  );

const seconds = (text: string): number | null => (/^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : null);

const ownNumberTest = (settings: RowSettings): ((number: string) => boolean) => {
  const isExtension = compilePattern(settings.extensionPattern ?? "\\d{2,6}");
  const isOwn = numberSet(settings.ownNumbers ?? [], settings);
  return (number) => (isExtension?.(number) ?? false) || isOwn(number);
};

const directionOf = (
  from: string,
  to: string,
  isOwn: (number: string) => boolean,
): TypedFields["direction"] => {
  if (from === "" && to === "") return null;
  const [ownFrom, ownTo] = [isOwn(from), isOwn(to)];
  if (ownFrom && ownTo) return "internal";
  if (ownFrom) return "outbound";
  return ownTo ? "inbound" : "transit";
};

const count = (counts: Record<string, number>, field: string): void => {
  counts[field] = (counts[field] ?? 0) + 1;
};

/** What the names of a row's fields say by themselves. */
interface Layout {
  readonly fields: readonly string[];
  readonly unknown: readonly string[];
  readonly missing: readonly string[];
}

const layoutOf = (record: CallRecord): Layout => {
  const fields = Object.keys(record);
  return {
    fields,
    unknown: fields.filter((field) => !known.has(field)),
    missing: needed.filter((field) => !(field in record)),
  };
};

const inspector = (findings: FieldFindings): ((record: CallRecord) => void) => {
  let layout = layoutOf({});
  return (record) => {
    let at = 0;
    let changed = false;
    for (const field in record) {
      if (field !== layout.fields[at++]) changed = true;
      if (typeof record[field] !== "string" && known.has(field) && !structured.has(field))
        count(findings.retyped, field);
    }
    if (changed || at !== layout.fields.length) layout = layoutOf(record);
    for (const field of layout.unknown) count(findings.unknown, field);
    for (const field of layout.missing) count(findings.missing, field);
  };
};
