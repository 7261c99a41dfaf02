import { atOnce } from "../../at-once.ts";
import { type ExportStore, readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { isCheckpoint } from "../publication/checkpoint.ts";
import { type DayKind, dayKindOf } from "../publication/day-kind.ts";
import { manifestKey, manifestPbx, manifestPrefix } from "../publication/manifest.ts";
import type { PbxDay } from "./pbx-day.ts";

/** Objects read at the same time. */
const readsAtOnce = 32;

/** The PBXs that have a manifest for a day, and what is known of its kind. */
export type ManifestPbxs = ReadonlyMap<string, DayKind | undefined>;

/**
 * The PBXs that have a manifest for a day, by the names of the objects. A lease or checkpoint has the name of the manifest. So the
 * object is read if no record says that the day is done and the PBX `matters`.
 */
export const manifestPbxs = async (
  store: Pick<ExportStore, "list" | "read">,
  day: Day,
  records: ReadonlyMap<string, { readonly value: Pick<PbxDay, "state" | "result"> }>,
  matters: (pbx: string) => boolean = () => true,
): Promise<ManifestPbxs> => {
  const prefix = `${manifestPrefix}dt=${day}/`;
  const pbxs = new Map<string, DayKind | undefined>();
  for await (const { key } of store.list(prefix)) {
    const pbx = manifestPbx(key);
    if (pbx !== undefined) pbxs.set(pbx, recordedKind(records.get(pbx)?.value));
  }
  const unsure = [...pbxs.keys()].filter((pbx) => records.get(pbx)?.value.state !== "done" && matters(pbx));
  await atOnce(readsAtOnce, unsure, async (pbx) => {
    const text = await readText(store, manifestKey(day, pbx));
    if (text === undefined || isCheckpoint(text)) pbxs.delete(pbx);
    else pbxs.set(pbx, dayKindOf(text));
  });
  return pbxs;
};

/** Versions that wrote no format into the record wrote the old layout. */
const recordedKind = (record: Pick<PbxDay, "state" | "result"> | undefined): DayKind | undefined => {
  const format = record?.result?.format;
  if (format !== undefined) return { isOld: false, format };
  return record?.state === "done" ? { isOld: true, format } : undefined;
};
