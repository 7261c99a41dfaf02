import { didYouMean } from "../../lib/did-you-mean.ts";
import { listed } from "../../lib/listed.ts";
import { paint } from "../terminal/output.ts";
import type { Context } from "./context.ts";

/**
 * Warns if a stage has no secret yet and other stages have: the name can be a typing error. Nothing is refused, because secrets can be
 * written before the stage is deployed. Returns whether it warned.
 */
export const warnOfNewStage = async (
  { output }: Pick<Context, "output">,
  stage: string,
  stages: () => Promise<readonly string[]>,
): Promise<boolean> => {
  // a person without the right to list secrets can write one
  const known = await stages().catch((): readonly string[] => []);
  if (known.length === 0 || known.includes(stage)) return false;
  const near = didYouMean(stage, known);
  output.err(
    `${paint(output, "yellow", "!")} \`--stage\` ${stage} has no secret yet. ${near === undefined ? `Stages with secrets: ${listed(known)}.` : `Did you mean ${near}?`}`,
  );
  return true;
};
