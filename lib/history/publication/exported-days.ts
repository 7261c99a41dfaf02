import { atOnce } from "../../at-once.ts";
import { type ReadableStore, readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { isCheckpoint } from "./checkpoint.ts";
import { type DayKind, dayKindOf } from "./day-kind.ts";
import { manifestKey, manifestPrefix } from "./manifest.ts";

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
  const names: { pbx: string; day: Day }[] = [];
  for await (const { key } of store.list(manifestPrefix)) {
    const [, day, pbx] = /^manifests\/dt=(\d{4}-\d\d-\d\d)\/([^_/][^/]*)\.json$/.exec(key) ?? [];
    if (day !== undefined && pbx !== undefined) names.push({ pbx, day });
  }
  const days: ExportedDay[] = [];
  await atOnce(readsAtOnce, names, async ({ pbx, day }) => {
    const text = await readText(store, manifestKey(day, pbx));
    // another run writes the day
    if (text !== undefined && !isCheckpoint(text)) days.push({ pbx, day, kind: dayKindOf(text) });
  });
  return days.sort((a, b) => (a.day === b.day ? (a.pbx < b.pbx ? -1 : 1) : a.day < b.day ? -1 : 1));
};
