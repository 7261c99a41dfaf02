import { hash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { asSeen, type ExportStore } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { groupingKey } from "./manifest.ts";

/** Names one content of the object of a PBX's day. */
export interface GroupingRef {
  readonly etag: string;
  readonly sha256: string;
}

interface Place {
  readonly day: Day;
  readonly pbx: string;
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Writes what the next run needs to group its legs. It is a separate object: it can have megabytes. Throws STORE_CONFLICT. */
export const writeGrouping = async (
  store: ExportStore,
  { day, pbx }: Place,
  state: object,
): Promise<GroupingRef> => {
  const key = groupingKey(day, pbx);
  const bytes = gzipSync(JSON.stringify(state));
  const before = await store.head(key);
  const staged = await store.stage(key, once(bytes));
  const { etag } = await staged.commit(asSeen(before));
  return { etag, sha256: hash("sha256", bytes, "hex") };
};

/** Undefined if the object is not the one that was written. */
export const readGrouping = async <State>(
  store: Pick<ExportStore, "read">,
  { day, pbx }: Place,
  { sha256 }: GroupingRef,
): Promise<State | undefined> => {
  const found = await store.read(groupingKey(day, pbx));
  if (found === undefined) return undefined;
  const bytes = Buffer.concat(await Array.fromAsync(found));
  return hash("sha256", bytes, "hex") === sha256 ? JSON.parse(gunzipSync(bytes).toString()) : undefined;
};

/** Removes the object, if there is one. */
export const removeGrouping = async (
  store: Pick<ExportStore, "head" | "remove">,
  { day, pbx }: Place,
): Promise<void> => {
  const found = await store.head(groupingKey(day, pbx));
  if (found !== undefined) await store.remove(found.key, found.etag);
};
