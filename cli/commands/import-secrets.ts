import { atOnce } from "../../lib/at-once.ts";
import type { SecretDraft } from "../../lib/aws/pbx-secrets.ts";
import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { Bar } from "../bar.ts";
import type { Context } from "../context.ts";
import { counted, paint, StoppedError } from "../output.ts";
import { type Change, changesOf, type Draft, fromStored, toStored } from "../secret-draft.ts";
import { type FailedProbe, failedProbe, needsProbe, showFailed, withDrafts } from "../secret-probe.ts";
import { draftRow } from "../secrets/draft-row.ts";
import { readFiles } from "../secrets/import-files.ts";
import { type FileRow, type RefusedRow, reasonWithout } from "../secrets/rows.ts";
import { beginOfExport, firstText, type Opened, type Place, showChanges } from "./secret.ts";

export interface ImportOptions extends Place {
  readonly dryRun?: boolean;
  /** False writes without asking the PBXs. */
  readonly probe?: boolean;
  readonly shared?: boolean;
  /** True writes the other rows if some are refused. */
  readonly skipRefused?: boolean;
}

/** PBXs that are read at the same time, and written: Secrets Manager takes 50 writes in a second. */
const readsAtOnce = 10;
const writesAtOnce = 5;
/** PBXs that are asked at the same time. */
const probesAtOnce = 20;

interface Import {
  readonly row: FileRow;
  readonly before: Draft | undefined;
  /** The secret that holds the PBX among others. */
  readonly list: string | undefined;
  readonly after: Draft;
  readonly kept: readonly string[];
  readonly changes: readonly Change[];
}

/** Acts on every item with a bar. Stops at Ctrl-C. */
const withBar = async <T>(
  { output, clock, signal }: Context,
  what: string,
  limit: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> => {
  const bar = new Bar(output, `  ${what} {bar} {value}/{total}, {left} left`, clock.now);
  let done = 0;
  try {
    bar.show(0, items.length);
    await atOnce(limit, items, async (item) => {
      if (signal.aborted) return;
      await act(item);
      bar.show(++done, items.length);
    });
  } finally {
    bar.stop();
  }
};

/** Compares every row with the secret of its PBX, and checks it as functions do. */
const compareAll = async (
  context: Context,
  { secrets }: Opened,
  rows: readonly FileRow[],
): Promise<{ imports: Import[]; refused: RefusedRow[] }> => {
  const found = new Map<FileRow, Import>();
  const refused: RefusedRow[] = [];
  await withBar(context, "read", readsAtOnce, rows, async (row) => {
    const stored = await secrets.read(row.pbx);
    const before = stored && fromStored(stored);
    try {
      const { after, kept } = draftRow(before, row);
      toStored(row.pbx, after);
      found.set(row, { row, before, list: stored?.list, after, kept, changes: changesOf(before, after) });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const { file, line, pbx } = row;
      const values = { ...before?.secret, ...row.listed };
      refused.push({ file, line, pbx, reason: reasonWithout(error.message, values) });
    }
  });
  return { imports: rows.flatMap((row) => found.get(row) ?? []), refused };
};

/** The failed check of each PBX of which something changes that the PBX can judge. */
const probeAll = async (
  context: Context,
  opened: Opened,
  imports: readonly Import[],
): Promise<Map<string, FailedProbe>> => {
  const failed = new Map<string, FailedProbe>();
  const texts = imports.map(({ row, after }) => [row.pbx, JSON.stringify(after.secret)] as const);
  const drafts = withDrafts(opened.registry, Object.fromEntries(texts));
  const changing = imports.filter(({ changes }) => needsProbe(changes));
  await withBar(context, "ask", probesAtOnce, changing, async ({ row, after }) => {
    const check = await failedProbe(opened.probe, drafts, row.pbx, after.timezone);
    if (check !== undefined) failed.set(row.pbx, check);
  });
  return failed;
};

interface Written {
  /** PBXs whose change is stored. */
  readonly pbxs: ReadonlySet<string>;
  /** Names of secrets that hold several PBXs. */
  readonly lists: readonly string[];
  readonly failed: ReadonlyMap<string, string>;
}

/** Writes the changes. A PBX that cannot be written stops no other one. */
const writeAll = async (
  context: Context,
  { secrets }: Opened,
  imports: readonly Import[],
  shared: boolean,
): Promise<Written> => {
  const changing = imports.filter(({ changes }) => changes.length > 0);
  const own = shared ? [] : changing.filter(({ list }) => list === undefined);
  // PBXs of one secret are written together: it keeps one previous version
  const among = shared ? imports : changing.filter(({ list }) => list !== undefined);
  const [pbxs, failed] = [new Set<string>(), new Map<string, string>()];
  const lists: string[] = [];
  const attempt = async (of: readonly Import[], act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
      for (const { row } of of) pbxs.add(row.pbx);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      for (const { row } of of) failed.set(row.pbx, error.message);
    }
  };
  await withBar(context, "write", writesAtOnce, own, (one) =>
    attempt([one], () => secrets.write(one.row.pbx, toStored(one.row.pbx, one.after))),
  );
  if (among.length > 0 && !context.signal.aborted)
    await attempt(among, async () => {
      const drafts = among.map(({ row, after }): [string, SecretDraft] => [
        row.pbx,
        toStored(row.pbx, after),
      ]);
      lists.push(...(await secrets.writeListed(new Map(drafts))));
    });
  return { pbxs, lists, failed };
};

const nothing: Written = { pbxs: new Set(), lists: [], failed: new Map() };

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
  const { signal } = context;
  const read = await readFiles(context, files);
  const compared = await compareAll(context, opened, read.rows);
  const refused = inOrder(files, [...read.refused, ...compared.refused]);
  const { imports } = compared;
  const writes = options.dryRun !== true && (refused.length === 0 || options.skipRefused === true);
  const probes = writes && options.probe !== false;
  const failed = probes ? await probeAll(context, opened, imports) : new Map<string, FailedProbe>();
  const passed = imports.filter(({ row }) => !failed.has(row.pbx));
  const written =
    writes && !signal.aborted ? await writeAll(context, opened, passed, options.shared === true) : nothing;
  const first = await firstDays(
    context,
    opened,
    passed.filter(({ row }) => written.pbxs.has(row.pbx)),
  );
  const report: Report = { imports, refused, failed, written, first, writes };
  if (options.json) context.output.out(JSON.stringify(asJson(opened, report, options)));
  else show(context, opened, report, options);
  if (signal.aborted) throw new StoppedError("Run the same command again: it skips what is written.");
  return refused.length + failed.size + written.failed.size === 0 ? 0 : 1;
};

interface Report {
  readonly imports: readonly Import[];
  readonly refused: readonly RefusedRow[];
  readonly failed: ReadonlyMap<string, FailedProbe>;
  readonly written: Written;
  /** PBXs by the first day of their export. */
  readonly first: ReadonlyMap<string, number>;
  readonly writes: boolean;
}

const inOrder = (files: readonly string[], refused: readonly RefusedRow[]): RefusedRow[] =>
  [...refused].sort((a, b) => placeIn(files, a) - placeIn(files, b) || a.line - b.line);

const placeIn = (files: readonly string[], { file }: RefusedRow): number =>
  files.findIndex((path) => path.endsWith(file));

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
  imports: readonly Import[],
): Promise<Map<string, number>> => {
  const entries = once(() => registry.list());
  const first = new Map<string, number>();
  for (const { row, before, after } of imports) {
    const day = await beginOfExport(context, entries, row.pbx, before, after);
    if (day !== undefined) first.set(day, (first.get(day) ?? 0) + 1);
  }
  return first;
};

const isOf = ({ before, changes }: Import): "new" | "changed" | "same" =>
  changes.length === 0 ? "same" : before === undefined ? "new" : "changed";

const countsOf = ({ imports, failed, written }: Report) => {
  const counts = { new: 0, changed: 0, same: 0 };
  for (const one of imports)
    if (!failed.has(one.row.pbx) && !written.failed.has(one.row.pbx)) counts[isOf(one)]++;
  return counts;
};

const asJson = ({ prefix }: Opened, report: Report, options: ImportOptions): object => {
  const { imports, refused, failed, written, first, writes } = report;
  return {
    ...countsOf(report),
    ...(options.shared === true ? { secrets: written.lists.map((name) => prefix + name) } : {}),
    written: writes,
    pbxs: imports.map((one) => ({ pbx: one.row.pbx, is: isOf(one), changes: one.changes })),
    refused,
    settings_kept: imports.flatMap(({ row, kept }) => (kept.includes("settings") ? [row.pbx] : [])),
    failed: [...failed].map(([pbx, check]) => ({ pbx, ...check })),
    not_written: [...written.failed].map(([pbx, reason]) => ({ pbx, reason })),
    first_days: Object.fromEntries(first),
  };
};

const show = (context: Context, { prefix }: Opened, report: Report, options: ImportOptions): void => {
  const { output } = context;
  const { imports, refused, failed, written, first } = report;
  for (const { row, before, kept, changes } of imports) {
    const name = `${prefix}${row.pbx}`;
    const [wrong, unwritten] = [failed.get(row.pbx), written.failed.get(row.pbx)];
    if (kept.length > 0) output.out(`${name} keeps ${kept.join(", ")}: the file has none`);
    if (before === undefined)
      output.out(paint(output, "green", `+ ${name} is new: ${changes.map(({ key }) => key).join(", ")}`));
    else if (changes.length > 0 || options.dryRun === true) showChanges(context, name, before, changes);
    if (wrong !== undefined) showFailed(output, row.pbx, wrong);
    if (unwritten !== undefined) output.out(`${paint(output, "red", "✗")} ${row.pbx}: ${unwritten}`);
  }
  for (const { file, line, pbx, reason } of refused)
    output.out(
      `${paint(output, "red", "✗")} line ${line} of ${file}${pbx === undefined ? "" : ` (${pbx})`}: ${reason}`,
    );
  const counts = countsOf(report);
  const how = report.writes ? "" : " would be written";
  const besides = refused.length === 0 ? "" : `; ${refused.length} refused`;
  output.out(`${counts.new} new, ${counts.changed} changed${how}; ${counts.same} unchanged${besides}`);
  if (written.lists.length > 0)
    output.out(`written to ${written.lists.map((name) => prefix + name).join(", ")}`);
  for (const [day, pbxs] of first) output.out(firstText(day, pbxs));
  if (refused.length > 0 && !report.writes && options.dryRun !== true)
    output.out(
      `Nothing was written, because ${counted(refused.length, "row")} cannot be used. Correct the file, or write the others with \`--skip-refused\`.`,
    );
  if (failed.size > 0)
    output.out(
      `${failed.size} not written, because the PBX does not answer as expected. \`--no-probe\` writes without asking.`,
    );
  if (written.failed.size > 0)
    output.out(`${written.failed.size} not written. Run the same command again: it skips what is written.`);
};
