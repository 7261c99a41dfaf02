import { formatLocal } from "../../wms/local-time.ts";
import { possibleLocal } from "../calendar/utc.ts";
import { fieldText, fieldWord, fromNumber, numberText, toNumber } from "../rows/field-text.ts";
import type { ExportRow, RowSettings } from "../rows/rows.ts";
import { strengthOf } from "./channel-name.ts";
import type { Leg } from "./group.ts";

export type { Leg } from "./group.ts";

/** How the rows of a PBX are read. */
export type GroupingSettings = RowSettings;

/** Reads rows into legs. */
export const legReader = ({ callIdField }: GroupingSettings): ((row: ExportRow, seq: number) => Leg) => {
  const [startOf, answerOf, endOf] = [epochReader(), epochReader(), epochReader()];
  // the legs that wait share this text: each row brings its own
  let pbxid = "";
  return ({ record, typed }, seq) => {
    const from = fromNumber(record);
    const to = toNumber(record);
    const { direction, other_e164: other } = typed;
    const { talk_seconds: talk, total_seconds: total } = typed;
    const start = startOf(typed.start_utc);
    const answer = answerOf(typed.answer_utc);
    const bySeconds = start === null || total === null ? null : start + total;
    const ownId = fieldText(record["pbxid"]);
    if (ownId !== pbxid) pbxid = ownId;
    const callerInside = direction === "internal" || direction === "outbound";
    // a call that was placed rings its caller first: that leg is outbound, and the other side is the number that it shows
    const rang = typed.placed_by !== null && typed.extension === to;
    const end =
      endOf(typed.end_utc) ?? bySeconds ?? (start === null ? null : (answer ?? start) + (talk ?? 0));
    const localStart = fieldText(record["start"]);
    return {
      seq,
      id: fieldText(record["id"]),
      pbxid,
      start,
      answer,
      end,
      localStart,
      localAnswer: fieldText(record["answer"]) || localText(answer, start, localStart),
      localEnd: fieldText(record["end"]) || localText(end, start, localStart),
      talk,
      from,
      fromName: fieldText(record["from_name"]),
      to,
      toName: fieldText(record["to_name"]),
      fromKey: callerInside && !rang ? from : (other ?? from),
      toKey: direction === "outbound" && !rang ? (other ?? to) : to,
      callerInside,
      otherE164: other,
      dst: numberText(record["dst"]),
      channel: channelText(record["channel"]),
      dstchannel: fieldText(record["dstchannel"]),
      callId: callIdField === undefined ? "" : callIdText(record[callIdField]),
      app: fieldWord(record["lastapp"]),
      data: fieldText(record["lastdata"]),
      disposition: fieldWord(record["disposition"]),
      fax: typed.fax,
      direction,
      extension: typed.extension,
      queue: typed.queue,
      trunk: typed.trunk,
      placedBy: typed.placed_by,
      group: undefined,
    };
  };
};

/** The wall clock of a time that the row does not write, by the offset of its start. Empty if there is none. */
const localText = (seconds: number | null, start: number | null, localStart: string): string => {
  if (seconds === null || start === null) return "";
  const local = possibleLocal(localStart);
  return local === undefined ? "" : formatLocal(local + seconds - start);
};

/** The name of the caller's channel, if it is that of one channel. */
const channelText = (value: unknown): string => {
  const text = fieldText(value);
  return strengthOf(text) === "none" ? "" : text;
};

/** An id of the PBX. In a leg without one, some PBXs write a word, zeros or a negative number. */
const callIdText = (value: unknown): string => {
  const text = fieldText(value).trim();
  return noId.test(text) ? "" : text;
};
const noId = /^(?:[0.:-]*|-[\d.]+|[(<]?(?:null|nil|none|nan|n\/?a|undefined|unknown|false|empty)[)>]?)$/i;

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

/** Two digits of a string. */
const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
