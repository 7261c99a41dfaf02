import { WmsError } from "../../../lib/wms/errors.ts";
import { formatLocal } from "../../../lib/wms/local-time.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { offsetAt } from "../../../simulator/zone.ts";
import { type ModelFaults, type ModelRow, PbxModel } from "../../support/pbx-model.ts";
import type { Dice } from "../random.ts";

/** A state of a row: it stood so from one tick to another. */
interface Version {
  readonly row: ModelRow;
  readonly from: number;
  to: number;
}

const pagings: readonly ModelFaults[] = [
  {},
  {},
  { idFilterIgnored: true },
  { sortIgnored: true },
  { exclusiveEnds: true },
  { exclusiveEnds: true, sortIgnored: true },
  { pageCap: 5 },
  { noTotal: true },
];

const troubles = [
  () => new WmsError("WMS_NOT_FOUND", { detail: "404", sent: "yes" }),
  () => new WmsError("WMS_ANSWER_EMPTY", { detail: "empty", sent: "yes" }),
  () => new WmsError("WMS_NOT_JSON", { detail: "HTML", sent: "yes" }),
  () => new WmsError("WMS_TIMEOUT", { detail: "slow", sent: "maybe" }),
  () => new WmsError("WMS_RATE_LIMITED", { detail: "429", sent: "yes", retryAfter: 120 }),
];

const without = (records: readonly CallRecord[], dice: Dice): CallRecord[] => {
  const lost = dice.whole(Math.max(1, records.length));
  return records.filter((_, at) => at !== lost);
};

/** A PBX over some days: calls come, records come late, change and go, the PBX is replaced, pages wrongly, fails. */
export class PbxLife {
  readonly id: string;
  readonly zone: string;
  readonly model: PbxModel;
  /** What ever was, in the order in which it came. */
  readonly versions: Version[] = [];
  faultsInjected = 0;
  /** How likely a request meets trouble, and rows move meanwhile. */
  troubleChance = 0;
  moveChance = 0;
  /**
   * Rows that are counted may fail to come. Not where rows also come and go: a row lost, one removed and one added within one
   * reading leave counts that agree, and no count can tell (docs/history.md says so).
   */
  readonly #loses: boolean;
  readonly #callsAnHour: number;
  readonly #dice: Dice;
  #nextId = 1;
  #serial = 0;
  #mark = 0;

  constructor(id: string, zone: string, dice: Dice) {
    this.id = id;
    this.zone = zone;
    this.#dice = dice;
    this.#loses = dice.chance(0.3);
    // legs wait for those of their channel: only a busy day needs several invocations
    this.#callsAnHour = dice.chance(0.15) ? 16 : 4;
    this.model = new PbxModel([]);
  }

  /** Calls that began within the last hour. */
  hourPasses(now: number, tick: number): void {
    for (let calls = this.#dice.whole(this.#callsAnHour); calls > 0; calls--)
      this.#add(now - this.#dice.whole(3_600_000), tick);
    // several calls at midnight's very second, on both sides of it
    if (this.#dice.chance(0.1)) {
      const midnight = Math.floor(this.#local(now) / 86_400) * 86_400;
      for (const second of [midnight - 1, midnight, midnight]) this.#addLocal(second, tick);
    }
  }

  #local(now: number): number {
    const utc = Math.floor(now / 1000);
    return utc + offsetAt(this.zone, utc);
  }

  #add(at: number, tick: number): void {
    this.#addLocal(this.#local(at), tick);
  }

  #addLocal(local: number, tick: number): void {
    const id = this.#nextId++;
    // a caller's channel has some legs, one after another
    const caller = Math.floor(id / 4);
    const start = formatLocal(local);
    const row = {
      id: String(id),
      start,
      end: start,
      pbxid: `serial-${this.#serial}`,
      channel: `SIP/telco-${caller.toString(16).padStart(8, "0")}`,
      from_number: `0039021${caller}`,
      to_number: "101",
      tags: `mark-${this.#mark++}`,
    };
    this.model.rows.push(row);
    this.versions.push({ row, from: tick, to: Number.POSITIVE_INFINITY });
  }

  #end(row: ModelRow, tick: number): void {
    const version = this.versions.find((each) => each.row === row);
    if (version) version.to = tick;
  }

  /** The PBX is replaced: ids begin again under another serial. */
  replace(): void {
    this.#serial++;
    this.#nextId = 1;
    this.faultsInjected++;
  }

  changePaging(): void {
    // a PBX that neither counts nor gives all its rows can be seen through by nobody
    this.model.faults = this.#dice.pick(this.#loses ? pagings.filter(({ noTotal }) => !noTotal) : pagings);
    this.faultsInjected++;
  }

  /** A row of the last days comes late, changes or goes. */
  move(now: number, tick: number): void {
    this.faultsInjected++;
    const { rows } = this.model;
    const what = this.#dice.whole(3);
    if (what === 0 || rows.length === 0) {
      this.#add(now - this.#dice.whole(30) * 3_600_000, tick);
      return;
    }
    // the newest: those that are still exported
    const at = rows.length - 1 - this.#dice.whole(Math.min(rows.length, 40));
    const row = rows[at];
    if (row === undefined) return;
    this.#end(row, tick);
    if (what === 1) {
      rows.splice(at, 1);
      return;
    }
    const changed = { ...row, tags: `mark-${this.#mark++}` };
    rows[at] = changed;
    this.versions.push({ row: changed, from: tick, to: Number.POSITIVE_INFINITY });
  }

  /** A record of a day comes late. */
  lateOn(day: string, tick: number): void {
    if (this.#loses) return;
    this.faultsInjected++;
    this.#addLocal(Date.parse(`${day}T00:00:00Z`) / 1000 + this.#dice.whole(86_400), tick);
  }

  answer(query: HistoryPageQuery, now: number, tick: number): Promise<HistoryPage> {
    if (!this.#loses && this.#dice.chance(this.moveChance)) this.move(now, tick);
    if (this.#dice.chance(this.troubleChance)) {
      this.faultsInjected++;
      return Promise.reject(this.#dice.pick(troubles)());
    }
    const page = this.model.historyPage(query);
    if (query.count === 1 || !this.#loses || !this.#dice.chance(this.moveChance)) return page;
    this.faultsInjected++;
    return page.then(({ total, records }) => ({ total, records: without(records, this.#dice) }));
  }
}
