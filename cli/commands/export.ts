import { SingleBar } from "cli-progress";
import type { ExportProgress } from "../../lib/history/copy-rows.ts";
import { type Exported, exportDay } from "../../lib/history/export-day.ts";
import { checkOver, checkZone, daysBetween, parseDay } from "../../lib/history/local-days.ts";
import { manifestKey } from "../../lib/history/manifest.ts";
import { verifyExport } from "../../lib/history/verify.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { type Context, openPbx, type PbxOptions } from "../context.ts";
import { type Output, paint, UsageError } from "../output.ts";
import { openExport } from "../stores.ts";

export interface ExportOptions extends PbxOptions {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly force?: boolean;
  readonly rowsPerPart?: string;
}

/** Days of call history into a directory, laid out as in S3. Days whose manifest stands are left alone, so it resumes. */
export const exportCommand = async (context: Context, options: ExportOptions): Promise<number> => {
  const days = daysBetween(parseDay(options.from, "from"), parseDay(options.to, "to"));
  const rowsPerPart = options.rowsPerPart === undefined ? undefined : Number(options.rowsPerPart);
  if (rowsPerPart !== undefined && (!Number.isInteger(rowsPerPart) || rowsPerPart < 1))
    throw new UsageError("--rows-per-part is a whole number above 0");
  const { pbx, entry } = await openPbx(context, options);
  const zone = zoneOf(context, options, entry.timezone);
  checkOver(options.to, zone, systemClock.now(), "to");
  const store = await directoryStore(options.out);
  const { settings, client } = pbx;
  const tell = reporter(context.output, options.json === true, days.length, entry.timezone !== undefined);
  for (const [at, day] of days.entries()) {
    const begun = systemClock.now();
    const result = await exportDay(
      { client, store, clock: systemClock, random: Math.random },
      {
        pbx: pbx.id,
        day,
        zone,
        signal: context.signal,
        ...(options.force === undefined ? {} : { force: options.force }),
        ...(rowsPerPart === undefined ? {} : { rowsPerPart }),
        ...(settings.date_format === undefined ? {} : { dateFormat: settings.date_format }),
        ...(settings.extension_pattern === undefined ? {} : { extensionPattern: settings.extension_pattern }),
        ...(settings.own_numbers === undefined ? {} : { ownNumbers: settings.own_numbers }),
      },
      (progress) => tell.progress(at, day, progress),
    ).finally(() => tell.stop());
    tell.day(result, systemClock.now() - begun);
  }
  tell.end(options.out);
  return 0;
};

const zoneOf = (context: Context, options: PbxOptions, known: string | undefined): string => {
  if (known !== undefined) return checkZone(known, "timezone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!options.json) {
    context.output.err(
      `${paint(context.output, "yellow", "!")} The PBX's time zone is not set (WILDIX_TIMEZONE or \`timezone\` in the file); this computer's, ${own}, is used for times in UTC.`,
    );
  }
  return own;
};

interface Reporter {
  progress(at: number, day: string, progress: ExportProgress): void;
  day(result: Exported, ms: number): void;
  stop(): void;
  end(out: string): void;
}

const number = (value: number): string => value.toLocaleString("en-US");

/** A bar while somebody watches, a line for each day, or JSON lines. */
const reporter = (output: Output, json: boolean, days: number, zoneKnown: boolean): Reporter => {
  let bar: SingleBar | undefined;
  let rows = 0;
  return {
    progress: (at, day, progress) => {
      if (json || !output.live) return;
      const total = progress.total ?? progress.rows;
      bar ??= new SingleBar({
        format: "  {day} ({at}/{days}) {bar} {value}/{total} rows, {eta_formatted} left",
        hideCursor: true,
        clearOnComplete: true,
      });
      if (progress.rows <= total && bar.getProgress() === 0) bar.start(total, 0, { day, at: at + 1, days });
      bar.setTotal(Math.max(total, progress.rows));
      bar.update(progress.rows);
    },
    stop: () => {
      bar?.stop();
      bar = undefined;
    },
    day: ({ manifest, skipped }, ms) => {
      rows += manifest.rows;
      if (json) {
        output.out(JSON.stringify({ skipped, ...manifest }));
        return;
      }
      const how = skipped
        ? "stood already"
        : `paged by ${manifest.paging}${manifest.windows > 1 ? ` in ${number(manifest.windows)} windows` : ""}, ${manifest.parts.length} ${manifest.parts.length === 1 ? "part" : "parts"}, ${(ms / 1000).toFixed(1)} s`;
      output.out(
        `${paint(output, "green", "✓")} ${manifest.day}  ${number(manifest.rows).padStart(9)} rows  ${how}`,
      );
      for (const reason of skipped ? [] : manifest.restarts)
        output.out(`  ${paint(output, "yellow", "!")} began anew: ${reason}`);
      if (zoneKnown && !skipped && manifest.offset_mismatches > 0) {
        output.out(
          `  ${paint(output, "yellow", "!")} ${number(manifest.offset_mismatches)} rows have another UTC offset than ${manifest.zone}; is that the PBX's zone?`,
        );
      }
    },
    end: (out) => {
      if (!json)
        output.out(
          `${number(rows)} rows of ${days} ${days === 1 ? "day" : "days"} in ${out}, a manifest for each day under ${out}/${manifestKey("DAY", "PBX")}`,
        );
    },
  };
};

/** Reads everything again and compares it with the manifests. */
export const verifyCommand = async (
  context: Context,
  place: string,
  options: { json?: boolean; region?: string },
): Promise<number> => {
  const verdict = await verifyExport(await openExport(context, place, options.region));
  if (options.json) {
    context.output.out(JSON.stringify(verdict));
    return verdict.findings.length === 0 ? 0 : 1;
  }
  for (const { key, problem, detail } of verdict.findings)
    context.output.out(`${paint(context.output, "red", "✗")} ${key}: ${problem}: ${detail}`);
  const tally = `${number(verdict.days)} days, ${number(verdict.parts)} parts, ${number(verdict.rows)} rows`;
  if (verdict.days === 0 && verdict.findings.length === 0)
    throw new UsageError(`there is no export in ${place}`);
  context.output.out(
    verdict.findings.length === 0
      ? `${paint(context.output, "green", "✓")} ${tally}: all as the manifests say`
      : `${tally}: ${verdict.findings.length} problems`,
  );
  return verdict.findings.length === 0 ? 0 : 1;
};
