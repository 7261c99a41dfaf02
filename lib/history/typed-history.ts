import type { Pbx } from "../pbxs/pbxs.ts";
import { type NumberStyle, sameNumber } from "../phone-number.ts";
import type { Limits } from "../wms/client.ts";
import { WmsError } from "../wms/errors.ts";
import type { CallRecord } from "../wms/operations/history-page.ts";
import { askDefaults, endOf, type HistoryAnswer, type HistoryQuestion } from "./ask.ts";
import { askNumbers, spreadFilter } from "./ask-numbers.ts";
import { rowSettingsOf } from "./rows/row-settings.ts";
import { noFindings, type TypedFields, toObject, typing } from "./rows/rows.ts";

const parties = ["from_number", "src", "to_number", "dst", "channel", "dstchannel"];

const times = ["start", "answer", "end", "billsec", "duration", "timezone"];

/** The fields of the PBX from which each typed one is made. */
const sources: Readonly<Record<keyof TypedFields, readonly string[]>> = {
  start_utc: times,
  answer_utc: times,
  end_utc: times,
  talk_seconds: ["billsec"],
  total_seconds: ["duration"],
  direction: ["from_number", "src", "to_number", "dst"],
  unanswered: ["from_number", "src", "to_number", "dst", "answer", "disposition", "lastapp"],
  voicemail: ["lastapp"],
  fax: ["type"],
  extension: parties,
  queue: ["lastapp", "lastdata"],
  trunk: ["channel", "dstchannel"],
  other_e164: parties,
  placed_by: ["userfield", "accountcode"],
};
const isTyped = (field: string): field is keyof TypedFields => Object.hasOwn(sources, field);

/**
 * One page of call history with the typed fields of the export. `direction`, `extension` and a second number are applied here,
 * because no PBX filters by them: such a page can have fewer rows than the limit although more follow, and its total is unknown.
 *
 * @param zone time zone of the PBX, for rows without an offset
 * @throws WmsError WMS_FILTER_IGNORED if rows do not match a filter; otherwise as askHistory
 */
export const askTypedHistory = async (
  pbx: Pick<Pbx, "client" | "settings">,
  question: HistoryQuestion,
  zone: string | undefined,
  limits: Limits,
): Promise<HistoryAnswer> => {
  const { client, settings } = pbx;
  const { direction, extension, fields, limit } = question;
  const style = { country: settings.country, outsidePrefix: settings.outside_prefix };
  const [filter, second] = splitFilter(question, style);
  const isLocal = direction !== undefined || extension !== undefined || second !== undefined;
  const asked = {
    ...question,
    filter,
    fields: fields && originalsOf(question, fields),
    limit: isLocal ? askDefaults.maxLimit : limit,
  };
  const answer = await askNumbers(client, asked, style, settings.date_format ?? "iso", limits);
  checkFilters(answer.records, asked, style);
  const type = typing(rowSettingsOf(settings, zone ?? "UTC"), noFindings());
  const rows = answer.records
    .map((record) => ({ record, typed: zoned(type(record), record, zone) }))
    .filter(({ typed }) => direction === undefined || typed.direction === direction)
    .filter(({ record }) => extension === undefined || numbersOf(record).includes(extension))
    .filter(
      ({ record }) => second === undefined || sameNumber(text(record[second.field]), second.number, style),
    );
  const ids = rows.map(({ record }) => record["id"]);
  const end = endOf(ids, limit);
  return {
    total: isLocal ? null : answer.total,
    records: rows
      .slice(0, end)
      .map((row) => toObject(row, fields && [...new Set(["id", "start", ...fields])])),
    next: end < ids.length ? String(ids[end - 1]) : answer.next,
  };
};

/** The fields to ask the PBX for: those named, and those from which typed fields and filters are made. */
const originalsOf = (
  { filter, direction, extension }: HistoryQuestion,
  fields: readonly string[],
): string[] => [
  ...new Set([
    ...fields.flatMap((field) => (isTyped(field) ? sources[field] : [field])),
    ...Object.keys(filter),
    ...(direction === undefined && extension === undefined ? [] : sources.direction),
  ]),
];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const numbersOf = (record: CallRecord): string[] => [
  text(record["from_number"]) || text(record["src"]),
  text(record["to_number"]) || text(record["dst"]),
];

/** Without a zone and an offset, the UTC times are unknown. */
const zoned = (typed: TypedFields, record: CallRecord, zone: string | undefined): TypedFields =>
  zone !== undefined || /^[+-]\d\d:?\d\d$/.test(text(record["timezone"]))
    ? typed
    : { ...typed, start_utc: null, answer_utc: null, end_utc: null };

/** The filters for the PBX, and one number for the rows: all pairs of two numbers' notations would be many requests. */
const splitFilter = (
  question: HistoryQuestion,
  style: NumberStyle,
): [HistoryQuestion["filter"], { readonly field: string; readonly number: string } | undefined] => {
  if (spreadFilter(question, style)?.field !== "from_number") return [question.filter, undefined];
  const { to_number: number, ...filter } = question.filter;
  return [filter, number === undefined ? undefined : { field: "to_number", number }];
};

/** A PBX that ignores a filter returns rows that do not match it. */
const checkFilters = (
  records: readonly CallRecord[],
  { filter }: HistoryQuestion,
  style: NumberStyle,
): void => {
  for (const [field, wanted] of Object.entries(filter)) {
    const matches = (value: string): boolean =>
      value.toLowerCase() === wanted.toLowerCase() || sameNumber(value, wanted, style);
    if (!records.every((record) => matches(text(record[field]))))
      throw new WmsError("WMS_FILTER_IGNORED", {
        field,
        detail: `the PBX ignores the filter \`${field}\`: it returned legs with other values`,
        sent: "yes",
      });
  }
};
