import { awsCheckPorts } from "../lib/aws/check-ports.ts";
import { onLambda } from "../lib/aws/wire.ts";
import { checkPbxs, reportHealth } from "../lib/pbxs/check-pbxs.ts";
import type { CheckPorts, Handler } from "../lib/ports.ts";
import { resolveName } from "../lib/wms/diagnose.ts";

export interface CheckSummary {
  readonly checked: number;
  /** PBXs with something wrong, by what it is. */
  readonly wrong: Readonly<Record<string, number>>;
}

/** Every hour: is each PBX reachable, its clock right, our credentials good and lasting? Says so in log and metrics. */
export const checkAllPbxs =
  (ports: CheckPorts): Handler<unknown, CheckSummary> =>
  async () => {
    const healths = await checkPbxs({ ...ports, resolve: resolveName });
    reportHealth(ports, healths);
    const wrong: Record<string, number> = {};
    for (const { problem } of healths) {
      const name = problem && (problem.name ?? "registration");
      if (name !== undefined) wrong[name] = (wrong[name] ?? 0) + 1;
    }
    return { checked: healths.length, wrong };
  };

export const handler = onLambda(checkAllPbxs, awsCheckPorts);
