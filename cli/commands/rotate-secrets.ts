import type { Context } from "../context/context.ts";
import {
  type Applied,
  type ApplyOptions,
  applyFiles,
  type Compared,
  exitCodeOf,
  failuresOf,
  showFailure,
  showLeft,
  showRefused,
} from "../secrets/apply-rows.ts";
import type { DeployedSecrets, StageOptions } from "../secrets/open-secrets.ts";
import { rotateRow } from "../secrets/rotate-row.ts";
import { counted, paint } from "../terminal/output.ts";
import { type Prompt, terminalPrompt } from "../terminal/prompt.ts";

export interface RotateSecretsOptions extends StageOptions, Omit<ApplyOptions, "shared"> {
  readonly yes?: boolean;
}

/**
 * `wildix secret rotate`: new credentials and keys of events for the PBXs of files. Each PBX is asked with its new credentials before
 * they are written; Secrets Manager keeps the old ones as the previous version.
 */
export const rotateSecrets = async (
  context: Context,
  opened: DeployedSecrets,
  files: readonly string[],
  options: RotateSecretsOptions,
  prompt: Prompt = terminalPrompt(),
): Promise<number> => {
  const { output } = context;
  const agree = async (pbxs: number): Promise<boolean> =>
    options.yes === true ||
    !prompt.interactive ||
    prompt.confirm(`Write new secrets of ${counted(pbxs, "PBX")}?`);
  const applied = await applyFiles(context, opened, files, options, rotateRow, agree);
  if (options.json) output.out(JSON.stringify(asJson(applied)));
  else show(context, applied, options);
  return exitCodeOf(context, applied, "Run the same command again: it skips the PBXs that are rotated.");
};

type State = "rotated" | "unchanged" | "failed" | "not written" | "left";

const stateOf = ({ failed, written }: Applied, { row, changes }: Compared): State => {
  if (failed.has(row.pbx)) return "failed";
  if (written.failed.has(row.pbx)) return "not written";
  if (changes.length === 0) return "unchanged";
  return written.pbxs.has(row.pbx) ? "rotated" : "left";
};

const asJson = (applied: Applied): object => {
  const { compared } = applied;
  const pbxsOf = (state: State): string[] =>
    compared.flatMap((one) => (stateOf(applied, one) === state ? [one.row.pbx] : []));
  return {
    rotated: pbxsOf("rotated"),
    unchanged: pbxsOf("unchanged"),
    ...failuresOf(applied),
    left: compared.flatMap((one) =>
      stateOf(applied, one) === "left" ? [{ pbx: one.row.pbx, keys: keysOf(one) }] : [],
    ),
  };
};

const keysOf = ({ changes }: Compared): string[] => changes.map(({ key }) => key);

const show = (context: Context, applied: Applied, options: RotateSecretsOptions): void => {
  const { output } = context;
  const counts = new Map<State, number>();
  for (const one of applied.compared) {
    const state = stateOf(applied, one);
    const { pbx } = one.row;
    counts.set(state, (counts.get(state) ?? 0) + 1);
    showFailure(context, applied, pbx);
    if (state === "rotated") output.out(`${paint(output, "green", "✓")} ${pbx}: ${keysOf(one).join(", ")}`);
    if (state === "left") output.out(`${paint(output, "yellow", "~")} ${pbx}: ${keysOf(one).join(", ")}`);
  }
  for (const row of applied.refused) showRefused(context, row);
  const not = ["failed", "not written"] as const;
  const missing = not.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
  const parts = [
    `${counts.get("rotated") ?? 0} rotated`,
    `${counts.get("unchanged") ?? 0} unchanged`,
    ...(missing === 0 ? [] : [`${missing} failed`]),
    ...(counts.has("left")
      ? [`${counts.get("left")} ${options.dryRun === true ? "would be rotated" : "not rotated"}`]
      : []),
    ...(applied.refused.length === 0 ? [] : [`${applied.refused.length} refused`]),
  ];
  output.out(parts.join(", "));
  showLeft(context, applied, options);
};
