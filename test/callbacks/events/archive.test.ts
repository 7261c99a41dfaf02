import { expect, it } from "vitest";
import { createArchive } from "../../../lib/callbacks/events/archive.ts";
import { readEvent } from "../../../lib/callbacks/events/envelope.ts";
import { ProductError } from "../../../lib/errors.ts";
import { asSeen, writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { fakeClock } from "../../support/scripted.ts";

const placed = (customer: string): string => `{"version":1,"pbxs":{"milan":{"customer":"${customer}"}}}`;
const setUp = async () => {
  const store = plainStore();
  await writeText(store, "customers.json", placed("acme"), { absent: true });
  const clock = fakeClock(1_795_000_000_000);
  const read: string[] = [];
  let fails = false;
  const watched = {
    ...store,
    read: async (key: string) => {
      read.push(key);
      if (fails) throw new ProductError("STORE_UNAVAILABLE", { detail: "503" });
      return store.read(key);
    },
    stage: async (...args: Parameters<typeof store.stage>) => {
      if (stageFails) throw stageFails;
      return store.stage(...args);
    },
  };
  let stageFails: Error | undefined;
  const failToWrite = (error: Error): void => {
    stageFails = error;
  };
  const archive = createArchive(watched, clock);
  let events = 0;
  const keep = async (pbx: string): Promise<string | undefined> => {
    const before = new Set(store.objects.keys());
    const body = `{"id":"${++events}","type":"call:started","time":1795000000000}`;
    const event = readEvent(body);
    if (event === undefined) throw new Error("no event");
    await archive(pbx, event, body);
    return [...store.objects.keys()].find((key) => !before.has(key));
  };
  /** Archives this text, and gives the stored one. */
  const text = async (body: string): Promise<string[]> => {
    const event = readEvent(body);
    if (event === undefined) throw new Error("no event");
    await archive("milan", event, body);
    return [...store.objects.entries()]
      .filter(([key]) => key.includes("/events/"))
      .map(([, bytes]) => String(bytes));
  };
  const fail = (on: boolean): void => {
    fails = on;
  };
  return { store, clock, read, keep, text, fail, failToWrite };
};

it("an event of a customer's PBX is archived under the customer's prefix", async () => {
  const { keep } = await setUp();
  expect(await keep("milan")).toMatch(/^customers\/acme\/events\/dt=2026-11-18\/pbx=milan\/1795000000000-/);
  expect(await keep("rome")).toMatch(/^events\/dt=2026-11-18\/pbx=rome\/1795000000000-/);
});

it("the places of PBXs are read once a minute, not for each event", async () => {
  const { store, clock, read, keep } = await setUp();
  await Promise.all([keep("milan"), keep("rome")]);
  await writeText(store, "customers.json", placed("other"), asSeen(await store.head("customers.json")));
  clock.at += 59_999;
  expect(await keep("milan")).toMatch(/^customers\/acme\//);
  expect(read).toEqual(["customers.json"]);
  clock.at += 1;
  expect(await keep("milan")).toMatch(/^customers\/other\//);
  expect(read).toEqual(["customers.json", "customers.json"]);
});

it("a failure to read the places is not kept: the event is delivered again", async () => {
  const { read, keep, fail } = await setUp();
  fail(true);
  await expect(keep("milan")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  fail(false);
  expect(await keep("milan")).toMatch(/^customers\/acme\//);
  expect(read).toHaveLength(2);
});

const event = '{"id":"x", "type":"call:started","time":1795000000000}';
it.each([event, `${event}\n`, `${event} \n\n`, ` \n${event}`])(
  "an event is archived as it was sent, and ends with one line feed: %j",
  async (body) => {
    const { text } = await setUp();
    expect(await text(body)).toEqual([`${body.trimEnd()}\n`]);
  },
);
it("an event that is delivered again is archived once", async () => {
  const { text } = await setUp();
  await text(event);
  expect(await text(event)).toEqual([`${event}\n`]);
});
it("a store that does not take an event fails its delivery", async () => {
  const { text, failToWrite } = await setUp();
  failToWrite(new ProductError("STORE_UNAVAILABLE", { detail: "503" }));
  await expect(text(event)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
});
