import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import type { Context } from "../context/context.ts";
import { warnOfNewStage } from "../context/new-stage.ts";
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
import { draftRow } from "../secrets/draft-row.ts";
import type { DeployedSecrets, StageOptions } from "../secrets/open-secrets.ts";
import type { FileRow } from "../secrets/rows.ts";
import { number, paint, UsageError } from "../terminal/output.ts";
import { beginOfExport, firstText, showChanges } from "./secret.ts";

export interface ImportOptions extends StageOptions, ApplyOptions {
  /** Address of new PBXs without one; `{pbx}` stands for the id. */
  readonly host?: string;
}

/** PBXs by the first day of their export. */
type FirstDays = ReadonlyMap<string, number>;

/**
 * `wildix secret import`: every PBX of files. Nothing is written if a row is refused, unless `--skip-refused` is given. A PBX that does
 * not pass its probe is not written; the others are.
 */
export const importSecrets = async (
  context: Context,
  opened: DeployedSecrets,
  files: readonly string[],
  options: ImportOptions,
): Promise<number> => {
  const newRow = newRows(options.host);
  const applied = await applyFiles(context, opened, files, options, (before, row) =>
    draftRow(before, before === undefined ? newRow(row) : row),
  );
  const { compared, written } = applied;
  if (opened.stages !== undefined && compared.some(({ before }) => before === undefined))
    await warnOfNewStage(context, options.stage, opened.stages);
  const first = await firstDays(
    context,
    opened,
    compared.filter(({ row }) => written.pbxs.has(row.pbx)),
  );
  if (options.json) context.output.out(JSON.stringify(asJson(opened, applied, first, options)));
  else show(context, opened, applied, first, options);
  return exitCodeOf(context, applied, "Run the same command again: it skips the PBXs that are written.");
};

const placeholder = "{pbx}";

/** Throws UsageError if `--host` has a placeholder that stands for nothing. */
const checkPlaceholders = (host: string): void => {
  const [other] = /\{[^{}]{0,40}\}?|\}/.exec(host.replaceAll(placeholder, "")) ?? [];
  if (other !== undefined)
    throw new UsageError(
      `\`--host\` must have no placeholder other than ${placeholder}; got ${other}. Write ${placeholder}, which stands for the id of the PBX.`,
    );
};

/** The rows of PBXs that are not registered, with `--host`. Throws UsageError if a row has no host: its id can be a typing error. */
const newRows = (host: string | undefined): ((row: FileRow) => FileRow) => {
  if (host !== undefined) checkPlaceholders(host);
  let first: string | undefined;
  return (row) => {
    if (row.listed["host"] !== undefined) return row;
    if (host === undefined)
      throw new UsageError(
        "There is no PBX with this id, and a new PBX must have a `host`. Correct the id, or give the address as `host` or `--host`.",
      );
    first ??= row.pbx;
    if (first !== row.pbx && !host.includes(placeholder))
      throw new UsageError(
        `\`--host\` must contain ${placeholder}, because ${first} would have the same address. Write ${placeholder} where the addresses have the id.`,
      );
    return { ...row, listed: { ...row.listed, host: host.replaceAll(placeholder, row.pbx) } };
  };
};

/** Lists once, however many ask. */
const once = (list: PbxRegistry["list"]): PbxRegistry["list"] => {
  let listing: ReturnType<PbxRegistry["list"]> | undefined;
  return () => {
    listing ??= list();
    return listing;
  };
};

const firstDays = async (
  context: Context,
  { registry }: DeployedSecrets,
  compared: readonly Compared[],
): Promise<FirstDays> => {
  const entries = once(() => registry.list());
  const first = new Map<string, number>();
  for (const { row, before, after } of compared) {
    const day = await beginOfExport(context, entries, row.pbx, before, after);
    if (day !== undefined) first.set(day, (first.get(day) ?? 0) + 1);
  }
  return first;
};

const isOf = ({ before, changes }: Compared): "new" | "changed" | "same" =>
  changes.length === 0 ? "same" : before === undefined ? "new" : "changed";

/** PBXs that change, but were not written before Ctrl-C. */
const leftOf = ({ compared, failed, written, writes }: Applied): readonly Compared[] =>
  compared.filter(
    ({ row: { pbx }, changes }) =>
      writes && changes.length > 0 && !failed.has(pbx) && !written.failed.has(pbx) && !written.pbxs.has(pbx),
  );

const countsOf = (applied: Applied) => {
  const { compared, failed, written } = applied;
  const [counts, left] = [{ new: 0, changed: 0, same: 0 }, new Set(leftOf(applied))];
  for (const one of compared)
    if (!failed.has(one.row.pbx) && !written.failed.has(one.row.pbx) && !left.has(one)) counts[isOf(one)]++;
  return counts;
};

const asJson = (
  { prefix }: DeployedSecrets,
  applied: Applied,
  first: FirstDays,
  { shared }: ImportOptions,
): object => {
  const { compared, written, writes } = applied;
  return {
    ...countsOf(applied),
    ...(shared === true ? { secrets: written.lists.map((name) => prefix + name) } : {}),
    written: writes,
    pbxs: compared.map((one) => ({ pbx: one.row.pbx, is: isOf(one), changes: one.changes })),
    left: leftOf(applied).map(({ row }) => row.pbx),
    settings_kept: compared.flatMap(({ row, kept }) => (kept.includes("settings") ? [row.pbx] : [])),
    ...failuresOf(applied),
    first_days: Object.fromEntries(first),
  };
};

const show = (
  context: Context,
  { prefix }: DeployedSecrets,
  applied: Applied,
  first: FirstDays,
  options: ImportOptions,
): void => {
  const { output } = context;
  const { compared, refused, written, writes } = applied;
  const left = new Set(leftOf(applied));
  for (const one of compared) {
    const { row, before, kept, changes } = one;
    if (left.has(one)) continue;
    const name = `${prefix}${row.pbx}`;
    if (kept.length > 0) output.out(`${name} keeps ${kept.join(", ")}: the file has none`);
    if (before === undefined)
      output.out(paint(output, "green", `+ ${name} is new: ${changes.map(({ key }) => key).join(", ")}`));
    else if (changes.length > 0 || options.dryRun === true) showChanges(context, name, before, changes);
    showFailure(context, applied, row.pbx);
  }
  for (const row of refused) showRefused(context, row);
  const counts = countsOf(applied);
  const how = writes ? "" : " would be written";
  const besides = refused.length === 0 ? "" : `; ${refused.length} refused`;
  const rest = left.size === 0 ? "" : `; ${number(left.size)} not written, because you stopped the command`;
  output.out(`${counts.new} new, ${counts.changed} changed${how}; ${counts.same} unchanged${besides}${rest}`);
  if (written.lists.length > 0)
    output.out(`written to ${written.lists.map((name) => prefix + name).join(", ")}`);
  for (const [day, pbxs] of first) output.out(firstText(day, pbxs));
  showLeft(context, applied, options);
};
