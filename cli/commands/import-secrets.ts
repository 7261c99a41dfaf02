import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import type { Context } from "../context.ts";
import { paint } from "../output.ts";
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
import type { FileRow } from "../secrets/rows.ts";
import { beginOfExport, firstText, type Opened, type Place, showChanges } from "./secret.ts";

export interface ImportOptions extends Place, ApplyOptions {
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
  opened: Opened,
  files: readonly string[],
  options: ImportOptions,
): Promise<number> => {
  const applied = await applyFiles(context, opened, files, options, (before, row) =>
    draftRow(before, before === undefined ? withHost(row, options.host) : row),
  );
  const { compared, written } = applied;
  const first = await firstDays(
    context,
    opened,
    compared.filter(({ row }) => written.pbxs.has(row.pbx)),
  );
  if (options.json) context.output.out(JSON.stringify(asJson(opened, applied, first, options)));
  else show(context, opened, applied, first, options);
  return exitCodeOf(context, applied, "Run the same command again: it skips the PBXs that are written.");
};

const withHost = (row: FileRow, host: string | undefined): FileRow =>
  host === undefined || row.listed["host"] !== undefined
    ? row
    : { ...row, listed: { ...row.listed, host: host.replaceAll("{pbx}", row.pbx) } };

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
  { registry }: Opened,
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

const countsOf = ({ compared, failed, written }: Applied) => {
  const counts = { new: 0, changed: 0, same: 0 };
  for (const one of compared)
    if (!failed.has(one.row.pbx) && !written.failed.has(one.row.pbx)) counts[isOf(one)]++;
  return counts;
};

const asJson = (
  { prefix }: Opened,
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
    settings_kept: compared.flatMap(({ row, kept }) => (kept.includes("settings") ? [row.pbx] : [])),
    ...failuresOf(applied),
    first_days: Object.fromEntries(first),
  };
};

const show = (
  context: Context,
  { prefix }: Opened,
  applied: Applied,
  first: FirstDays,
  { dryRun }: ImportOptions,
): void => {
  const { output } = context;
  const { compared, refused, written, writes } = applied;
  for (const { row, before, kept, changes } of compared) {
    const name = `${prefix}${row.pbx}`;
    if (kept.length > 0) output.out(`${name} keeps ${kept.join(", ")}: the file has none`);
    if (before === undefined)
      output.out(paint(output, "green", `+ ${name} is new: ${changes.map(({ key }) => key).join(", ")}`));
    else if (changes.length > 0 || dryRun === true) showChanges(context, name, before, changes);
    showFailure(context, applied, row.pbx);
  }
  for (const row of refused) showRefused(context, row);
  const counts = countsOf(applied);
  const how = writes ? "" : " would be written";
  const besides = refused.length === 0 ? "" : `; ${refused.length} refused`;
  output.out(`${counts.new} new, ${counts.changed} changed${how}; ${counts.same} unchanged${besides}`);
  if (written.lists.length > 0)
    output.out(`written to ${written.lists.map((name) => prefix + name).join(", ")}`);
  for (const [day, pbxs] of first) output.out(firstText(day, pbxs));
  showLeft(context, applied, dryRun);
};
