import { expect, it } from "vitest";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import { sqsSenders } from "../../../lib/callbacks/events/sqs-senders.ts";
import { ProductError } from "../../../lib/errors.ts";
import { fakeClock } from "../../support/scripted.ts";

const secretOf = (key: string | string[]): string =>
  JSON.stringify({ host: "https://pbx.example.com", token: "t", sqs_signing_key: key });
const body = Buffer.from('{"id":"x"}');

const setUp = () => {
  const clock = fakeClock(1_772_100_000_000);
  const secrets = new Map([
    ["turin", secretOf("shared")],
    ["milan", secretOf(["oldMilan", "newMilan"])],
    ["broken", "{"],
    ["bari", secretOf("shared")],
    ["naples", secretOf("shared")],
  ]);
  const reads = { lists: 0 };
  const fails: { with?: Error } = {};
  const senders = sqsSenders({
    clock,
    registry: {
      list: async () => {
        reads.lists++;
        if (fails.with) throw fails.with;
        return [...secrets.keys()].map((id) => ({
          id,
          timezone: undefined,
          exported: false,
          registeredAt: undefined,
        }));
      },
      readText: async (id) => secrets.get(id) ?? "",
    },
  });
  const by = (key: string) => senders(body, Buffer.from(signWebhook(body, key), "hex"));
  return { clock, secrets, reads, fails, by };
};

it.each([
  ["oldMilan", ["milan"]],
  ["newMilan", ["milan"]],
  ["wrong", []],
  // in the order of their ids, so that the log names them in the same order each time
  ["shared", ["bari", "naples", "turin"]],
])("a message that %s signed is of %j", async (key, pbxs) => expect(await setUp().by(key)).toEqual(pbxs));

it("the keys are read once in five minutes while messages are of known PBXs", async () => {
  const { clock, reads, by } = setUp();
  for (const ms of [0, 60_000, 239_999]) {
    clock.at += ms;
    expect(await by("newMilan")).toEqual(["milan"]);
  }
  expect(reads.lists).toBe(1);
  clock.at += 1;
  expect(await by("newMilan")).toEqual(["milan"]);
  expect(reads.lists).toBe(2);
});

it("a key that was removed is accepted for five minutes at most", async () => {
  const { clock, secrets, by } = setUp();
  await by("oldMilan");
  secrets.set("milan", secretOf("newMilan"));
  clock.at += 299_999;
  expect(await by("oldMilan")).toEqual(["milan"]);
  clock.at += 1;
  expect(await by("oldMilan")).toEqual([]);
});

it("messages of nobody make the keys be read again, once a minute at most", async () => {
  const { clock, secrets, reads, by } = setUp();
  expect(await by("added")).toEqual([]);
  secrets.set("rome", secretOf("added"));
  clock.at += 59_999;
  for (let n = 0; n < 3; n++) expect(await by("added")).toEqual([]);
  expect(reads.lists).toBe(1);
  clock.at += 1;
  for (let n = 0; n < 3; n++) expect(await by("added")).toEqual(["rome"]);
  expect(reads.lists).toBe(2);
});

it("a registry that does not answer fails the message, and the next one asks again", async () => {
  const { fails, by } = setUp();
  fails.with = new ProductError("REGISTRY_UNAVAILABLE", { detail: "down" });
  await expect(by("newMilan")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  delete fails.with;
  expect(await by("newMilan")).toEqual(["milan"]);
});
