import { atOnce } from "../../at-once.ts";
import { type ExportStore, readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { isCheckpoint } from "../publication/checkpoint.ts";
import { manifestKey, manifestPbx, manifestPrefix } from "../publication/manifest.ts";
import type { PbxDay } from "./pbx-day.ts";

/** Objects read at the same time. */
const readsAtOnce = 32;

/**
 * The PBXs that have a manifest for a day, by the names of the objects. A lease or checkpoint has the name of the manifest. So the
 * object is read if no record says that the day is done and the PBX `matters`.
 */
export const manifestPbxs = async (
  store: Pick<ExportStore, "list" | "read">,
  day: Day,
  records: ReadonlyMap<string, { readonly value: Pick<PbxDay, "state"> }>,
  matters: (pbx: string) => boolean = () => true,
): Promise<Set<string>> => {
  const prefix = `${manifestPrefix}dt=${day}/`;
  const pbxs = new Set<string>();
  for await (const { key } of store.list(prefix)) {
    const pbx = manifestPbx(key);
    if (pbx !== undefined) pbxs.add(pbx);
  }
  const unsure = [...pbxs].filter((pbx) => records.get(pbx)?.value.state !== "done" && matters(pbx));
  await atOnce(readsAtOnce, unsure, async (pbx) => {
    const text = await readText(store, manifestKey(day, pbx));
    if (text === undefined || isCheckpoint(text)) pbxs.delete(pbx);
  });
  return pbxs;
};
