import * as z from "zod/mini";
import { ProductError } from "../errors.ts";
import {
  type ExportStore,
  type ReadableStore,
  readText,
  type StoredObject,
  type WritingStore,
} from "./store.ts";

/** The object that says under which customer's prefix each PBX's exports are. Absent: no PBX has a customer. */
export const customersKey = "customers.json";

/** First part of the keys of a customer's objects. */
const customerPrefix = (customer: string): string => `customers/${customer}/`;

const placementsSchema = z.strictObject({
  version: z.literal(1),
  pbxs: z.record(
    z.string(),
    z.strictObject({
      /** Null: the exports are outside of all customers' prefixes. */
      customer: z.nullable(z.string()),
      /** Another customer that the registry says, of which the operators were notified; null: none. */
      notified: z.optional(z.nullable(z.string())),
    }),
  ),
});

/** Where the exports of each known PBX are. */
export type Placements = z.infer<typeof placementsSchema>["pbxs"];

export const placementsText = (pbxs: Placements): string =>
  `${JSON.stringify({ version: 1, pbxs }, null, 2)}\n`;

/** Undefined if there is no such object. Throws STORE_UNAVAILABLE. */
export const readPlacements = async (store: Pick<ExportStore, "read">): Promise<Placements | undefined> => {
  const text = await readText(store, customersKey);
  if (text === undefined) return undefined;
  try {
    return placementsSchema.parse(JSON.parse(text)).pbxs;
  } catch (cause) {
    throw new ProductError("STORE_UNAVAILABLE", {
      field: customersKey,
      detail: `${customersKey} must be a list of PBXs with their customers, as an export writes it${cause instanceof SyntaxError ? "; got text that is not JSON" : ""}. Restore an earlier copy of it.`,
      cause,
    });
  }
};

/** The PBX that a key, or the prefix of a list, belongs to. */
const pbxOf = (key: string): string | undefined => {
  const { pbx, other } =
    /^manifests\/dt=[^/]+\/(?:_(?<other>.+)\.grouping\.json\.gz|(?<pbx>[^_/][^/]*)\.json)$/.exec(key)
      ?.groups ??
    /^[a-z]+\/dt=[^/]+\/pbx=(?<pbx>[^/]+)\//.exec(key)?.groups ??
    {};
  return pbx ?? other;
};

/** The prefix of a PBX's objects. */
export const prefixOf = (placements: Placements | undefined, pbx: string): string => {
  const customer = Object.hasOwn(placements ?? {}, pbx) ? placements?.[pbx]?.customer : undefined;
  return customer == null ? "" : customerPrefix(customer);
};

/** Objects of several lists that are in order, in order. */
async function* merged(lists: readonly AsyncIterable<StoredObject>[]): AsyncIterable<StoredObject> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let first: number | undefined;
    for (const [at, head] of heads.entries()) {
      const least = first === undefined ? undefined : heads[first];
      if (!head.done && (least === undefined || least.done || head.value.key < least.value.key)) first = at;
    }
    const head = first === undefined ? undefined : heads[first];
    if (first === undefined || head === undefined || head.done) return;
    yield head.value;
    heads[first] = (await iterators[first]?.next()) ?? { done: true, value: undefined };
  }
}

const insideOf =
  (placements: Placements) =>
  (key: string): string => {
    const pbx = pbxOf(key);
    return pbx === undefined ? key : prefixOf(placements, pbx) + key;
  };

/** The objects of each PBX under its customer's prefix, by the keys that they would have without customers. */
const readable = (store: ReadableStore, placements: Placements): ReadableStore => {
  const inside = insideOf(placements);
  async function* listIn(prefix: string, asked: string): AsyncIterable<StoredObject> {
    for await (const object of store.list(prefix + asked)) {
      const key = object.key.slice(prefix.length);
      const pbx = pbxOf(key);
      if ((pbx === undefined ? "" : prefixOf(placements, pbx)) === prefix) yield { ...object, key };
    }
  }
  const prefixes = ["", ...new Set(Object.keys(placements).map((pbx) => prefixOf(placements, pbx)))];
  return {
    head: async (key) => {
      const found = await store.head(inside(key));
      return found && { ...found, key };
    },
    read: (key) => store.read(inside(key)),
    list: (asked) => {
      const pbx = pbxOf(asked);
      if (pbx !== undefined) return listIn(prefixOf(placements, pbx), asked);
      return merged([...new Set(prefixes)].map((prefix) => listIn(prefix, asked)));
    },
  };
};

/** An export that is read, with each PBX's objects where its customer's are. Throws STORE_UNAVAILABLE. */
export const readCustomers = async (store: ReadableStore): Promise<ReadableStore> => {
  const placements = await readPlacements(store);
  return placements === undefined ? store : readable(store, placements);
};

/** The store by these placements, for functions that remove nothing: they need no right to it. */
export const writingStore = (store: WritingStore, placements: Placements | undefined): WritingStore => {
  if (placements === undefined) return store;
  const inside = insideOf(placements);
  return {
    ...readable(store, placements),
    stage: async (key, bytes) => {
      const staged = await store.stage(inside(key), bytes);
      return {
        size: staged.size,
        commit: async (expect) => ({ ...(await staged.commit(expect)), key }),
        abort: () => staged.abort(),
      };
    },
  };
};

/** The store by these placements. */
export const placedStore = (store: ExportStore, placements: Placements | undefined): ExportStore => {
  if (placements === undefined) return store;
  const inside = insideOf(placements);
  return {
    ...writingStore(store, placements),
    remove: (key, etag) => store.remove(inside(key), etag),
  };
};

/** An export that is written, with each PBX's objects where its customer's are. Throws STORE_UNAVAILABLE. */
export const openCustomers = async (store: ExportStore): Promise<ExportStore> =>
  placedStore(store, await readPlacements(store));
