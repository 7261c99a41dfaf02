import { fieldText, fieldWord } from "../rows/field-text.ts";
import type { ExportRow, RowSettings } from "../rows/rows.ts";

/** How the rows of a PBX are read. */
export type GroupingSettings = RowSettings;

/** A leg as the rules see it: small, because thousands are kept. Times are epoch seconds. */
export interface Leg {
  /** Counts the rows in the order of their arrival. */
  readonly seq: number;
  readonly id: string;
  readonly pbxid: string;
  /** Null if the row has no such time. */
  readonly start: number | null;
  readonly answer: number | null;
  readonly end: number | null;
  /** The same times as the row writes them. */
  readonly local: readonly [start: string, answer: string, end: string];
  readonly talk: number | null;
  readonly from: string;
  readonly fromName: string;
  readonly to: string;
  readonly toName: string;
  /** Numbers to compare: E.164 if it is known, otherwise the number unchanged. */
  readonly fromKey: string;
  readonly toKey: string;
  readonly callerInside: boolean;
  /** The side that is outside, in E.164. */
  readonly otherE164: string | null;
  /** What the caller dialled. */
  readonly dst: string;
  /** Of the caller and of the called; empty if the row has none. */
  readonly channel: string;
  readonly dstchannel: string;
  /** The PBX's own id of the call; empty if it gives none. */
  readonly callId: string;
  /** In lower case. */
  readonly app: Lowercase<string>;
  readonly data: string;
  /** In lower case. */
  readonly disposition: Lowercase<string>;
  readonly fax: boolean;
  readonly direction: ExportRow["typed"]["direction"];
  readonly queue: string | null;
  readonly trunk: string | null;
  readonly placedBy: string | null;
  /** The number of its group. */
  group: number;
}

/** Reads rows into legs. */
export const legReader = ({ callIdField }: GroupingSettings): ((row: ExportRow, seq: number) => Leg) => {
  const [startOf, answerOf, endOf] = [epochReader(), epochReader(), epochReader()];
  // the legs that wait share this text: each row brings its own
  let pbxid = "";
  return ({ record, typed }, seq) => {
    const from = fieldText(record["from_number"]) || fieldText(record["src"]);
    const to = fieldText(record["to_number"]) || fieldText(record["dst"]);
    const { direction, other_e164: other } = typed;
    const { talk_seconds: talk, total_seconds: total } = typed;
    const start = startOf(typed.start_utc);
    const answer = answerOf(typed.answer_utc);
    const bySeconds = start === null || total === null ? null : start + total;
    const ownId = fieldText(record["pbxid"]);
    if (ownId !== pbxid) pbxid = ownId;
    const callerInside = direction === "internal" || direction === "outbound";
    return {
      seq,
      id: fieldText(record["id"]),
      pbxid,
      start,
      answer,
      end: endOf(typed.end_utc) ?? bySeconds ?? (start === null ? null : (answer ?? start) + (talk ?? 0)),
      local: [fieldText(record["start"]), fieldText(record["answer"]), fieldText(record["end"])],
      talk,
      from,
      fromName: fieldText(record["from_name"]),
      to,
      toName: fieldText(record["to_name"]),
      fromKey: callerInside ? from : (other ?? from),
      toKey: direction === "outbound" ? (other ?? to) : to,
      callerInside,
      otherE164: other,
      dst: fieldText(record["dst"]),
      channel: fieldText(record["channel"]),
      dstchannel: fieldText(record["dstchannel"]),
      callId: callIdField === undefined ? "" : fieldText(record[callIdField]),
      app: fieldWord(record["lastapp"]),
      data: fieldText(record["lastdata"]),
      disposition: fieldWord(record["disposition"]),
      fax: typed.fax,
      direction,
      queue: typed.queue,
      trunk: typed.trunk,
      placedBy: typed.placed_by,
      group: seq,
    };
  };
};

/** Epoch seconds of `YYYY-MM-DDTHH:MM:SSZ`. The day is parsed once for the legs of a day. */
const epochReader = (): ((utc: string | null) => number | null) => {
  let [day, base] = ["-", 0];
  return (utc) => {
    if (utc === null) return null;
    if (!utc.startsWith(day)) {
      day = utc.slice(0, 11);
      base = Date.parse(`${day}00:00:00Z`) / 1000;
    }
    return base + two(utc, 11) * 3600 + two(utc, 14) * 60 + two(utc, 17);
  };
};

/** Two digits of a text. */
const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
