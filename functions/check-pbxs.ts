import { awsCheckPorts } from "../lib/aws/ports/check-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import type { Handler } from "../lib/invocation.ts";
import { type CheckPorts, checkPbxs, type HealthPorts, reportHealth } from "../lib/pbxs/check-pbxs.ts";
import { type NotifyHealthPorts, notifyHealth } from "../lib/pbxs/notify-health.ts";
import { resolveName } from "../lib/wms/diagnose.ts";

export interface CheckSummary {
  readonly checked: number;
  /** Notifications that were sent. */
  readonly notified: number;
  /** Number of PBXs with a problem, by check. */
  readonly wrong: Readonly<Record<string, number>>;
}

/**
 * Every hour: checks that each PBX is reachable, its clock is right and our credentials are valid. Reports in log and metrics, and
 * notifies the operators of changes.
 */
export const checkAllPbxs =
  (
    ports: Omit<CheckPorts, "resolve" | "timeLeft"> & HealthPorts & NotifyHealthPorts,
  ): Handler<unknown, CheckSummary> =>
  async (_event, { getRemainingTimeInMillis: timeLeft }) => {
    const healths = await checkPbxs({ ...ports, timeLeft, resolve: resolveName });
    reportHealth(ports, healths);
    const { notified } = await notifyHealth(ports, healths);
    const wrong: Record<string, number> = {};
    for (const { problem } of healths) if (problem) wrong[problem.check] = (wrong[problem.check] ?? 0) + 1;
    ports.metrics.put({ check_runs: 1 });
    return { checked: healths.length, wrong, notified };
  };

export const handler = await onLambda(checkAllPbxs, awsCheckPorts);
