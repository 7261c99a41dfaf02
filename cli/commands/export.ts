import { atOnce } from "../../lib/at-once.ts";
import { defined } from "../../lib/defined.ts";
import { ProductError } from "../../lib/errors.ts";
import { type FormatName, formats } from "../../lib/format-names.ts";
import { checkOver, checkZone, type Day } from "../../lib/history/calendar/local-days.ts";
import { type Exported, exportDay } from "../../lib/history/export/export-day.ts";
import { erasedOf, exportDefaults, jobFor } from "../../lib/history/export/export-job.ts";
import type { CsvSeparator } from "../../lib/history/parts/csv.ts";
import { isKeptBy } from "../../lib/history/planning/backfill.ts";
import { type ExportedDay, exportedDays } from "../../lib/history/publication/exported-days.ts";
import { placePbxs } from "../../lib/history/publication/place-pbxs.ts";
import { directoryStore, readOnlyDirectory } from "../../lib/local/directory-store.ts";
import { hasLocalState, localState } from "../../lib/local/ports.ts";
import { checkCustomer } from "../../lib/pbxs/customer.ts";
import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import type { PbxEntry } from "../../lib/pbxs/registry.ts";
import { placedStore, readCustomers } from "../../lib/store/customers.ts";
import type { ExportStore } from "../../lib/store/store.ts";
import { zoneMismatch } from "../../lib/wms/zone-check.ts";
import { isZoneName } from "../../lib/zone-name.ts";
import { type ClosedPbx, type Context, findPbxs } from "../context/context.ts";
import { rememberFailure } from "../days/export-failures.ts";
import { dayReporter, type ExportReporter, fleetReporter } from "../days/export-report.ts";
import { misplacedLines } from "../days/misplaced.ts";
import { formatFor, mixedWarnings, othersOf, refuseToMix } from "../days/table-format.ts";
import { paint, UsageError } from "../terminal/output.ts";
import { readDays } from "../typed/times.ts";
import { withPbx } from "../typed/typed-names.ts";
import { readCount } from "../typed/whole-number.ts";

export interface ExportOptions {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly pbx?: readonly string[];
  readonly pbxs?: string;
  readonly force?: boolean;
  /** @default that of the directory, otherwise ndjson */
  readonly format?: FormatName;
  /** With `force`: days of this format stay. */
  readonly unlessFormat?: FormatName;
  readonly plain?: boolean;
  readonly bom?: boolean;
  readonly separator?: CsvSeparator;
  readonly rowsPerPart?: string;
  readonly json?: boolean;
}

/** PBXs read at the same time: each is slow on its own and bounded by its own rate. */
const pbxsAtOnce = 4;
/** Lease of a run. Short, because a run that was killed is usually started again immediately. */
const leaseMs = 4_000;

type Settings = Parameters<typeof jobFor>[3];

/**
 * Exports days of call history to a directory, in the layout of the bucket: of one PBX, or of several in parallel. Skips days
 * with a manifest, so that another run continues. Of several PBXs, one that fails does not stop the others.
 */
export const exportCommand = async (context: Context, options: ExportOptions): Promise<number> => {
  const daysIn = readDays(options, context.clock.now());
  checkCsvOptions(options);
  const there = await exportedDays(await readCustomers(readOnlyDirectory(options.out)));
  const settings = settingsOf(options, formatFor(there, options.plain ? "csv-plain" : options.format));
  const found = await findPbxs(context, options);
  const again = againOf(options, there);
  const daysOfPbx = new Map(found.map(({ entry }) => [entry.id, new Set(daysIn(knownZone(entry)))]));
  const others = othersOf(
    there,
    settings.format,
    ({ pbx, day }) => again(pbx, day) && daysOfPbx.get(pbx)?.has(day) === true,
  );
  refuseToMix(there, others, settings.format, options.out);
  const warnings = mixedWarnings(others, settings.format, options.out);
  const asked = { json: options.json === true };
  const [only] = found;
  if (found.length === 1 && only !== undefined) {
    // what is wrong with a single PBX's entry is said before a directory is made
    await only.open();
    const { zone, days } = daysOf(context, options, only, daysIn);
    const store = await placed(context, options, [only.entry]);
    const reporter = dayReporter(context, asked, days.length);
    await exportOne({ context, options, settings, store, reporter, again }, only, zone, days).finally(
      reporter.stop,
    );
    reporter.end(options.out, warnings);
    return 0;
  }
  const store = await placed(
    context,
    options,
    found.map(({ entry }) => entry),
  );
  const reporter = fleetReporter(context, asked, found.length * daysIn("UTC").length);
  let failed = 0;
  await atOnce(pbxsAtOnce, found, async (each) => {
    try {
      const { zone, days } = daysOf(context, options, each, daysIn);
      await exportOne({ context, options, settings, store, reporter, again }, each, zone, days);
      reporter.pbx(each.entry.id);
    } catch (error) {
      context.signal.throwIfAborted();
      failed++;
      reporter.pbx(each.entry.id, context.inTypedNames(error));
    }
  }).finally(reporter.stop);
  reporter.end(options.out, warnings);
  return failed === 0 ? 0 : 1;
};

interface Exporting {
  readonly context: Context;
  readonly options: ExportOptions;
  readonly settings: Settings;
  readonly store: ExportStore;
  readonly reporter: ExportReporter;
  /** Whether a day that is exported is exported again. */
  readonly again: (pbx: string, day: Day) => boolean;
}

/** The directory, with the exports of each PBX where its customer's are. */
const placed = async (
  { output }: Context,
  { out, json }: ExportOptions,
  entries: readonly PbxEntry[],
): Promise<ExportStore> => {
  const store = await directoryStore(out);
  const { placements, misplaced } = await placePbxs(store, entries);
  if (!json)
    for (const line of misplacedLines(misplaced)) output.err(`${paint(output, "yellow", "!")} ${line}`);
  return placedStore(store, placements);
};

/** Whether a day is exported again if it is exported already. */
const againOf = (
  { force, unlessFormat }: ExportOptions,
  there: readonly ExportedDay[],
): Exporting["again"] => {
  if (!force) return () => false;
  if (unlessFormat === undefined) return () => true;
  const kept = new Set(
    there
      .filter(({ kind }) => kind !== undefined && isKeptBy({ unlessFormat }, kind))
      .map(({ pbx, day }) => `${day} ${pbx}`),
  );
  return (pbx, day) => !kept.has(`${day} ${pbx}`);
};

/** The days of one PBX, one after another. */
const exportOne = async (
  { context, options, settings, store, reporter, again }: Exporting,
  { entry, open, host }: ClosedPbx,
  zone: string,
  days: readonly Day[],
): Promise<void> => {
  const pbx = await open();
  const state = hasLocalState(context.env, options.out)
    ? localState(context.env, options.out, context.clock)
    : undefined;
  const erased = state && (await erasedOf(state, pbx));
  let zoneFix: string | undefined;
  const ports = { client: pbx.client, store, clock: context.clock, random: Math.random, leaseMs };
  for (const [at, day] of days.entries()) {
    const begun = context.clock.now();
    const job = {
      ...jobFor(pbx, day, zone, settings),
      ...defined({ erased }),
      signal: context.signal,
      force: again(entry.id, day),
      csv: defined({ separator: options.separator, bom: options.bom }),
    };
    const run = (): Promise<Exported> =>
      exportDay(ports, job, (progress) => reporter.progress(at, day, progress));
    const result = await run()
      .catch((error: unknown) => waitFor(context, error).then(run))
      .catch(async (error: unknown) => {
        const named = await withPbx(error, entry.id, host);
        await rememberFailure(context, options.out, entry.id, days.slice(at), named);
        throw named;
      });
    const ms = context.clock.now() - begun;
    const wrongZone = entry.timezone !== undefined && result.manifest.offset_mismatches > 0;
    if (wrongZone) zoneFix ??= await fixOfZone(pbx, zone);
    reporter.day(result, ms, zoneFix);
  }
};

/** Names zones that fit the newest leg of the PBX. */
const fixOfZone = async ({ client, settings }: Pbx, zone: string): Promise<string> => {
  const newest = await client
    .historyPage({ count: 1, sort: "start", dir: "DESC" })
    .then(({ records }) => records[0])
    // the day is exported; only the hint is missing
    .catch(() => undefined);
  const expected = { zone, ...defined({ country: settings.country }) };
  return (newest && zoneMismatch([newest], expected)?.fix) ?? "Check the zone of the PBX.";
};

/** Waits where another run has the day, or one that was killed a moment ago; any other error is thrown. */
const waitFor = async ({ clock, signal }: Context, error: unknown): Promise<void> => {
  if (!(error instanceof ProductError && error.code === "STORE_CONFLICT" && error.retryAfter)) throw error;
  await clock.sleep(error.retryAfter * 1000, signal);
};

/** Throws UsageError. */
const checkCsvOptions = ({ format, plain, bom, separator }: ExportOptions): void => {
  const csvOnly = Object.entries({ plain, bom, separator }).find(([, value]) => value !== undefined);
  if (!(format && formats[format].csv) && csvOnly !== undefined)
    throw new UsageError(
      `\`--${csvOnly[0]}\` must be used with \`--format csv\`; got ${format === undefined ? "no format" : `\`--format ${format}\``}.`,
    );
};

const settingsOf = ({ rowsPerPart }: ExportOptions, format: FormatName): Settings => {
  const rows =
    rowsPerPart === undefined ? exportDefaults.rowsPerPart : readCount(rowsPerPart, "--rows-per-part", 9);
  return { rowsPerPart: rows, format, columns: undefined };
};

/** A zone that is wrong is reported when it is the PBX's turn. */
const knownZone = ({ timezone = "UTC" }: Pick<PbxEntry, "timezone">): string =>
  isZoneName(timezone) ? timezone : "UTC";

/** The zone of a PBX, and its days, which must all be over there. Throws INPUT_INVALID. */
const daysOf = (
  context: Context,
  options: ExportOptions,
  found: ClosedPbx,
  daysIn: (zone: string) => Day[],
): { zone: string; days: Day[] } => {
  const zone = zoneOf(context, options, found);
  const { id, customer } = found.entry;
  if (customer !== undefined) checkCustomer(customer, `customer of ${id}`);
  const days = daysIn(zone);
  checkOver(days.at(-1) ?? options.to, zone, context.clock.now(), "to");
  return { zone, days };
};

const zoneOf = (context: Context, options: ExportOptions, { entry }: ClosedPbx): string => {
  if (entry.timezone !== undefined) return checkZone(entry.timezone, `timezone of ${entry.id}`);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!options.json) {
    context.output.err(
      `${paint(context.output, "yellow", "!")} The time zone of ${entry.id} is not set (WILDIX_TIMEZONE, or \`timezone\` in the file). The export uses this computer's zone, ${own}.`,
    );
  }
  return own;
};
