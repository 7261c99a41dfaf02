import { describe, expect, it } from "vitest";
import { openCustomers, placedStore, readCustomers } from "../../lib/store/customers.ts";
import { readText, writeText } from "../../lib/store/store.ts";
import { plainStore } from "../support/plain-store.ts";
import { storeContract } from "./store-contract.ts";

const placements = { milan: { customer: "acme" }, oslo: { customer: "beta" }, rome: { customer: null } };

storeContract("a directory of customers", async () => placedStore(plainStore(), placements));

const put = (store: ReturnType<typeof plainStore>, key: string) =>
  writeText(store, key, key, { absent: true });

describe("a store with customers", () => {
  const day = "dt=2026-11-23";
  it("has the objects of a PBX under its customer's prefix, and all other objects where they were", async () => {
    const inner = plainStore();
    const store = placedStore(inner, placements);
    const keys = [
      `legs/${day}/pbx=milan/part-00001.ndjson.gz`,
      `events/${day}/pbx=milan/1.json`,
      `manifests/${day}/milan.json`,
      `manifests/${day}/_milan.grouping.json.gz`,
      `manifests/${day}/rome.json`,
      `manifests/${day}/lyon.json`,
      `manifests/${day}/_fleet.json`,
      "sounds/milan.json",
    ];
    for (const key of keys) expect(await writeText(store, key, key, { absent: true })).toMatchObject({ key });
    expect([...inner.objects.keys()].sort()).toEqual(
      [...keys.slice(0, 4).map((key) => `customers/acme/${key}`), ...keys.slice(4)].sort(),
    );
    for (const key of keys) expect(await readText(store, key)).toBe(key);
    const seen = await store.head(keys[0] ?? "");
    expect(seen?.key).toBe(keys[0]);
    await store.remove(keys[0] ?? "", seen?.etag ?? "");
    expect(inner.objects.has(`customers/acme/${keys[0]}`)).toBe(false);
  });

  it("lists all customers in one order, and each PBX only where its place is", async () => {
    const inner = plainStore();
    for (const key of [
      `manifests/${day}/rome.json`,
      `manifests/${day}/_fleet.json`,
      `customers/beta/manifests/${day}/oslo.json`,
      `customers/acme/manifests/${day}/milan.json`,
      // of a PBX whose place is another one
      `customers/beta/manifests/${day}/milan.json`,
      `manifests/${day}/oslo.json`,
    ])
      await put(inner, key);
    const store = placedStore(inner, placements);
    const listed = (await Array.fromAsync(store.list("manifests/"))).map(({ key }) => key);
    expect(listed).toEqual(
      ["_fleet", "milan", "oslo", "rome"].map((name) => `manifests/${day}/${name}.json`),
    );
  });

  it("is the store itself without placements, and refuses damaged ones", async () => {
    const inner = plainStore();
    expect(await openCustomers(inner)).toBe(inner);
    expect(await readCustomers(inner)).toBe(inner);
    await writeText(inner, "customers.json", "{", { absent: true });
    await expect(openCustomers(inner)).rejects.toMatchObject({
      message:
        "customers.json must be a list of PBXs with their customers, as an export writes it; got text that is not JSON. Restore an earlier copy of it.",
      code: "STORE_UNAVAILABLE",
      field: "customers.json",
    });
  });
});
