import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { createNames } from "../../lib/callbacks/names.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { customer } from "../support/milan.ts";

const setUp = () => createNames(memoryState({ now: () => 0 }), () => "key");
/** A name by the key that the state has then. */
const named = (...parts: string[]): string =>
  createHmac("sha256", "keykey").update(JSON.stringify(parts)).digest("base64url");

it("the id of a callback never looks like an option of the command", async () => {
  const names = setUp();
  const numbers = Array.from({ length: 500 }, (_, n) => `+3902${n}`);
  const made = await Promise.all(numbers.map((number) => names.callback("milan", number, "1")));
  const plain = numbers.map((number) => named("callback", "milan", number, "1"));
  expect(plain.some((id) => id.startsWith("-"))).toBe(true);
  expect(made).toEqual(plain.map((id) => (id.startsWith("-") ? `_${id.slice(1)}` : id)));
  expect(new Set(made).size).toBe(500);
  for (const id of made) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{42}$/);
});

it("a number has other ids in other records, which no release may change", async () => {
  const names = setUp();
  expect(await names.callback("milan", customer, "sales")).toBe(
    named("callback", "milan", customer, "sales"),
  );
  expect(await names.number("milan", customer)).toBe(named("number", "milan", customer));
  expect(await names.listed(customer)).toBe(named("dnc", customer));
});
