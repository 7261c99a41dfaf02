import type { Pbx } from "../../../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import type { OriginateOptions } from "../../../lib/wms/client.ts";
import { type WmsCode, WmsError } from "../../../lib/wms/errors.ts";
import { formatLocal } from "../../../lib/wms/local-time.ts";
import type { HistoryPage, CallRecord as HistoryRow } from "../../../lib/wms/operations/history-page.ts";
import type { OriginateParams } from "../../../lib/wms/operations/originate.ts";
import { pbxClient } from "../../support/pbx-client.ts";
import type { World } from "../world.ts";
import type { Machine } from "./machine.ts";

/** What becomes of a request, and whether phones ring for it. */
const fates = [
  { name: "connection refused", sent: "no", rings: false, code: "WMS_UNREACHABLE" },
  { name: "reset before the first byte", sent: "no", rings: false, code: "WMS_UNREACHABLE" },
  { name: "reset after the first byte, unheard", sent: "maybe", rings: false, code: "WMS_CONNECTION_LOST" },
  { name: "reset after the first byte, heard", sent: "maybe", rings: true, code: "WMS_CONNECTION_LOST" },
  { name: "answer lost", sent: "maybe", rings: true, code: "WMS_TIMEOUT" },
  { name: "time-out, unheard", sent: "maybe", rings: false, code: "WMS_TIMEOUT" },
  { name: "5xx that acted", sent: "yes", rings: true, code: "WMS_SERVER_ERROR" },
  { name: "5xx that did not act", sent: "yes", rings: false, code: "WMS_SERVER_ERROR" },
  { name: "answer cut off", sent: "yes", rings: true, code: "WMS_ANSWER_TRUNCATED" },
  { name: "4xx", sent: "yes", rings: false, code: "WMS_FORBIDDEN" },
  { name: "type error with 200", sent: "yes", rings: false, code: "WMS_REFUSED" },
  { name: "429", sent: "yes", rings: false, code: "WMS_RATE_LIMITED" },
  { name: "401", sent: "yes", rings: false, code: "WMS_UNAUTHORIZED" },
] as const satisfies readonly {
  name: string;
  sent: "no" | "maybe" | "yes";
  rings: boolean;
  code: WmsCode;
}[];

const zoneOffset = 3600;

/** A PBX at the level of its client: phones that ring, a history that gets rows when calls end. */
export class PhoneSystem {
  /** Which phone rang when, epoch ms. */
  readonly rings: { readonly extension: string; readonly at: number; readonly params: OriginateParams }[] =
    [];
  readonly #rows: HistoryRow[] = [];
  readonly #world: World;
  readonly settings: PbxSettings;

  constructor(world: World) {
    this.#world = world;
    this.settings = {
      country: "US",
      contexts: ["users"],
      extension_pattern: "[1-9][0-9]{2}",
      allowed_countries: ["US"],
      caps: { per_minute: 1_000, per_caller: 10_000, per_destination: 10_000, per_day: 100_000 },
      // half of all PBXs carry a mark into their history
      ...(world.chance.happens(0.5) ? { call_marker: "account" as const } : {}),
    };
  }

  rang(extension: string): number {
    return this.rings.filter((ring) => ring.extension === extension).length;
  }

  /** The PBX as one machine sees it. */
  seenBy(machine: Machine): Pbx {
    const client = pbxClient({
      originate: (params, options = {}) => this.#originate(machine, params, options),
      historyPage: (query) => this.#historyPage(machine, query.count ?? 100, query.offset ?? 0),
    });
    return { id: "milan", client, settings: this.settings, pseudonym: (text) => `p${text.length}-${text}` };
  }

  async #originate(machine: Machine, params: OriginateParams, options: OriginateOptions): Promise<void> {
    const { chance } = this.#world;
    for (let attempt = 1; ; attempt++) {
      const fate = chance.happens(0.45) ? undefined : chance.pick(fates);
      await machine.step();
      if (fate !== undefined) machine.note(fate.name);
      if (fate?.sent === "no") throw failure(fate.code, fate.sent, fate.name);
      await machine.step(chance.whole(5, 80));
      // from here to the first byte nothing can come between
      try {
        options.beforeFirstByte?.();
      } catch (cause) {
        throw new WmsError("WMS_UNREACHABLE", { detail: "nothing was sent", sent: "no", cause });
      }
      if (fate === undefined || fate.rings) this.#ring(params, chance.pick([5, 40, 300, 2_500]));
      await machine.step(fate?.code === "WMS_TIMEOUT" ? (options.timeoutMs ?? 6_000) : chance.whole(20, 900));
      if (fate === undefined) return;
      const again = fate.code === "WMS_UNAUTHORIZED" && attempt === 1 && chance.happens(0.7);
      if (!again || (await options.repeatAfter401?.()) === false)
        throw failure(fate.code, fate.sent, fate.name);
    }
  }

  #ring(params: OriginateParams, transit: number): void {
    const world = this.#world;
    const extension = /^Local\/(\d+)@/.exec(params.channel)?.[1] ?? "";
    world.at(world.now + transit, () => {
      const at = world.now;
      this.rings.push({ extension, at, params });
      world.at(at + world.chance.whole(3_000, 90_000), () => {
        const common = {
          start: formatLocal(Math.floor(at / 1000) + zoneOffset),
          timezone: "+0100",
          pbxid: "1",
          from_number: extension,
          userfield: params.account ?? "",
        };
        this.#rows.push({ ...common, id: String(this.#rows.length + 1), to_number: extension });
        if (world.chance.happens(0.6))
          this.#rows.push({ ...common, id: String(this.#rows.length + 1), to_number: params.exten ?? "" });
      });
    });
  }

  async #historyPage(machine: Machine, count: number, offset: number): Promise<HistoryPage> {
    await machine.step();
    if (this.#world.chance.happens(0.1)) {
      machine.note("history away");
      throw failure("WMS_UNREACHABLE", "no", "history away");
    }
    await machine.step();
    // newest first where one row is asked for; all of them, whatever the window, where more are
    const rows = count === 1 ? this.#rows.slice(-1) : this.#rows;
    return { total: rows.length, records: rows.slice(offset, offset + count) };
  }
}

const failure = (code: WmsCode, sent: "no" | "maybe" | "yes", detail: string): WmsError =>
  new WmsError(code, { detail, sent, ...(code === "WMS_RATE_LIMITED" ? { retryAfter: 2 } : {}) });
