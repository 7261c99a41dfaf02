import { describe, expect, it } from "vitest";
import type { CallbackRecord, NumberRecord } from "../../../lib/callbacks/record.ts";
import { ProductError } from "../../../lib/errors.ts";
import { rome } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";
import { ringOfVisits, visitWorld } from "../../support/visits.ts";

type World = ReturnType<typeof visitWorld>;
const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const now = rome("10:03");
const own = { key: ringOfVisits.key, at: now };

describe("a dial", () => {
  it("is noted in the callback, its number and its target, announced and counted", async () => {
    const world = visitWorld();
    await world.add();
    expect(await world.visitDue()).toBe("rang");
    expect(await world.read()).toMatchObject({
      state: "ringing",
      reason: "ringing",
      dial: ringOfVisits,
      due: rome("10:03:45"),
      n: 0,
      attempts: 0,
    });
    expect((await world.number()).dials).toEqual([own]);
    expect(await world.placeOf()).toBe(own.key);
    expect(world.events.map(({ event, callback }) => [event, callback.state])).toEqual([["rang", "ringing"]]);
    expect([world.counted, world.logged]).toEqual([{ callbacks_rang: 1 }, []]);
  });
  it("is a call of the caller `callbacks`, which may ring only the target and by the time of the visit", async () => {
    const world = visitWorld();
    await world.add({ round: 3, n: 2, name: "Ada Conti" });
    world.history.onQuestion = async () => {
      world.clock.at += 2 * second;
    };
    await world.visitDue();
    const [{ caller, wanted, pbx, ...rest } = { caller: undefined }] = world.placed;
    expect(rest).toEqual({
      key: "cb/c/3/2",
      requestId: "callback c",
      receivedAt: now,
      timeLeft: 10 * second,
    });
    expect(caller).toEqual({
      id: "callbacks",
      scopes: new Set(["calls:create"]),
      pbxs: ["milan"],
      extensions: ["201"],
    });
    expect([wanted?.first, wanted?.ringMs, pbx?.id]).toEqual([{ extension: "201" }, 20 * second, "milan"]);
    expect(await world.read()).toMatchObject({ due: rome("10:03:47"), dial: { at: now + 2 * second } });
  });
  it("shows the first 100 characters of the longest queue that an event can have", async () => {
    const world = visitWorld();
    await world.add({ queue: { name: "q".repeat(200) } });
    expect(await world.visitDue()).toBe("rang");
    const [{ wanted } = { wanted: undefined }] = world.placed;
    expect(wanted?.callerId).toBe(`"Callback ${"q".repeat(51)}" <${customer}>`);
  });
  it("takes the place of earlier dials: two days old, or by the same key", async () => {
    const world = visitWorld();
    await world.add({ dial: { ...ringOfVisits, at: now - minute } });
    const kept = { key: "b", at: now - 2 * day + 1, over: true } as const;
    await world.setNumber({
      dials: [{ key: "a", at: now - 2 * day }, kept, { key: own.key, at: now - minute }],
    });
    expect(await world.visitDue()).toBe("rang");
    expect((await world.number()).dials).toEqual([kept, own]);
  });
});

describe("a dial is taken back", () => {
  const meanwhile = async (
    partition: string,
    act: (world: World) => Promise<unknown>,
    options: Parameters<typeof visitWorld>[0] = {},
  ) => {
    const world = visitWorld(options);
    await world.add();
    world.before(
      (key) => key.partition === partition,
      () => act(world),
    );
    const visited = await world.visitDue();
    return { world, visited, record: await world.read(), number: await world.number() };
  };
  const change = (number: Partial<NumberRecord>) => (world: World) => world.setNumber(number);
  const other = { key: "b", at: now - 5 * minute + 1, over: true } as const;

  it.each<[string, Partial<NumberRecord>, Partial<CallbackRecord>]>([
    [
      "if another callback dialled the number less than five minutes ago",
      { dials: [other] },
      { reason: "retry", due: rome("10:03:01") },
    ],
    ["if the number talks", { live: now - second }, { reason: "retry", due: rome("10:03:45") }],
  ])("%s", async (_name, known, expected) => {
    const { world, visited, record, number } = await meanwhile("callbacks/target/milan", change(known));
    expect([visited, world.placed]).toEqual(["done", []]);
    expect(record).toMatchObject({ state: "waiting", n: 0, ...expected });
    expect(number).toMatchObject(known);
    expect(number.dials).not.toContainEqual(own);
    expect(await world.placeOf()).toBeUndefined();
  });
  it("but not if that was five minutes ago", async () => {
    const dials = [{ ...other, at: now - 5 * minute }];
    const { visited, number } = await meanwhile("callbacks/target/milan", change({ dials }));
    expect([visited, number.dials]).toEqual(["rang", [...dials, own]]);
  });
  it("if the number was listed meanwhile", async () => {
    const { world, visited, record, number } = await meanwhile("callbacks/target/milan", ({ desk }) =>
      desk.doNotCall.block({ pbx: "milan" }, customer, { by: "test" }),
    );
    expect([visited, world.placed, number.dials]).toEqual(["done", [], []]);
    expect(record).toMatchObject({ state: "closed", reason: "do_not_call" });
  });
  it("if another callback took the place of the target", async () => {
    const { world, visited, record } = await meanwhile("callbacks/milan", async ({ desk, add }) => {
      const dial = { key: "other", at: now, target: "201" };
      await add({ id: "other", state: "ringing", reason: "ringing", dial });
      await desk.targets.take("milan", "201", 1, { callback: "other", key: "other" });
    });
    expect([visited, world.placed, await world.placeOf()]).toEqual(["busy", [], "other"]);
    expect(record).toMatchObject({ state: "waiting", reason: "retry", n: 0 });
  });
  it("if another process wrote the callback", async () => {
    const world = visitWorld();
    await world.add();
    world.overtaken();
    expect(await world.visitDue()).toBe("busy");
    expect(await world.read()).toMatchObject({ state: "waiting", name: "other" });
    expect([world.placed, await world.placeOf()]).toEqual([[], undefined]);
  });
});

describe("a call that is refused before it is sent", () => {
  const refused = async (code: ConstructorParameters<typeof ProductError>[0]) => {
    const world = visitWorld();
    await world.add();
    const earlier = { key: "b", at: now - day, over: true } as const;
    await world.setNumber({ dials: [earlier] });
    world.ledger.refusal = new ProductError(code, { detail: "as told" });
    const visited = await world.visitDue();
    return { world, visited, record: await world.read(), earlier, number: await world.number() };
  };
  it.each<[ConstructorParameters<typeof ProductError>[0], string, Partial<CallbackRecord>]>([
    ["CALL_CAPPED", "done", { state: "waiting", reason: "capped", due: rome("11:03") }],
    ["CALLS_PAUSED", "done", { state: "waiting", reason: "capped", due: rome("11:03") }],
    ["CALLS_STOPPED", "stopped", { state: "waiting", reason: "stopped", due: rome("10:03:45") }],
    ["CALL_FORBIDDEN", "done", { state: "closed", reason: "forbidden" }],
    ["EXTENSION_FORBIDDEN", "done", { state: "closed", reason: "forbidden" }],
    ["INPUT_INVALID", "done", { state: "closed", reason: "forbidden" }],
  ])("as %s frees the number and the target", async (code, expected, after) => {
    const { world, visited, record, earlier, number } = await refused(code);
    expect(visited).toBe(expected);
    expect(record).toMatchObject({ n: 0, attempts: 0, ...after });
    expect([number.dials, await world.placeOf()]).toEqual([[earlier], undefined]);
    const logged = {
      message: "a callback was forbidden",
      callback: "c",
      pbx: "milan",
      code,
      detail: "as told",
    };
    expect(world.logged).toEqual(after.state === "closed" ? [logged] : []);
    expect(world.counted).toEqual(after.state === "closed" ? { callbacks_closed: 1 } : {});
  });
  it("or of which that is not known is looked for in the ledger by the next visit", async () => {
    const { world, visited, record, earlier, number } = await refused("STATE_UNAVAILABLE");
    expect([visited, record?.state, number.dials]).toEqual(["rang", "ringing", [earlier, own]]);
    expect([world.counted, world.events]).toEqual([{}, []]);
    expect(world.logged).toEqual([
      {
        message: "a callback could not be placed",
        callback: "c",
        pbx: "milan",
        code: "STATE_UNAVAILABLE",
        detail: "as told",
      },
    ]);
  });
});

describe("a target with two places", () => {
  it("is rung by a second callback", async () => {
    const settings = { ...milan, callbacks: { ...milan.callbacks, concurrent: 2 } };
    const world = visitWorld({ settings });
    const dial = { key: "other", at: now, target: "201" };
    await world.add({ id: "other", state: "ringing", reason: "ringing", dial });
    await world.desk.targets.take("milan", "201", 2, { callback: "other", key: "other" });
    await world.add();
    expect(await world.visitDue()).toBe("rang");
    expect([await world.placeOf("201"), await world.placeOf("201~1")]).toEqual(["other", own.key]);
  });
});
