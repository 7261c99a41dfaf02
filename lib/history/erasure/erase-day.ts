import type { IsErased } from "../../erased-numbers.ts";
import { ProductError } from "../../errors.ts";
import type { ExportStore, StoredObject } from "../../store/store.ts";
import { newToken } from "../../token.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import type { Day } from "../calendar/local-days.ts";
import type { FinishedPart } from "../parts/parts.ts";
import type { Erasing } from "../publication/checkpoint.ts";
import { type DayState, lookAtDay } from "../publication/day-state.ts";
import {
  type AnyManifest,
  groupingKey,
  isOld,
  type Manifest,
  manifestKey,
  type Part,
  tablesOf,
} from "../publication/manifest.ts";
import { Publication, refuseWhereHeld } from "../publication/publication.ts";
import { countErased, rewritePart } from "./erased-part.ts";
import type { ErasableDataset } from "./erased-rows.ts";

export interface ErasePorts {
  readonly store: ExportStore;
  readonly clock: Clock;
  readonly random: Random;
}

interface PbxDay {
  readonly pbx: string;
  readonly day: Day;
}

/** What was erased from a day, or would be. */
export type ErasedDay = PbxDay &
  (
    | { readonly kind: "erased"; readonly parts: number; readonly legs: number; readonly calls: number }
    /** No export: its parts and its checkpoint are removed. */
    | { readonly kind: "unfinished"; readonly parts: number }
    | { readonly kind: "clean" }
  );

/**
 * Erases numbers from the parts of a day and writes its manifest again. All new parts are complete before the first one replaces
 * another; meanwhile a checkpoint replaces the manifest. If the run is killed then, the next run continues. The parts of a day that
 * is not finished are removed: it is not exported. A state of the grouping that an earlier run left is removed. With `dryRun` nothing is changed.
 * Throws STORE_CONFLICT if another run has the day, MANIFEST_INVALID for a damaged day, STORE_UNAVAILABLE.
 */
export const eraseDay = async (
  ports: ErasePorts,
  { pbx, day }: PbxDay,
  isErased: IsErased,
  dryRun: boolean,
): Promise<ErasedDay> => {
  const before = await lookAtDay(ports.store, { pbx, day });
  refuseWhereHeld(before, ports.clock.now());
  const grouping = await ports.store.head(groupingKey(day, pbx));
  const manifest = before.manifest ?? before.old ?? interrupted(before);
  if (manifest === undefined) {
    if (before.text !== undefined && before.checkpoint === undefined)
      throw new ProductError("MANIFEST_INVALID", {
        field: manifestKey(day, pbx),
        detail: `${manifestKey(day, pbx)} does not match the parts of its day. Run \`wildix verify\`, and export the day again with \`--force\`.`,
      });
    const parts = before.parts.size;
    if (parts === 0 && before.object === undefined && grouping === undefined)
      return { kind: "clean", pbx, day };
    if (!dryRun) await removeUnfinished(ports, { pbx, day }, before, grouping);
    return { kind: "unfinished", pbx, day, parts };
  }
  // a killed run can leave its legs there, and the next run does not know of them
  if (grouping !== undefined && !dryRun) await ports.store.remove(grouping.key, grouping.etag);
  const found = await findParts(ports.store, manifest, isErased);
  const legs = rowsOf(found, "legs");
  const calls = rowsOf(found, "calls");
  const isInterrupted = before.checkpoint !== undefined;
  if (found.length === 0 && !isInterrupted) return { kind: "clean", pbx, day };
  if (!dryRun) await replaceParts(ports, before, manifest, found, isErased);
  return { kind: "erased", pbx, day, parts: found.length, legs, calls };
};

interface FoundPart {
  readonly dataset: ErasableDataset;
  readonly part: Part;
  /** Rows with an erased number. */
  readonly rows: number;
}

const rowsOf = (found: readonly FoundPart[], wanted: ErasableDataset): number =>
  found.reduce((sum, { dataset, rows }) => sum + (dataset === wanted ? rows : 0), 0);

const findParts = async (
  store: ExportStore,
  manifest: AnyManifest,
  isErased: IsErased,
): Promise<FoundPart[]> => {
  const found: FoundPart[] = [];
  for (const { dataset, parts } of tablesOf(manifest)) {
    if (dataset !== "legs" && dataset !== "calls") continue;
    for (const part of parts) {
      const rows = await countErased(store, dataset, part, isErased);
      if (rows > 0) found.push({ dataset, part, rows });
    }
  }
  return found;
};

/** The manifest of a day whose erasure was killed: some parts are replaced, and some are not. */
const interrupted = ({ checkpoint, parts }: DayState): AnyManifest | undefined => {
  if (checkpoint?.erasing === undefined) return undefined;
  const { before, after, at, rows } = checkpoint.erasing;
  const replaced: Record<ErasableDataset, number> = { legs: 0, calls: 0 };
  const manifest = withParts(before, (part, dataset) => {
    const current = parts.get(part.key);
    // a part that is missing is refused when it is read
    if (current === undefined || current.etag === part.etag) return part;
    replaced[dataset] += rows[part.key] ?? 0;
    return { ...(after.find(({ key }) => key === part.key) ?? part), etag: current.etag };
  });
  return withEntry(manifest, { at, ...replaced });
};

/** Notes rows from which numbers were erased. */
const withEntry = (manifest: AnyManifest, entry: NonNullable<Manifest["erased"]>[number]): AnyManifest =>
  entry.legs + entry.calls === 0 ? manifest : { ...manifest, erased: [...(manifest.erased ?? []), entry] };

const withParts = (
  manifest: AnyManifest,
  change: (part: Part, dataset: ErasableDataset) => Part,
): AnyManifest => {
  const changed = (parts: readonly Part[], dataset: ErasableDataset): Part[] =>
    parts.map((part) => change(part, dataset));
  if (isOld(manifest)) return { ...manifest, parts: changed(manifest.parts, "legs") };
  const { legs, calls } = manifest.datasets;
  return {
    ...manifest,
    datasets: {
      ...manifest.datasets,
      legs: { ...legs, parts: changed(legs.parts, "legs") },
      calls: { ...calls, parts: changed(calls.parts, "calls") },
    },
  };
};

const replaceParts = async (
  ports: ErasePorts,
  before: DayState,
  manifest: AnyManifest,
  found: readonly FoundPart[],
  isErased: IsErased,
): Promise<void> => {
  const { pbx, day } = manifest;
  const written: FinishedPart[] = [];
  try {
    for (const { dataset, part } of found)
      written.push(await rewritePart(ports.store, dataset, part, isErased));
    const at = new Date(ports.clock.now()).toISOString();
    const erasing: Erasing = {
      before: manifest,
      after: written.map(({ key, staged, sha256, rows }) => ({ key, sha256, size: staged.size, rows })),
      at,
      rows: Object.fromEntries(found.map(({ part, rows }) => [part.key, rows])),
    };
    const publication = new Publication(ports, { day, pbx }, before, newToken(ports.random), [], erasing);
    await publication.begin();
    try {
      const parts = new Map((await publication.commit(written)).map((part) => [part.key, part]));
      const rewritten = withParts(manifest, (part) => parts.get(part.key) ?? part);
      const entry = { at, legs: rowsOf(found, "legs"), calls: rowsOf(found, "calls") };
      await publication.finish(withEntry(rewritten, entry));
    } catch (error) {
      // parts that were replaced stay, and the next run continues from the checkpoint
      if (!publication.changed) await publication.release().catch(() => undefined);
      throw error;
    }
  } catch (error) {
    await Promise.allSettled(written.map(({ staged }) => staged.abort()));
    throw error;
  }
};

const removeUnfinished = async (
  ports: ErasePorts,
  place: PbxDay,
  before: DayState,
  grouping: StoredObject | undefined,
): Promise<void> => {
  const publication = new Publication(ports, place, before, newToken(ports.random), []);
  await publication.begin();
  await publication.removeOthers();
  if (grouping !== undefined) await ports.store.remove(grouping.key, grouping.etag);
  await publication.abandon();
};
