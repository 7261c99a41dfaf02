import * as z from "zod/mini";
import { atOnce } from "../at-once.ts";
import { ProductError } from "../errors.ts";
import { invalid, parseInput } from "../input.ts";
import { errorFields } from "../log.ts";
import type { StorePorts } from "../ports.ts";
import { exportDay } from "./export-day.ts";
import { jobFor } from "./export-job.ts";
import { checkOver, parseDay } from "./local-days.ts";
import { type PlannedDay, planYesterday } from "./plan.ts";

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

/** The function's event: nothing for yesterday of all, `{pbx}`, `{day}` or both for less. Throws INPUT_INVALID. */
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

/** PBXs read at the same time: each is slow on its own and bounded by its own rate. */
const pbxsAtOnce = 4;
/** Kept back from the function's time, so that a run that cannot finish stops cleanly, ms. */
const reserve = 10_000;

/**
 * Exports what was ordered, several PBXs at a time. One PBX's failure never stops the others; when all are through, it is
 * thrown as EXPORT_FAILED, so that the invocation counts as failed.
 */
export const exportNight = async (
  ports: StorePorts,
  order: ExportOrder,
  timeLeft: number,
): Promise<ExportSummary> => {
  const days = await plan(ports, order);
  const signal = AbortSignal.timeout(Math.max(0, timeLeft - reserve));
  const exported: ExportSummary["exported"][number][] = [];
  const failed: string[] = [];
  await atOnce(pbxsAtOnce, days, async (planned) => {
    try {
      exported.push(await exportOne(ports, planned, order.force, signal));
    } catch (error) {
      failed.push(planned.pbx);
      ports.log.error("export failed", { ...planned, ...errorFields(error) });
    }
  });
  ports.log.info("export finished", { pbxs: days.length, exported: exported.length, failed: failed.length });
  if (failed.length > 0) {
    throw new ProductError("EXPORT_FAILED", {
      detail: `${exported.length} of ${days.length} exported; not: ${failed.sort().join(", ")}`,
    });
  }
  return { exported };
};

const plan = async (ports: StorePorts, order: ExportOrder): Promise<PlannedDay[]> => {
  const entries = await ports.registry.list();
  if (order.pbx !== undefined && !entries.some(({ id }) => id === order.pbx))
    throw invalid("pbx", "is not registered.");
  const wanted = planYesterday(entries, ports.clock.now()).filter(
    ({ pbx }) => order.pbx === undefined || pbx === order.pbx,
  );
  if (order.pbx !== undefined && wanted.length === 0)
    throw invalid("pbx", "has no zone (tag wildix:timezone), or its export is switched off.");
  const { day } = order;
  if (day === undefined) return wanted;
  const now = ports.clock.now();
  return wanted.map((planned) => ({ ...planned, day: checkOver(day, planned.zone, now, "day") }));
};

const exportOne = async (ports: StorePorts, planned: PlannedDay, force: boolean, signal: AbortSignal) => {
  const pbx = await ports.pbxs.get(planned.pbx);
  const { manifest, skipped } = await exportDay(
    { ...ports, client: pbx.client },
    { ...jobFor(pbx, planned.day, planned.zone, ports.config), force, signal },
  );
  ports.log.info(skipped ? "day stood already" : "day exported", {
    pbx: pbx.id,
    day: planned.day,
    rows: manifest.rows,
    paging: manifest.paging,
  });
  return { pbx: pbx.id, day: planned.day, rows: manifest.rows, skipped };
};
