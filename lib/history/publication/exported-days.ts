import { atOnce } from "../../at-once.ts";
import { type ReadableStore, readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { isCheckpoint } from "./checkpoint.ts";
import { type DayKind, dayKindOf } from "./day-kind.ts";
import { manifestPrefix, placeOf } from "./manifest.ts";

export interface ExportedDay {
  readonly pbx: string;
  readonly day: Day;
  /** Undefined: its manifest cannot be read. */
  readonly kind: DayKind | undefined;
}

/** Manifests that are read at the same time. */
const readsAtOnce = 32;

/** Every PBX day of an export, oldest first. Throws STORE_UNAVAILABLE. */
export const exportedDays = async (store: Pick<ReadableStore, "list" | "read">): Promise<ExportedDay[]> => {
  const places = new Map<string, Pick<ExportedDay, "pbx" | "day">>();
  for await (const { key } of store.list(manifestPrefix)) {
    const place = placeOf(key);
    if (place !== undefined) places.set(key, place);
  }
  const kinds = new Map<string, DayKind | undefined>();
  await atOnce(readsAtOnce, [...places.keys()], async (key) => {
    const text = await readText(store, key);
    // another run writes the day
    if (text !== undefined && !isCheckpoint(text)) kinds.set(key, dayKindOf(text));
  });
  // the store lists by key, which begins with the day
  return [...places].flatMap(([key, place]) => (kinds.has(key) ? [{ ...place, kind: kinds.get(key) }] : []));
};
