import { awsPlannerPorts } from "../lib/aws/ports/planner-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { type PlanSettings, plannedPbxs } from "../lib/history/days/due-days.ts";
import { type FleetPorts, reportFleet } from "../lib/history/planning/fleet-report.ts";
import { notifyOtherDays } from "../lib/history/planning/other-days.ts";
import { type PlanPorts, type PlanSummary, planExports } from "../lib/history/planning/plan-exports.ts";
import { misplacedMessage, placePbxs } from "../lib/history/publication/place-pbxs.ts";
import type { Handler } from "../lib/invocation.ts";
import type { PbxRegistry } from "../lib/pbxs/registry.ts";
import { writingStore } from "../lib/store/customers.ts";

export interface PlannedExports extends PlanSummary {
  /** Days whose report on all PBXs was written. */
  readonly reports: readonly string[];
}

type Ports = PlanPorts &
  FleetPorts & {
    readonly registry: Pick<PbxRegistry, "list">;
    readonly config: PlanSettings & PlanPorts["config"] & FleetPorts["config"];
  };

/** Every hour: queues the PBX days that are due, and reports on days that are complete or overdue. */
export const planAllExports =
  (ports: Ports): Handler<unknown, PlannedExports> =>
  async () => {
    const entries = await ports.registry.list();
    const pbxs = plannedPbxs(entries, ports.config, ports);
    const { placements } = await placePbxs(ports.store, entries, (news) =>
      ports.alarms.notify(...misplacedMessage(news, ports.config.stage)),
    );
    const placed = { ...ports, placements, store: writingStore(ports.store, placements) };
    const plan = await planExports(placed, pbxs);
    await notifyOtherDays(ports, plan.others);
    const reports = await reportFleet(placed, pbxs);
    ports.metrics.put({ plan_runs: 1 });
    return { ...plan, reports: reports.map(({ day }) => day) };
  };

export const handler = await onLambda(planAllExports, awsPlannerPorts);
