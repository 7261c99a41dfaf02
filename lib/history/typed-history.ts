import type { Pbx } from "../pbxs/pbxs.ts";
import { type NumberStyle, sameNumber } from "../phone-number.ts";
import type { Limits } from "../wms/client.ts";
import { WmsError } from "../wms/errors.ts";
import type { CallRecord } from "../wms/operations/history-page.ts";
import { askDefaults, endOf, type HistoryAnswer, type HistoryQuestion } from "./ask.ts";
import { askNumbers, spreadFilter } from "./ask-numbers.ts";
import { fieldText, fromNumber, numberText, toNumber } from "./rows/field-text.ts";
import { rowSettingsOf } from "./rows/row-settings.ts";
import { noFindings, type TypedFields, toObject, typing } from "./rows/rows.ts";

const numbers = ["from_number", "src", "to_number", "dst"];
/** The channel says if zeros are an extension, and the mark says who began a call that this product placed. */
const directionFields = [...numbers, "channel", "userfield", "accountcode"];

const parties = [...numbers, "channel", "dstchannel"];

const times = ["start", "answer", "end", "billsec", "duration", "timezone"];

/** The fields of the PBX from which each typed one is made. */
const sources: Readonly<Record<keyof TypedFields, readonly string[]>> = {
  start_utc: times,
  answer_utc: times,
  end_utc: times,
  talk_seconds: ["billsec"],
  total_seconds: ["duration"],
  direction: directionFields,
  unanswered: [...directionFields, "answer", "disposition", "lastapp"],
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
    .filter(
      ({ record }) => extension === undefined || [fromNumber(record), toNumber(record)].includes(extension),
    )
    .filter(
      ({ record }) =>
        second === undefined || sameNumber(numberText(record[second.field]), second.number, style),
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
    ...(direction === undefined ? [] : sources.direction),
    ...(extension === undefined ? [] : numbers),
  ]),
];

/** Without a zone and an offset, the UTC times are unknown. */
const zoned = (typed: TypedFields, record: CallRecord, zone: string | undefined): TypedFields =>
  zone !== undefined || /^[+-]\d\d:?\d\d$/.test(fieldText(record["timezone"]))
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
    const matches = (value: unknown): boolean =>
      fieldText(value).toLowerCase() === wanted.toLowerCase() || sameNumber(numberText(value), wanted, style);
    if (!records.every((record) => matches(record[field])))
      throw new WmsError("WMS_FILTER_IGNORED", {
        field,
        detail: `the PBX ignores the filter \`${field}\`: it returned legs with other values`,
        sent: "yes",
      });
  }
};
