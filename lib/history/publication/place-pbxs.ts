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
 * Decides once under which customer's prefix the exports of each PBX are. A PBX whose customer changes keeps its place: half of its
 * days would be under another prefix. `notify` gets those whose customer changed since the last call with it.
 * Throws STORE_UNAVAILABLE, STORE_CONFLICT, and what `notify` throws.
 */
export const placePbxs = async (
  store: WritingStore,
  all: readonly Pick<PbxEntry, "id" | "customer">[],
  notify?: (news: readonly Misplaced[]) => Promise<void>,
): Promise<Placed> => {
  // a wrong name is refused where the PBX is planned
  const entries = all.filter(({ customer }) => customer === undefined || isCustomer(customer));
  const seen = await store.head(customersKey);
  const before = seen && (await readPlacements(store));
  if (before === undefined && entries.every(({ customer }) => customer === undefined))
    return { placements: undefined, misplaced: [] };
  const added = entries.filter(({ id }) => !Object.hasOwn(before ?? {}, id));
  const exported = added.some(({ customer }) => customer !== undefined)
    ? await exportedOutside(store)
    : new Set<string>();
  const after: Record<string, Placements[string]> = { ...before };
  for (const { id, customer } of added)
    after[id] = { customer: customer === undefined || exported.has(id) ? null : customer };
  const misplaced: Misplaced[] = [];
  const news: Misplaced[] = [];
  for (const { id, customer: wanted = null } of entries) {
    const { customer = null, notified } = after[id] ?? {};
    if (customer === wanted) {
      after[id] = { customer };
      continue;
    }
    const one = { pbx: id, exports: customer, registry: wanted };
    misplaced.push(one);
    if (notified !== wanted) news.push(one);
    after[id] = { customer, ...defined({ notified: notify === undefined ? notified : wanted }) };
  }
  if (news.length > 0) await notify?.(news);
  const text = placementsText(after);
  if (before === undefined || text !== placementsText(before))
    await writeText(store, customersKey, text, asSeen(seen));
  return { placements: after, misplaced };
};

/** PBXs that have exports outside of all customers' prefixes. */
const exportedOutside = async (store: Pick<ExportStore, "list">): Promise<Set<string>> => {
  const pbxs = new Set<string>();
  for await (const { key } of store.list(manifestPrefix)) {
    const pbx = manifestPbx(key);
    if (pbx !== undefined) pbxs.add(pbx);
  }
  return pbxs;
};

const named = (customer: string | null): string =>
  customer === null ? "no customer" : `customer ${customer}`;

/** A line for each. */
export const misplacedLines = (misplaced: readonly Misplaced[]): string[] =>
  misplaced.map(
    ({ pbx, exports, registry }) =>
      `${pbx}: its exports are those of ${named(exports)}, and the registry says ${named(registry)}`,
  );

/** Subject and text of the notification. */
export const misplacedMessage = (
  news: readonly Misplaced[],
  stage: string | undefined,
): [subject: string, text: string] => [
  subjectOfStage(stage, `The customer of ${news.length === 1 ? "a PBX" : `${news.length} PBXs`} changed`),
  [
    ...misplacedLines(news).map((line) => `- ${line}`),
    "",
    "Exports continue where they are. To move them, see docs/history.md, Customers apart. To undo the change, set the old tag wildix:customer.",
  ].join("\n"),
];
