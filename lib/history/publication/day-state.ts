import { type ExportStore, readText, type StoredObject } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { parseCheckpoint, type StoredCheckpoint } from "./checkpoint.ts";
import {
  datasets,
  isOld,
  type Manifest,
  manifestKey,
  type OldManifest,
  type Part,
  parseManifest,
  partsOf,
  partsPrefix,
} from "./manifest.ts";

/** The state of a PBX's day in the store at one moment. Every write fails if the state has changed. */
export interface DayState {
  /** The object in the manifest's place. */
  readonly object: StoredObject | undefined;
  readonly text: string | undefined;
  readonly parts: ReadonlyMap<string, StoredObject>;
  /** The manifest, if its parts are as it says. */
  readonly manifest: Manifest | undefined;
  /** The same for a manifest of version 1. */
  readonly old: OldManifest | undefined;
  readonly checkpoint: StoredCheckpoint | undefined;
}

export const lookAtDay = async (
  store: ExportStore,
  { day, pbx }: { readonly day: Day; readonly pbx: string },
): Promise<DayState> => {
  const key = manifestKey(day, pbx);
  const lists = datasets.map((dataset) => Array.fromAsync(store.list(partsPrefix(dataset, day, pbx))));
  const parts = new Map((await Promise.all(lists)).flat().map((object) => [object.key, object]));
  const object = await store.head(key);
  const text = object === undefined ? undefined : await readText(store, key);
  const manifest = text === undefined ? undefined : wholeManifest(text, key, parts);
  return {
    object,
    text,
    parts,
    ...(manifest && isOld(manifest) ? { manifest: undefined, old: manifest } : { manifest, old: undefined }),
    checkpoint: text === undefined ? undefined : parseCheckpoint(text),
  };
};

const wholeManifest = (
  text: string,
  key: string,
  parts: DayState["parts"],
): Manifest | OldManifest | undefined => {
  try {
    const manifest = parseManifest(text, key);
    const named = partsOf(manifest);
    return named.length === parts.size && areThere(named, parts) ? manifest : undefined;
  } catch {
    // a manifest that cannot be read is as good as none
    return undefined;
  }
};

/** Whether the store has the named parts, unchanged. */
export const areThere = (named: readonly Part[], parts: DayState["parts"]): boolean =>
  named.every(({ key, etag }) => parts.get(key)?.etag === etag);
