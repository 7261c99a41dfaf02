import type { SecretDraft } from "../../lib/aws/pbx-secrets.ts";
import { isPbxId } from "../../lib/pbxs/registry.ts";
import { authFields } from "../../lib/wms/auth-kinds.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Context } from "../context/context.ts";
import { fileName } from "../context/typed-json.ts";
import { counted, paint, StoppedError, UsageError } from "../terminal/output.ts";
import {
  type Change,
  changesOf,
  credentialKeys,
  type Draft,
  fromStored,
  hiddenKeys,
  toStored,
} from "./draft.ts";
import type { DraftedRow } from "./draft-row.ts";
import { readFiles } from "./import-files.ts";
import { lenderOf } from "./lenders.ts";
import type { DeployedSecrets } from "./open-secrets.ts";
import { type FailedProbe, failedProbe, needsProbe, showFailed, withDrafts } from "./probe.ts";
import { type FileRow, type RefusedRow, reasonWithout } from "./rows.ts";
import { withBar } from "./with-bar.ts";

/** PBXs that are read at the same time, and written: Secrets Manager takes 50 writes in a second. */
const readsAtOnce = 10;
const writesAtOnce = 5;
/** PBXs that are asked at the same time. */
const probesAtOnce = 20;

/** A row beside the secret of its PBX. */
export interface Compared {
  readonly row: FileRow;
  readonly before: Draft | undefined;
  /** The secret that holds the PBX among others. */
  readonly list: string | undefined;
  readonly after: Draft;
  readonly kept: readonly string[];
  readonly changes: readonly Change[];
}

/** What a row makes of the current PBX. Throws CodedError or UsageError if it cannot be used. */
export type DraftOf = (before: Draft | undefined, row: FileRow) => DraftedRow;

const credentialFields: ReadonlySet<string> = new Set(authFields);

/** Credentials without any value: in a table whose columns are mixed up, the secret can be the id of the application. */
const withoutIds = ({ key, before, after }: Change): Change => {
  const hidden = (text: string | undefined): string | undefined =>
    text !== undefined && credentialFields.has(key) ? "(hidden)" : text;
  return { key, before: hidden(before), after: hidden(after) };
};

/** Compares every row with the secret of its PBX, and checks it as functions do. */
const compareAll = async (
  context: Context,
  { secrets }: DeployedSecrets,
  rows: readonly FileRow[],
  draft: DraftOf,
): Promise<{ compared: Compared[]; refused: RefusedRow[] }> => {
  const currents = new Map<FileRow, Awaited<ReturnType<typeof secrets.read>>>();
  await withBar(context, "read", readsAtOnce, rows, async (row) => {
    currents.set(row, await secrets.read(row.pbx));
  });
  const compared: Compared[] = [];
  const refused: RefusedRow[] = [];
  // in their order: a row can be refused because of an earlier one
  for (const row of rows) {
    const current = currents.get(row);
    const before = current && fromStored(current);
    try {
      const { after, kept } = draft(before, row);
      toStored(row.pbx, after);
      compared.push({
        row,
        before,
        list: current?.list,
        after,
        kept,
        changes: changesOf(before, after).map(withoutIds),
      });
    } catch (error) {
      if (!(error instanceof CodedError || error instanceof UsageError)) throw error;
      const { file, line, pbx } = row;
      const stored = hiddenKeys.map((name) => before?.secret[name]);
      const values = { stored, listed: row.listed };
      refused.push({ file, line, pbx, reason: reasonWithout(error.message, values) });
    }
  }
  return { compared, refused };
};

/** Why a row cannot use the credentials of the PBX that it names. */
const lenderFaults = {
  own: undefined,
  borrows:
    "`credentials_from` must name a PBX that has its own credentials. Name the PBX whose credentials it uses.",
  unknown: "`credentials_from` must be the id of a registered PBX, or of a PBX of the files. Correct the id.",
};

/** Refuses rows that name another PBX for their credentials, if it cannot lend them. That PBX can be in the files too. */
const withLenders = async (
  context: Context,
  { secrets }: DeployedSecrets,
  compared: readonly Compared[],
): Promise<{ compared: Compared[]; refused: RefusedRow[] }> => {
  const drafts = new Map(compared.map(({ row, after }) => [row.pbx, after]));
  const borrowing = compared.filter(
    ({ after, changes }) =>
      after.secret["credentials_from"] !== undefined && changes.some(({ key }) => key === "credentials_from"),
  );
  const reasons = new Map<Compared, string>();
  await withBar(context, "read", readsAtOnce, borrowing, async (one) => {
    const id = String(one.after.secret["credentials_from"]);
    const stored = drafts.has(id) || !isPbxId(id) ? undefined : await secrets.read(id);
    const lender = drafts.get(id) ?? (stored && fromStored(stored));
    const reason = lenderFaults[lenderOf(lender?.secret)];
    if (reason !== undefined) reasons.set(one, reason);
  });
  return {
    compared: compared.filter((one) => !reasons.has(one)),
    refused: [...reasons].map(
      ([
        {
          row: { file, line, pbx },
        },
        reason,
      ]) => ({ file, line, pbx, reason }),
    ),
  };
};

/** The failed check of each PBX of which something changes that the PBX can judge, including a check that fails on a PBX whose `credentials_from` names it. */
const probeAll = async (
  context: Context,
  opened: DeployedSecrets,
  compared: readonly Compared[],
): Promise<Map<string, FailedProbe>> => {
  const failed = new Map<string, FailedProbe>();
  const texts = compared.map(({ row, after }) => [row.pbx, JSON.stringify(after.secret)] as const);
  const drafts = withDrafts(opened.registry, Object.fromEntries(texts));
  const changing = compared.filter(({ changes }) => needsProbe(changes));
  await withBar(context, "ask", probesAtOnce, changing, async ({ row, after }) => {
    const check = await failedProbe(opened.probe, drafts, row.pbx, after.timezone);
    if (check !== undefined) failed.set(row.pbx, check);
  });
  const lenders = changing.filter(({ row, changes }) => !failed.has(row.pbx) && changes.some(isCredential));
  const borrowers = await borrowersOf(context, opened, new Set(lenders.map(({ row }) => row.pbx)));
  const others = borrowers.filter(({ pbx }) => !compared.some(({ row }) => row.pbx === pbx));
  await withBar(context, "ask", probesAtOnce, others, async ({ pbx, lender, timezone }) => {
    const check = await failedProbe(opened.probe, drafts, pbx, timezone);
    if (check !== undefined)
      failed.set(lender, { ...check, detail: `${pbx}, which uses these credentials: ${check.detail}` });
  });
  return failed;
};

const isCredential = ({ key, before }: Change): boolean =>
  credentialKeys.includes(key) && before !== undefined;

interface Borrower {
  readonly pbx: string;
  readonly lender: string;
  readonly timezone: string | undefined;
}

/** PBXs whose secrets name one of these PBXs as the one with the credentials. */
const borrowersOf = async (
  context: Context,
  { registry }: DeployedSecrets,
  lenders: ReadonlySet<string>,
): Promise<Borrower[]> => {
  if (lenders.size === 0) return [];
  const found: Borrower[] = [];
  await withBar(context, "read", readsAtOnce, await registry.list(), async ({ id, timezone }) => {
    const text = await registry.readText(id).catch(() => "");
    const lender = fromStored({ text, tags: {} }).secret["credentials_from"];
    if (typeof lender === "string" && lenders.has(lender)) found.push({ pbx: id, lender, timezone });
  });
  return found;
};

export interface Written {
  /** PBXs whose change is stored. */
  readonly pbxs: ReadonlySet<string>;
  /** Names of secrets that hold several PBXs. */
  readonly lists: readonly string[];
  readonly failed: ReadonlyMap<string, string>;
}

/** Writes the changes. A PBX that cannot be written stops no other one. */
const writeAll = async (
  context: Context,
  { secrets }: DeployedSecrets,
  compared: readonly Compared[],
  shared: boolean,
): Promise<Written> => {
  const changing = compared.filter(({ changes }) => changes.length > 0);
  const own = shared ? [] : changing.filter(({ list }) => list === undefined);
  // PBXs of one secret are written together: it keeps one previous version
  const among = shared ? compared : changing.filter(({ list }) => list !== undefined);
  const [pbxs, failed] = [new Set<string>(), new Map<string, string>()];
  const lists: string[] = [];
  const attempt = async (of: readonly Compared[], act: () => Promise<unknown>): Promise<void> => {
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

export interface ApplyOptions {
  readonly dryRun?: boolean;
  /** False writes without test requests to the PBXs. */
  readonly probe?: boolean;
  readonly shared?: boolean;
  /** One of several applications of a list from WMS. */
  readonly appName?: string;
  /** True writes the other rows if some are refused. */
  readonly skipRefused?: boolean;
}

export interface Applied {
  readonly compared: readonly Compared[];
  readonly refused: readonly RefusedRow[];
  readonly failed: ReadonlyMap<string, FailedProbe>;
  readonly written: Written;
  /** False: a dry run, or a row is refused. */
  readonly writes: boolean;
}

/** A row that is refused, in a line. */
export const showRefused = ({ output }: Context, { file, line, pbx, reason }: RefusedRow): void =>
  output.out(
    `${paint(output, "red", "✗")} line ${line} of ${file}${pbx === undefined ? "" : ` (${pbx})`}: ${reason}`,
  );

/** Why a PBX is not written, if it failed its probe or the write. */
export const showFailure = ({ output }: Context, { failed, written }: Applied, pbx: string): void => {
  const [check, reason] = [failed.get(pbx), written.failed.get(pbx)];
  if (check !== undefined) showFailed(output, pbx, check);
  if (reason !== undefined) output.out(`${paint(output, "red", "✗")} ${pbx}: ${reason}`);
};

/** The same of all PBXs, and the refused rows, for `--json`. */
export const failuresOf = ({ failed, written, refused }: Applied): object => ({
  failed: [...failed].map(([pbx, check]) => ({ pbx, ...check })),
  not_written: [...written.failed].map(([pbx, reason]) => ({ pbx, reason })),
  refused,
});

/** 1 if a PBX is not written because something failed or a row was refused. Throws StoppedError with the advice after Ctrl-C. */
export const exitCodeOf = (
  { signal }: Context,
  { refused, failed, written }: Applied,
  advice: string,
): number => {
  if (signal.aborted) throw new StoppedError(advice);
  return refused.length + failed.size + written.failed.size === 0 ? 0 : 1;
};

/** Why nothing, or not everything, is written. */
export const showLeft = (
  { output }: Context,
  { refused, failed, written, writes }: Applied,
  { dryRun, skipRefused }: Pick<ApplyOptions, "dryRun" | "skipRefused">,
): void => {
  if (refused.length > 0 && !writes && !skipRefused)
    output.out(
      `Nothing ${dryRun ? "would be" : "was"} written, because ${counted(refused.length, "row")} cannot be used. Correct the file, or write the others with \`--skip-refused\`.`,
    );
  if (failed.size > 0)
    output.out(
      `${failed.size} not written, because a test request to the PBX failed. \`--no-probe\` writes without test requests.`,
    );
  if (written.failed.size > 0)
    output.out(
      `${written.failed.size} not written. Run the same command again: it skips the PBXs that are written.`,
    );
};

const nothing: Written = { pbxs: new Set(), lists: [], failed: new Map() };

/**
 * Compares the rows of files with the secrets, asks the PBXs and writes. Nothing is written if a row is refused, unless
 * `skipRefused`; `agree` is asked before the first write, with the number of PBXs that change. Throws UsageError or
 * REGISTRY_UNAVAILABLE if a file or the secrets cannot be read.
 */
export const applyFiles = async (
  context: Context,
  opened: DeployedSecrets,
  files: readonly string[],
  options: ApplyOptions,
  draft: DraftOf,
  agree: (pbxs: number) => Promise<boolean> = async () => true,
): Promise<Applied> => {
  const read = await readFiles(context, files, options.appName);
  const fit = await compareAll(context, opened, read.rows, draft);
  const { compared, refused: lenderless } = await withLenders(context, opened, fit.compared);
  const names = files.map(fileName);
  const refused = [...read.refused, ...fit.refused, ...lenderless].sort(
    (a, b) => names.indexOf(a.file) - names.indexOf(b.file) || a.line - b.line,
  );
  const writes = options.dryRun !== true && (refused.length === 0 || options.skipRefused === true);
  const probes = writes && options.probe !== false;
  const failed = probes ? await probeAll(context, opened, compared) : new Map<string, FailedProbe>();
  const passed = compared.filter(({ row }) => !failed.has(row.pbx));
  const changing = passed.filter(({ changes }) => changes.length > 0).length;
  const applied = { compared, refused, failed, written: nothing, writes };
  if (!writes || context.signal.aborted) return applied;
  if (changing > 0 && !(await agree(changing))) return { ...applied, writes: false };
  return { ...applied, written: await writeAll(context, opened, passed, options.shared === true) };
};
