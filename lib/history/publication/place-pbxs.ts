import { subjectOfStage } from "../../alarms.ts";
import { defined } from "../../defined.ts";
import { isCustomer } from "../../pbxs/customer.ts";
import type { PbxEntry } from "../../pbxs/registry.ts";
import { customersKey, type Placements, placementsText, readPlacements } from "../../store/customers.ts";
import { asSeen, type ExportStore, type WritingStore, writeText } from "../../store/store.ts";
import { manifestPbx, manifestPrefix } from "./manifest.ts";

/** A PBX whose customer in the registry is not the one that has its exports. */
export interface Misplaced {
  readonly pbx: string;
  /** Null: outside of all customers' prefixes. */
  readonly exports: string | null;
  readonly registry: string | null;
}

export interface Placed {
  readonly placements: Placements | undefined;
  readonly misplaced: readonly Misplaced[];
}

/**
 * Decides once under which customer's prefix the exports of each PBX are. If the customer of a PBX changes, its exports keep their
 * prefix; otherwise its days would be under two prefixes. `notify` gets the PBXs whose customer changed since the previous call.
 * Throws STORE_UNAVAILABLE, STORE_CONFLICT, and what `notify` throws.
 */
export const placePbxs = async (
  store: WritingStore,
  all: readonly Pick<PbxEntry, "id" | "customer">[],
  notify?: (news: readonly Misplaced[]) => Promise<void>,
): Promise<Placed> => {
  // the planner refuses a name that is not valid
  const entries = all.filter(({ customer }) => customer === undefined || isCustomer(customer));
  const seen = await store.head(customersKey);
  const before = seen && (await readPlacements(store));
  if (before === undefined && entries.every(({ customer }) => customer === undefined))
    return { placements: undefined, misplaced: [] };
  const added = entries.filter(({ id }) => !Object.hasOwn(before ?? {}, id));
  const exported = added.some(({ customer }) => customer !== undefined)
    ? await exportedOutside(store)
    : new Set();
  const after: Record<string, Placements[string]> = { ...before };
  for (const { id, customer } of added)
    after[id] = { customer: customer === undefined || exported.has(id) ? null : customer };
  const misplaced = misplacedOf(after, entries);
  const news = misplaced.filter(({ pbx, registry }) => after[pbx]?.notified !== registry);
  const wrong = new Map(misplaced.map((one) => [one.pbx, one]));
  for (const { id } of entries) {
    const { customer = null, notified } = after[id] ?? {};
    const one = wrong.get(id);
    const told = notify === undefined ? notified : one?.registry;
    after[id] = { customer, ...(one === undefined ? {} : defined({ notified: told })) };
  }
  if (news.length > 0) await notify?.(news);
  const text = placementsText(after);
  if (text !== placementsText(before ?? {})) await writeText(store, customersKey, text, asSeen(seen));
  return { placements: after, misplaced };
};

/** PBXs whose exports belong to another customer than the registry says. A PBX without a prefix has no exports yet. */
export const misplacedOf = (
  placements: Placements | undefined,
  entries: readonly Pick<PbxEntry, "id" | "customer">[],
): Misplaced[] => {
  const places = new Map(Object.entries(placements ?? {}));
  return entries.flatMap(({ id, customer: registry = null }) => {
    const place = places.get(id);
    if (place === undefined || place.customer === registry) return [];
    return [{ pbx: id, exports: place.customer, registry }];
  });
};

/** PBXs that have exports outside of all customers' prefixes. */
const exportedOutside = async (
  store: Pick<ExportStore, "list">,
): Promise<ReadonlySet<string | undefined>> => {
  const pbxs = new Set<string | undefined>();
  for await (const { key } of store.list(manifestPrefix)) pbxs.add(manifestPbx(key));
  return pbxs;
};

const named = (customer: string | null): string =>
  customer === null ? "no customer" : `customer ${customer}`;

/** Why a PBX is listed, without a period at the end. */
export const misplacedText = ({ exports, registry }: Omit<Misplaced, "pbx">): string =>
  `its exports belong to ${named(exports)}, but the registry has ${named(registry)}`;

/** The fix, as sentences. */
export const misplacedAdvice = ({ exports }: Pick<Misplaced, "exports">): string => {
  const undo =
    exports === null
      ? "remove the tag wildix:customer, or the field `customer` of a file"
      : `set the tag wildix:customer, or the field \`customer\` of a file, to ${exports}`;
  return `${placeStays} To undo the change, ${undo}.`;
};

const placeStays =
  "New exports are written where the old exports are. To move them all, see `One prefix for each customer` in docs/history.md.";

/** Subject and text of the notification. */
export const misplacedMessage = (
  news: readonly Misplaced[],
  stage: string | undefined,
): [subject: string, text: string] => [
  subjectOfStage(stage, `The customer of ${news.length === 1 ? "a PBX" : `${news.length} PBXs`} changed`),
  [
    ...news.map((one) => `- ${one.pbx}: ${misplacedText(one)}`),
    "",
    `${placeStays} To undo the change, set the old tag wildix:customer.`,
  ].join("\n"),
];
