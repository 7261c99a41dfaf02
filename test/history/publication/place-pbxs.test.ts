import { expect, it } from "vitest";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { type Misplaced, misplacedMessage, placePbxs } from "../../../lib/history/publication/place-pbxs.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

const setUp = () => {
  const store = plainStore();
  const news: Misplaced[] = [];
  const place = async (customers: Readonly<Record<string, string | undefined>>) => {
    const entries = Object.entries(customers).map(([id, customer]) =>
      customer === undefined ? { id } : { id, customer },
    );
    const { placements, misplaced } = await placePbxs(
      store,
      entries,
      async (found) => void news.push(...found),
    );
    const places =
      placements &&
      Object.fromEntries(Object.entries(placements).map(([id, { customer }]) => [id, customer]));
    return { places, misplaced };
  };
  return { store, news, place };
};

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
  const moved = { pbx: "milan", exports: "acme", registry: "beta" };
  const named = { pbx: "rome", exports: null, registry: "acme" };
  for (let run = 0; run < 2; run++)
    expect(await place({ milan: "beta", rome: "acme" })).toEqual({
      places: { milan: "acme", rome: null },
      misplaced: [moved, named],
    });
  expect(news).toEqual([moved, named]);
  await place({ milan: undefined, rome: undefined });
  expect(news.slice(2)).toEqual([{ pbx: "milan", exports: "acme", registry: null }]);
  expect((await place({ milan: "acme", rome: undefined })).misplaced).toEqual([]);
  await place({ milan: "beta", rome: undefined });
  expect(news.slice(3)).toEqual([moved]);
});

it("a PBX that has exports without a customer keeps them there", async () => {
  const { store, place } = setUp();
  await writeText(store, manifestKey("2025-01-01", "milan"), "{}", { absent: true });
  expect(await place({ milan: "acme", rome: "acme" })).toEqual({
    places: { milan: null, rome: "acme" },
    misplaced: [{ pbx: "milan", exports: null, registry: "acme" }],
  });
});

it("a wrong name is no prefix", async () => {
  const { place } = setUp();
  expect(await place({ milan: "../acme", rome: "acme" })).toMatchObject({ places: { rome: "acme" } });
});

it("the notification names PBX, both customers, and what to do", () => {
  const [subject, text] = misplacedMessage([{ pbx: "milan", exports: null, registry: "acme" }], "prod");
  expect(subject).toBe("prod: The customer of a PBX changed");
  expect(text).toContain("milan: its exports are those of no customer, and the registry says customer acme");
  expect(text).toContain("docs/history.md");
});
