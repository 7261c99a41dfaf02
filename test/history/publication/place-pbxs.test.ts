import { describe, expect, it } from "vitest";
import { manifestKey, manifestPrefix } from "../../../lib/history/publication/manifest.ts";
import {
  type Misplaced,
  misplacedAdvice,
  misplacedMessage,
  misplacedOf,
  placePbxs,
} from "../../../lib/history/publication/place-pbxs.ts";
import { customersKey, readPlacements } from "../../../lib/store/customers.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

type Customers = Readonly<Record<string, string | undefined>>;
const entriesOf = (customers: Customers) =>
  Object.entries(customers).map(([id, customer]) => (customer === undefined ? { id } : { id, customer }));

const setUp = () => {
  const store = plainStore();
  /** Each notification, and what each list and write was about. */
  const [news, listed, written]: [Misplaced[][], string[], string[]] = [[], [], []];
  const watched: typeof store = {
    ...store,
    list: (prefix) => {
      listed.push(prefix);
      return store.list(prefix);
    },
    stage: (key, bytes) => {
      written.push(key);
      return store.stage(key, bytes);
    },
  };
  const placed = async (customers: Customers, notify?: (found: readonly Misplaced[]) => Promise<void>) => {
    const { placements, misplaced } = await placePbxs(watched, entriesOf(customers), notify);
    const places =
      placements &&
      Object.fromEntries(Object.entries(placements).map(([id, { customer }]) => [id, customer]));
    return { places, misplaced };
  };
  return {
    store,
    news,
    listed,
    written,
    place: (customers: Customers) => placed(customers, async (found) => void news.push([...found])),
    placeQuietly: (customers: Customers) => placed(customers),
  };
};
const moved = { pbx: "milan", exports: "acme", registry: "beta" };

it("without customers, nothing is written", async () => {
  const { store, place } = setUp();
  expect(await place({ milan: undefined })).toEqual({ places: undefined, misplaced: [] });
  expect(store.objects.size).toBe(0);
});

it("a PBX is placed once; a customer that changes is notified once, and again if it changes again", async () => {
  const { news, place } = setUp();
  expect(await place({ milan: "acme", rome: undefined })).toEqual({
    places: { milan: "acme", rome: null },
    misplaced: [],
  });
  const named = { pbx: "rome", exports: null, registry: "acme" };
  for (let run = 0; run < 2; run++)
    expect(await place({ milan: "beta", rome: "acme" })).toEqual({
      places: { milan: "acme", rome: null },
      misplaced: [moved, named],
    });
  expect(news).toEqual([[moved, named]]);
  await place({ milan: undefined, rome: undefined });
  expect(news.slice(1)).toEqual([[{ pbx: "milan", exports: "acme", registry: null }]]);
  expect((await place({ milan: "acme", rome: undefined })).misplaced).toEqual([]);
  await place({ milan: "beta", rome: undefined });
  expect(news.slice(2)).toEqual([[moved]]);
});

it("without a notification, a customer that changed is notified by the next run that can", async () => {
  const { store, news, place, placeQuietly } = setUp();
  const notified = async () => (await readPlacements(store))?.["milan"];
  await place({ milan: "acme" });
  expect(await placeQuietly({ milan: "beta" })).toEqual({ places: { milan: "acme" }, misplaced: [moved] });
  expect(await notified()).toEqual({ customer: "acme" });
  await place({ milan: "beta" });
  expect(await notified()).toEqual({ customer: "acme", notified: "beta" });
  await placeQuietly({ milan: "beta" });
  expect(await notified()).toEqual({ customer: "acme", notified: "beta" });
  await place({ milan: "beta" });
  expect(news).toEqual([[moved]]);
  await placeQuietly({ milan: "acme" });
  expect(await notified()).toEqual({ customer: "acme" });
  await place({ milan: "beta" });
  expect(news).toEqual([[moved], [moved]]);
});

it("the places are written only if one changes, and exports are listed only for a new PBX of a customer", async () => {
  const { listed, written, place } = setUp();
  await place({ milan: "acme" });
  expect([listed, written]).toEqual([[manifestPrefix], [customersKey]]);
  await place({ milan: "acme" });
  expect([listed, written]).toEqual([[manifestPrefix], [customersKey]]);
  await place({ milan: "acme", rome: undefined });
  expect([listed, written]).toEqual([[manifestPrefix], [customersKey, customersKey]]);
});

it("a PBX that has exports without a customer keeps them there", async () => {
  const { store, place } = setUp();
  await writeText(store, manifestKey("2025-01-01", "milan"), "{}", { absent: true });
  const oslo = { oslo: undefined };
  expect(await place({ milan: "acme", rome: "acme", ...oslo })).toEqual({
    places: { milan: null, rome: "acme", oslo: null },
    misplaced: [{ pbx: "milan", exports: null, registry: "acme" }],
  });
});

it("a wrong name is no prefix, and its PBX gets no place", async () => {
  const { place } = setUp();
  expect(await place({ milan: "../acme" })).toEqual({ places: undefined, misplaced: [] });
  expect(await place({ milan: "../acme", rome: "acme", oslo: undefined })).toEqual({
    places: { rome: "acme", oslo: null },
    misplaced: [],
  });
});

it("a PBX without a place is not misplaced, whatever its name", () => {
  const entries = entriesOf({ milan: "acme", constructor: "acme" });
  expect(misplacedOf(undefined, entries)).toEqual([]);
  expect(misplacedOf({ rome: { customer: "beta" } }, entries)).toEqual([]);
  expect(misplacedOf({ milan: { customer: "acme" } }, entries)).toEqual([]);
  expect(misplacedOf({ milan: { customer: "acme" } }, entriesOf({ milan: undefined }))).toEqual([
    { pbx: "milan", exports: "acme", registry: null },
  ]);
});

describe("the texts about a changed customer", () => {
  const stays =
    "New exports are written where the old exports are. To move them all, see `One prefix for each customer` in docs/history.md.";
  it.each([
    [null, "remove the tag wildix:customer, or the field `customer` of a file"],
    ["acme", "set the tag wildix:customer, or the field `customer` of a file, to acme"],
  ])("say how to undo the change if %s has the exports", (exports, undo) =>
    expect(misplacedAdvice({ exports })).toBe(`${stays} To undo the change, ${undo}.`),
  );
  it("name PBXs, both customers, and what to do", () => {
    const one = { pbx: "milan", exports: null, registry: "acme" };
    const first = "- milan: its exports belong to no customer, but the registry has customer acme";
    const end = `\n\n${stays} To undo the change, set the old tag wildix:customer.`;
    expect(misplacedMessage([one], "prod")).toEqual(["prod: The customer of a PBX changed", first + end]);
    expect(misplacedMessage([one, { pbx: "rome", exports: "acme", registry: null }], "prod")).toEqual([
      "prod: The customer of 2 PBXs changed",
      `${first}\n- rome: its exports belong to customer acme, but the registry has no customer${end}`,
    ]);
  });
});
