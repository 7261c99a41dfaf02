import { verifyExport } from "../../lib/history/publication/verify.ts";
import type { Context } from "../context.ts";
import { counted, paint, UsageError } from "../output.ts";
import { openExport } from "../stores.ts";

/** Reads everything again and compares it with the manifests. */
export const verifyCommand = async (
  context: Context,
  place: string,
  options: { json?: boolean; region?: string },
): Promise<number> => {
  const verdict = await verifyExport(await openExport(context, place, options.region));
  if (verdict.days === 0 && verdict.findings.length === 0)
    throw new UsageError(`There is no export in ${place}.`);
  if (options.json) {
    context.output.out(JSON.stringify(verdict));
    return verdict.findings.length === 0 ? 0 : 1;
  }
  for (const { key, problem, detail } of verdict.findings)
    context.output.out(`${paint(context.output, "red", "✗")} ${key}: ${problem}: ${detail}`);
  const tally = [
    counted(verdict.days, "day"),
    counted(verdict.parts, "part"),
    counted(verdict.rows, "row"),
  ].join(", ");
  context.output.out(
    verdict.findings.length === 0
      ? `${paint(context.output, "green", "✓")} ${tally}: all as the manifests say`
      : `${tally}: ${counted(verdict.findings.length, "problem")}`,
  );
  return verdict.findings.length === 0 ? 0 : 1;
};
