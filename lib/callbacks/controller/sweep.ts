import { atOnce } from "../../at-once.ts";
import { isError } from "../../errors.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { policyOf } from "../policy.ts";
import type { Desk } from "./desk.ts";
import type { DueEntry } from "./entries.ts";
import type { Visited } from "./judging.ts";
import { createRemovedPbx } from "./removed-pbx.ts";
import type { Visit } from "./visit.ts";

/** What a sweep did. */
export interface SweepReport {
  /** Entries whose time had come. */
  readonly due: number;
  readonly visited: number;
  readonly rang: number;
  /** PBXs left for the next sweep because something failed. */
  readonly failed: number;
  /** PBXs that were not looked at, because the deadline had passed. */
  readonly left: number;
}

/** PBXs that are handled at the same time: one that does not answer delays no other. */
const pbxsAtOnce = 20;

/** Visits the callbacks whose time has come: by target the oldest missed call first, up to as many as the target may ring. */
export const createSweep = (desk: Desk, visit: Visit) => {
  const { clock, index, log, pbxs } = desk;
  const visitRemoved = createRemovedPbx(desk);

  const sweepPbx = async (pbx: Pbx, entries: readonly DueEntry[], deadline: number, report: Counts) => {
    const visitOne = async (entry: DueEntry): Promise<Visited> => {
      report.visited++;
      const visited = await visit(entry);
      if (visited === "rang") report.rang++;
      return visited;
    };
    const inOrder = entries.toSorted((a, b) => a.item.value.first - b.item.value.first);
    for (const entry of inOrder.filter(({ item }) => item.value.ringing))
      if (clock.now() < deadline) await visitOne(entry);
    const waiting = Map.groupBy(
      inOrder.filter(({ item }) => !item.value.ringing),
      ({ target }) => target,
    );
    const slots = policyOf(pbx.settings)?.concurrent ?? 1;
    for (const ofTarget of waiting.values()) {
      let rang = 0;
      for (const entry of ofTarget) {
        if (clock.now() >= deadline) return;
        const visited = await visitOne(entry);
        if (visited === "stopped" || visited === "failed") {
          if (visited === "failed") report.failed++;
          return;
        }
        if (visited === "busy" || (visited === "rang" && ++rang >= slots)) break;
      }
    }
  };

  const sweepRemoved = async (entries: readonly DueEntry[], deadline: number): Promise<void> => {
    for (const entry of entries) if (clock.now() < deadline) await visitRemoved(entry);
  };

  /** Throws PBX_UNKNOWN for a PBX that was removed, even after its callbacks were closed: it counts as failed. */
  const sweepOne = async (id: string, entries: readonly DueEntry[], deadline: number, report: Counts) => {
    const pbx = await pbxs.get(id).catch(async (error: unknown) => {
      if (isError(error, "PBX_UNKNOWN")) await sweepRemoved(entries, deadline);
      throw error;
    });
    await sweepPbx(pbx, entries, deadline, report);
  };

  /** Until `deadline`, epoch ms. Throws STATE_UNAVAILABLE if the index cannot be read. */
  return async (deadline: number): Promise<SweepReport> => {
    const entries = await index.due(clock.now());
    const report: Counts = { due: entries.length, visited: 0, rang: 0, failed: 0, left: 0 };
    const byPbx = [...Map.groupBy(entries, ({ pbx }) => pbx)];
    await atOnce(pbxsAtOnce, byPbx, async ([id, ofPbx]) => {
      if (clock.now() >= deadline) {
        report.left++;
        return;
      }
      try {
        await sweepOne(id, ofPbx, deadline, report);
      } catch (error) {
        report.failed++;
        log.warn("the callbacks of a PBX failed", { pbx: id, ...errorFields(error) });
      }
    });
    desk.metrics.put({ callback_sweeps: 1, callback_pbxs_failed: report.failed });
    return report;
  };
};

type Counts = { -readonly [Name in keyof SweepReport]: SweepReport[Name] };
