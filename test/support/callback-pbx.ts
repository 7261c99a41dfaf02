import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import type { WmsClient } from "../../lib/wms/client.ts";
import { WmsError } from "../../lib/wms/errors.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";
import { pbxClient } from "./pbx-client.ts";

/** A leg as a test describes it. Times are epoch ms. */
export interface ModelLeg {
  readonly start: number;
  readonly end: number;
  readonly answer?: number;
  readonly from: string;
  readonly to: string;
  readonly disposition: string;
  readonly channel: string;
  readonly dstchannel?: string;
  readonly lastapp?: string;
  readonly lastdata?: string;
  readonly type?: string;
  readonly userfield?: string;
}

interface Shown {
  readonly record: CallRecord;
  readonly visibleAt: number;
}

const cache = new Map<string, Intl.DateTimeFormat>();
/** A wall clock as the PBX writes it, with its offset from UTC. */
export const wallClock = (zone: string, at: number): { readonly text: string; readonly offset: string } => {
  let format = cache.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
      hourCycle: "h23",
    });
    cache.set(zone, format);
  }
  const second = Math.floor(at / 1000) * 1000;
  const text = format.format(second);
  const minutes = (Date.parse(`${text.replace(" ", "T")}Z`) - second) / 60_000;
  const two = (count: number): string => String(count).padStart(2, "0");
  const size = Math.abs(minutes);
  return { text, offset: `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${two(size % 60)}` };
};

/** A PBX's history in memory, behind the client's methods; it shares nothing with lib but types. */
export class CallbackPbx {
  readonly id: string;
  readonly zone: string;
  settings: PbxSettings;
  now: () => number;
  /** What refuses questions to history. */
  down = false;
  filterIgnored = false;
  questions = 0;
  /** The id of the next row: a new one, or the one of the row before it. Of `twice` the row is there two times. */
  nextId: () => "new" | "before" | "twice" = () => "new";
  #nextId: number;
  readonly #rows: Shown[] = [];
  originate: WmsClient["originate"] = () => Promise.reject(new Error("nothing may be dialled here"));

  constructor(id: string, settings: PbxSettings, now: () => number, firstId = 1) {
    this.id = id;
    this.settings = settings;
    this.zone = settings.timezone ?? "UTC";
    this.now = now;
    this.#nextId = firstId;
  }

  /** Legs of one call, which appear together. */
  show(legs: readonly ModelLeg[], visibleAt = this.now()): void {
    for (const leg of legs) {
      const start = wallClock(this.zone, leg.start);
      const answered = leg.answer !== undefined;
      // two calls with one id and one start could not be told apart
      const id = this.#rows.at(-1)?.record["start"] === start.text ? "new" : this.nextId();
      const record: CallRecord = {
        id: String(id === "before" ? this.#nextId - 1 : this.#nextId++),
        pbxid: "p1",
        start: start.text,
        answer: leg.answer === undefined ? "" : wallClock(this.zone, leg.answer).text,
        end: wallClock(this.zone, leg.end).text,
        timezone: start.offset,
        from_number: leg.from,
        to_number: leg.to,
        src: leg.from,
        dst: leg.to,
        disposition: leg.disposition,
        duration: String(Math.round((leg.end - leg.start) / 1000)),
        billsec: answered ? String(Math.round((leg.end - (leg.answer ?? leg.end)) / 1000)) : "0",
        lastapp: leg.lastapp ?? "Dial",
        lastdata: leg.lastdata ?? "",
        channel: leg.channel,
        dstchannel: leg.dstchannel ?? "",
        userfield: leg.userfield ?? "",
        type: leg.type ?? "call",
      };
      this.#rows.push({ record, visibleAt });
      if (id === "twice") this.#rows.push({ record: { ...record }, visibleAt });
    }
  }

  page(query: HistoryPageQuery): HistoryPage {
    this.questions++;
    if (this.down) throw new WmsError("WMS_UNREACHABLE", { detail: "down", sent: "no" });
    const bounds = (field: string): { from?: string; to?: string } => {
      const bound = query.filter?.[field];
      return typeof bound === "object" && !this.filterIgnored ? bound : {};
    };
    const [start, ids] = [bounds("start"), bounds("id")];
    const now = this.now();
    const matches = this.#rows
      .filter(({ record, visibleAt }) => {
        if (visibleAt > now) return false;
        const at = String(record["start"]);
        if (at < (start.from ?? "") || at > (start.to ?? "9")) return false;
        if (Number(record["id"]) < Number(ids.from ?? 0)) return false;
        return (
          query.search === undefined ||
          Object.values(record).some((value) => String(value).includes(query.search ?? ""))
        );
      })
      .map(({ record }) => record);
    if (query.dir === "DESC") matches.reverse();
    const offset = query.offset ?? 0;
    return { total: matches.length, records: matches.slice(offset, offset + (query.count ?? 100)) };
  }

  asPbx(): Pbx {
    const client = pbxClient({
      originate: (params, options) => this.originate(params, options),
      historyPage: async (query) => this.page(query),
    });
    const pseudonym = (): never => {
      throw new Error("no pseudonym is asked for");
    };
    return { id: this.id, client, settings: this.settings, pseudonym };
  }
}

/** Legs of a call from outside to phones that nobody picks up, all of one channel. */
export const missedLegs = (
  from: string,
  start: number,
  end: number,
  phones: readonly string[] = ["201"],
  queue?: string,
): ModelLeg[] =>
  phones.map((to) => ({
    start,
    end,
    from,
    to,
    disposition: "NO ANSWER",
    channel: `SIP/trunk-${start.toString(16)}${from.slice(-2)}`,
    dstchannel: `SIP/${to}-${start.toString(16)}${from.slice(-2)}`,
    ...(queue === undefined ? {} : { lastapp: "Queue", lastdata: `${queue},t` }),
  }));

/** The leg of a call in which somebody of ours talked. */
export const talkLeg = (
  from: string,
  to: string,
  { start, answer, end }: { readonly start: number; readonly answer: number; readonly end: number },
): ModelLeg => ({
  start,
  answer,
  end,
  from,
  to,
  disposition: "ANSWERED",
  channel: `SIP/${from}-${start.toString(16)}`,
  dstchannel: `SIP/${to}-${start.toString(16)}${from.slice(-2)}`,
});

/** What a ring comes to. */
export type RingEnd =
  | "talked"
  | "no_answer"
  | "busy"
  | "failed"
  | "agent_missed"
  | "agent_voicemail"
  | "agent_hung_up";

/** The legs that Originate leaves: `Local/…;2` to the agent, `Local/…;1` to the customer. */
export const ringLegs = (
  { target, number, at }: { readonly target: string; readonly number: string; readonly at: number },
  end: RingEnd,
  { agentMs = 5_000, customerMs = 20_000, talkMs = 60_000 } = {},
): ModelLeg[] => {
  const local = `Local/${target}@users-${at.toString(16)}`;
  const picked = at + agentMs;
  const answered = picked + customerMs;
  const over =
    end === "talked" || end === "agent_voicemail"
      ? answered + talkMs
      : end === "agent_hung_up"
        ? picked + 2_000
        : answered;
  const first: ModelLeg = {
    start: at,
    end: over,
    answer: picked,
    from: number,
    to: target,
    disposition: "ANSWERED",
    channel: `${local};2`,
    dstchannel: `SIP/${target}-${at.toString(16)}`,
  };
  if (end === "agent_missed") {
    const { answer: _answer, ...unanswered } = first;
    return [{ ...unanswered, end: at + 20_000, disposition: "NO ANSWER" }];
  }
  if (end === "agent_hung_up") return [first];
  const second: ModelLeg = {
    start: picked,
    end: over,
    from: target,
    to: number,
    disposition: "NO ANSWER",
    channel: `${local};1`,
    dstchannel: `SIP/trunk-${at.toString(16)}`,
  };
  const dispositions = { no_answer: "NO ANSWER", busy: "BUSY", failed: "CONGESTION" } as const;
  if (end === "talked" || end === "agent_voicemail") {
    const voicemail = { ...first, lastapp: "VoiceMail", dstchannel: "" };
    return [end === "talked" ? first : voicemail, { ...second, answer: answered, disposition: "ANSWERED" }];
  }
  return [first, { ...second, disposition: dispositions[end] }];
};
