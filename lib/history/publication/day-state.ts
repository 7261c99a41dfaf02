import { type ExportStore, readText, type StoredObject } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { parseCheckpoint, type StoredCheckpoint } from "./checkpoint.ts";
import {
  type Dataset,
  isOld,
  type Manifest,
  manifestKey,
  nameDatasets,
  type OldManifest,
  type Part,
  partsOf,
  partsPrefix,
  readManifest,
  rowDatasets,
} from "./manifest.ts";

/** The state of a PBX's day in the store at one moment. Every write fails if the state has changed. */
export interface DayState {
  /** The object in the manifest's place. */
  readonly object: StoredObject | undefined;
  readonly text: string | undefined;
  /** Objects in the day's folders; `isPartial`: of the names only those that the manifest has. */
  readonly parts: ReadonlyMap<string, StoredObject>;
  readonly isPartial: boolean;
  /** The manifest, if its parts are as it says. */
  readonly manifest: Manifest | undefined;
  /** The same for a manifest of version 1. */
  readonly old: OldManifest | undefined;
  readonly checkpoint: StoredCheckpoint | undefined;
}

interface PbxDay {
  readonly day: Day;
  readonly pbx: string;
}
type Objects = DayState["parts"];

/**
 * The state of a day. The files of names that a manifest has are looked at one by one: a list costs 12 times as much, and every night
 * asks again. Rows are listed: a part that no manifest names would be counted twice.
 */
export const lookAtDay = async (store: ExportStore, id: PbxDay): Promise<DayState> => {
  const key = manifestKey(id.day, id.pbx);
  const object = await store.head(key);
  const text = object === undefined ? undefined : await readText(store, key);
  const said = text === undefined ? undefined : readManifest(text, key);
  const isPartial = said !== undefined && !isOld(said);
  const [rows, names] = await Promise.all([
    listParts(store, id, rowDatasets),
    isPartial ? headsOf(store, namesIn(said)) : listParts(store, id, nameDatasets),
  ]);
  const parts = new Map([...rows, ...names]);
  const manifest = said && isWhole(partsOf(said), parts) ? said : undefined;
  return {
    object,
    text,
    parts,
    isPartial,
    ...(manifest && isOld(manifest) ? { manifest: undefined, old: manifest } : { manifest, old: undefined }),
    checkpoint: text === undefined ? undefined : parseCheckpoint(text),
  };
};

/** The same day with all objects in its folders, for a run that changes them. */
export const withAllParts = async (store: ExportStore, id: PbxDay, state: DayState): Promise<DayState> =>
  state.isPartial
    ? {
        ...state,
        parts: new Map([...state.parts, ...(await listParts(store, id, nameDatasets))]),
        isPartial: false,
      }
    : state;

const namesIn = ({ datasets }: Manifest): readonly Part[] =>
  nameDatasets.flatMap((name) => {
    const table = datasets[name];
    return table === undefined || "refused" in table ? [] : table.parts;
  });

const listParts = async (
  store: ExportStore,
  { day, pbx }: PbxDay,
  of: readonly Dataset[],
): Promise<Objects> => {
  const lists = of.map((dataset) => Array.fromAsync(store.list(partsPrefix(dataset, day, pbx))));
  return objectsOf((await Promise.all(lists)).flat());
};

const headsOf = async (store: ExportStore, named: readonly Part[]): Promise<Objects> =>
  objectsOf(await Promise.all(named.map(({ key }) => store.head(key))));

const objectsOf = (objects: readonly (StoredObject | undefined)[]): Objects =>
  new Map(objects.flatMap((object) => (object === undefined ? [] : [[object.key, object]])));

const isWhole = (named: readonly Part[], parts: Objects): boolean =>
  named.length === parts.size && areThere(named, parts);

/** Whether the store has the named parts, unchanged. */
export const areThere = (named: readonly Part[], parts: DayState["parts"]): boolean =>
  named.every(({ key, etag }) => parts.get(key)?.etag === etag);
