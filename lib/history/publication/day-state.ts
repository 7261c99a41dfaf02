import { type ExportStore, readText, type StoredObject } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { parseCheckpoint, type StoredCheckpoint } from "./checkpoint.ts";
import { type Manifest, manifestKey, parseManifest, partsPrefix } from "./manifest.ts";

/** The state of a PBX's day in the store at one moment. Every write fails if the state has changed. */
export interface DayState {
  /** The object in the manifest's place. */
  readonly object: StoredObject | undefined;
  readonly text: string | undefined;
  readonly parts: ReadonlyMap<string, StoredObject>;
  /** The manifest, where its parts are as it says. */
  readonly manifest: Manifest | undefined;
  readonly checkpoint: StoredCheckpoint | undefined;
}

export const lookAtDay = async (
  store: ExportStore,
  { day, pbx }: { readonly day: Day; readonly pbx: string },
): Promise<DayState> => {
  const key = manifestKey(day, pbx);
  const parts = new Map<string, StoredObject>();
  for await (const object of store.list(partsPrefix(day, pbx))) parts.set(object.key, object);
  const object = await store.head(key);
  const text = object === undefined ? undefined : await readText(store, key);
  return {
    object,
    text,
    parts,
    manifest: text === undefined ? undefined : wholeManifest(text, key, parts),
    checkpoint: text === undefined ? undefined : parseCheckpoint(text),
  };
};

const wholeManifest = (text: string, key: string, parts: DayState["parts"]): Manifest | undefined => {
  try {
    const manifest = parseManifest(text, key);
    return manifest.parts.length === parts.size && areThere(manifest.parts, parts) ? manifest : undefined;
  } catch {
    // a manifest that cannot be read is as good as none
    return undefined;
  }
};

/** Whether the store has the named parts, unchanged. */
export const areThere = (named: Manifest["parts"], parts: DayState["parts"]): boolean =>
  named.every(({ key, etag }) => parts.get(key)?.etag === etag);
