import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { dayAt } from "../../lib/history/calendar/local-days.ts";
import { listed } from "../../lib/listed.ts";
import { readOnlyDirectory } from "../../lib/local/directory-store.ts";
import { maskText, shown } from "../../lib/mask.ts";
import { prefixOf, readPlacements } from "../../lib/store/customers.ts";
import type { ReadableStore } from "../../lib/store/store.ts";
import type { Context } from "../context/context.ts";
import { keptFrom, openExport } from "../context/stores.ts";
import { writePage } from "../days/write-page.ts";
import { type CallFile, loadDuckdb } from "../report/database.ts";
import { type CallPart, type ReportScope, readExportDays } from "../report/export-days.ts";
import { answerAll, type ReportSettings } from "../report/figures.ts";
import { asShown, gapsOf, type Report } from "../report/report.ts";
import { terminalPage } from "../report/terminal-page.ts";
import { UsageError } from "../terminal/output.ts";
import { readGivenDays } from "../typed/times.ts";

export interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly pbx?: readonly string[];
  readonly out?: string;
  /** `--mask`, `--no-mask`. */
  readonly mask?: boolean;
  readonly within: string;
  readonly under: string;
  readonly region?: string;
  readonly json?: boolean;
}

/** Answers the questions of `sql/` from an export: on the terminal, as JSON, or as one HTML file. */
export const reportCommand = async (
  context: Context,
  place: string,
  options: ReportOptions,
): Promise<number> => {
  const [scope, settings] = [scopeOf(options, context.clock.now()), settingsOf(options)];
  // checked before the export is read, which takes time if it is in a bucket
  await loadDuckdb();
  const store = await openExport(context, place, options.region);
  const kept = await keptFrom(context, place, options.region);
  const days = await readExportDays(store, { ...scope, ...defined({ keptFrom: kept }) });
  if (days === undefined) throw await nothingIn(store, place, options);
  const answered = await withFiles(store, place, days.parts, (files) =>
    answerAll(files, days, settings).catch((error: unknown) => {
      throw unreadable(error, place);
    }),
  );
  // a file can be sent to other people, so its numbers are masked by default
  const mask = options.mask ?? options.out !== undefined;
  const report: Report = { place, days, ...answered, settings, mask };
  const { output } = context;
  if (options.json) {
    const { from, to, pbxs, missing, legsOnly, withoutNext, formats } = days;
    output.out(
      JSON.stringify({
        from,
        to,
        pbxs,
        missing,
        legs_only: legsOnly,
        without_next: withoutNext,
        formats,
        ...settings,
        answers: asShown({ ...report, mask: options.mask === true }).answers,
      }),
    );
  }
  if (options.out !== undefined) {
    const { htmlPage } = await import("../report/html-page.ts");
    await writePage(options.out, "--out", await htmlPage(report));
  }
  if (options.json) return 0;
  if (options.out === undefined) {
    for (const line of terminalPage(report, output, context.env["TERM"] === "dumb")) output.out(line);
    return 0;
  }
  for (const gap of gapsOf(report)) output.out(`! ${gap}`);
  output.out(`The report is in ${options.out}.${mask ? " Numbers are masked; --no-mask shows them." : ""}`);
  return 0;
};

/** The files are those of their manifests, and DuckDB cannot read one of them. */
const unreadable = (error: unknown, place: string): unknown => {
  if (!(error instanceof Error) || !/^(?:IO|Invalid Input|Conversion) Error/.test(error.message))
    return error;
  // other lines can be the whole row, with its number and name
  const [reason = ""] = error.message.split("\n");
  const file = /^ {2}file = (.+)$/m.exec(error.message)?.[1];
  return new UsageError(
    `The export in ${place} has a file that cannot be read. Run \`wildix verify ${place}\`, then export its day again with \`--force\`. DuckDB says: ${maskText(reason)}${file === undefined ? "" : ` in ${file}`}`,
  );
};

/** Throws UsageError. */
const scopeOf = (options: ReportOptions, now: number): ReportScope => {
  const days = readGivenDays(options, now);
  // in the time zone in which each day begins first
  const today = dayAt("Pacific/Kiritimati", now);
  if (days.from !== undefined && days.from > today)
    throw new UsageError(
      `\`--from\` must not be after today, ${today}; got ${options.from}. Give an earlier day.`,
    );
  return { ...days, ...defined({ pbxs: options.pbx }), now };
};

/** The error for an export without days to show. */
const nothingIn = async (
  store: ReadableStore,
  place: string,
  { pbx }: ReportOptions,
): Promise<UsageError> => {
  const all = await readExportDays(store, {});
  if (all === undefined)
    return new UsageError(
      `There is no export in ${place}. Give the directory or the bucket of an export; \`wildix export --out DIRECTORY\` makes one.`,
    );
  const unknown = pbx?.find((id) => !all.pbxs.includes(id));
  if (unknown !== undefined) {
    const near = didYouMean(unknown, all.pbxs);
    const advice = near === undefined ? `Its PBXs are: ${listed(all.pbxs)}.` : `Did you mean ${near}?`;
    return new UsageError(`\`--pbx\` must be a PBX of the export in ${place}; got ${unknown}. ${advice}`);
  }
  return new UsageError(
    `There is no export of these days in ${place}. The last exported day is ${all.to}. Give other days with \`--from\` and \`--to\`.`,
  );
};

const settingsOf = ({ within, under }: ReportOptions): ReportSettings => {
  const seconds = (text: string, option: string): number => {
    if (/^\d{1,4}$/.test(text)) return Number(text);
    throw new UsageError(`\`${option}\` must be seconds from 0 to 9999; got ${shown(text)}.`);
  };
  return { within: seconds(within, "--within"), under: seconds(under, "--under") };
};

/** Returns the parts as files on this machine: the files of a directory, or copies of the objects of a bucket. */
const withFiles = async <T>(
  store: ReadableStore,
  place: string,
  parts: readonly CallPart[],
  act: (files: readonly CallFile[]) => Promise<T>,
): Promise<T> => {
  if (!place.startsWith("s3:")) {
    const placements = await readPlacements(readOnlyDirectory(place));
    const pathOf = ({ key, pbx }: CallPart): string =>
      join(resolve(place), ...(prefixOf(placements, pbx) + key).split("/"));
    const files: CallFile[] = [];
    for (const part of parts) {
      const found = await store.head(part.key);
      // the ETag of a directory is the hash
      if (isWhole(part, found && { sha256: found.etag, size: found.size }, place))
        files.push({ ...part, path: pathOf(part) });
    }
    return act(files);
  }
  const folder = await mkdtemp(join(tmpdir(), "wildix-report-"));
  try {
    const files: CallFile[] = [];
    for (const part of parts) {
      const path = join(folder, `${files.length}-${basename(part.key)}`);
      const bytes = await store.read(part.key);
      const copy = bytes && (await copied(bytes, path));
      if (isWhole(part, copy, place)) files.push({ ...part, path });
    }
    return await act(files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Measured {
  readonly sha256: string;
  readonly size: number;
}

/** Writes bytes to a file. */
const copied = async (bytes: AsyncIterable<Uint8Array>, path: string): Promise<Measured> => {
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(
    bytes,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.byteLength;
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return { sha256: hash.digest("hex"), size };
};

/**
 * Whether a part exists. Parts with names can be absent: then calls have the names that the PBX wrote.
 * Throws UsageError if the part is not the one that its manifest names.
 */
const isWhole = (
  { key, size, sha256, dataset }: CallPart,
  found: Measured | undefined,
  place: string,
): boolean => {
  if (found === undefined && dataset !== undefined) return false;
  if (found?.size === size && found.sha256 === sha256) return true;
  throw new UsageError(
    `${key} is missing or is not the file that its manifest names. Run \`wildix verify ${place}\`.`,
  );
};
