import * as z from "zod/mini";
import { atOnce } from "../../at-once.ts";
import type { Config } from "../../config.ts";
import { ProductError } from "../../errors.ts";
import { invalid, parseInput } from "../../input.ts";
import { listed } from "../../listed.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Pbxs } from "../../pbxs/pbxs.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import type { StateStore } from "../../state.ts";
import { placedStore } from "../../store/customers.ts";
import type { ExportStore } from "../../store/store.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import { dayAt, parseDay } from "../calendar/local-days.ts";
import { oldestKept } from "../calendar/retention.ts";
import { placePbxs } from "../publication/place-pbxs.ts";
import { exportDay } from "./export-day.ts";
import { erasedOf, jobFor } from "./export-job.ts";
import { type NightPlan, type PlannedDay, planNight } from "./night-plan.ts";

const eventSchema = z.strictObject({
  pbx: z.optional(z.string()),
  day: z.optional(z.string()),
  force: z.optional(z.boolean()),
});

export interface ExportOrder {
  readonly pbx: string | undefined;
  readonly day: string | undefined;
  readonly force: boolean;
}

/** Reads the function's event: `{}` for yesterday of all PBXs; `pbx` and `day` select one. Throws INPUT_INVALID. */
export const readExportEvent = (event: unknown): ExportOrder => {
  const order = parseInput(eventSchema, event ?? {});
  return {
    pbx: order.pbx,
    day: order.day === undefined ? undefined : parseDay(order.day, "day"),
    force: order.force ?? false,
  };
};

export interface ExportSummary {
  readonly exported: readonly { pbx: string; day: string; rows: number; skipped: boolean }[];
}

export interface ExportPorts {
  readonly config: Config;
  readonly registry: PbxRegistry;
  readonly pbxs: Pbxs;
  readonly store: ExportStore;
  readonly state: Pick<StateStore, "list" | "read">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** PBXs read at the same time. Each PBX is slow and has its own rate limit. */
const pbxsAtOnce = 4;
/** A run that cannot finish stops so long before the function does, ms. */
const reserve = 10_000;

/**
 * Exports the PBX days of an order, several PBXs at the same time. A PBX that fails stops no other. After the last PBX, throws
 * EXPORT_FAILED if one failed, so that the invocation counts as failed.
 */
export const exportNight = async (
  ports: ExportPorts,
  order: ExportOrder,
  timeLeft: number,
): Promise<ExportSummary> => {
  const { days, refused } = await plan(ports, order);
  const { placements } = await placePbxs(ports.store, await ports.registry.list());
  const placed = { ...ports, store: placedStore(ports.store, placements) };
  const signal = AbortSignal.timeout(Math.max(0, timeLeft - reserve));
  const exported: ExportSummary["exported"][number][] = [];
  const failed: string[] = [];
  const fail = (which: { readonly pbx: string }, error: unknown): void => {
    failed.push(which.pbx);
    ports.log.error("export failed", { ...which, ...errorFields(error) });
  };
  for (const { pbx, error } of refused) fail({ pbx }, error);
  await atOnce(pbxsAtOnce, days, async (planned) => {
    try {
      exported.push(await exportOne(placed, planned, order.force, signal));
    } catch (error) {
      fail(planned, error);
    }
  });
  const pbxs = days.length + refused.length;
  ports.log.info("export finished", { pbxs, exported: exported.length, failed: failed.length });
  if (failed.length > 0) {
    throw new ProductError("EXPORT_FAILED", {
      detail: `${exported.length} of ${pbxs} exported; not exported: ${listed(failed.sort())}`,
    });
  }
  return { exported };
};

/** Throws INPUT_INVALID if the PBX named is not registered or not exported, or if the day is not over. */
const plan = async (ports: ExportPorts, { pbx, day }: ExportOrder): Promise<NightPlan> => {
  const entries = await ports.registry.list();
  const wanted = entries.filter(({ id }) => pbx === undefined || id === pbx);
  if (pbx !== undefined && wanted.length === 0)
    throw invalid("pbx", `must be the id of a registered PBX; got ${pbx.slice(0, 40)}. Check the spelling.`);
  const now = ports.clock.now();
  const kept = oldestKept(dayAt("UTC", now), ports.config.retentionDays);
  if (day !== undefined && kept !== undefined && day < kept)
    throw invalid(
      "day",
      `must not be older than the retention of ${ports.config.retentionDays} days (\`exportRetentionDays\`); got ${day}.`,
    );
  const planned = planNight(wanted, day, now);
  if (planned.days.length > 0) return planned;
  const [refused] = planned.refused;
  if (refused !== undefined) throw refused.error;
  if (pbx !== undefined)
    throw invalid("pbx", "must be a PBX that has a time zone (tag wildix:timezone) and whose export is on.");
  return planned;
};

const exportOne = async (ports: ExportPorts, planned: PlannedDay, force: boolean, signal: AbortSignal) => {
  const pbx = await ports.pbxs.get(planned.pbx);
  const erased = await erasedOf(ports.state, pbx);
  const { manifest, skipped } = await exportDay(
    { ...ports, client: pbx.client },
    { ...jobFor(pbx, planned.day, planned.zone, ports.config), force, signal, erased },
  );
  ports.log.info(skipped ? "day skipped: it has a manifest" : "day exported", {
    pbx: pbx.id,
    day: planned.day,
    rows: manifest.rows,
    paging: manifest.paging,
  });
  return { pbx: pbx.id, day: planned.day, rows: manifest.rows, skipped };
};
