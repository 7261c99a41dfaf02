import { describe, expect, it } from "vitest";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import type { StateStore } from "../../../lib/state.ts";
import { callbackWorld, rome } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";

const other = "+393337654321";
const day = 86_400_000;

/** Who asks and lists. */
const by = { by: "command" };

describe("a callback that somebody asks for", () => {
  it("is dialled at once, with the name that the agent sees", async () => {
    const world = callbackWorld({ start: rome("10:00:10") });
    const asked = { to: "333 1234567", queue: "Sales", name: "Ada" };
    const { view, opened } = await world.callbacks.request(world.pbx.asPbx(), asked);
    expect(opened).toBe(true);
    expect(view).toMatchObject({
      pbx: "milan",
      to: "+39333…67",
      queue: { name: "Sales" },
      target: "201",
      state: "waiting",
      count: 0,
    });
    await world.until(rome("10:05"));
    expect(world.times()).toEqual(["10:01 201"]);
    expect(world.dials[0]?.to).toBe(customer);
  });
  it("waits for the time that was asked for", async () => {
    const world = callbackWorld();
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore: rome("11:30:30") });
    await world.until(rome("12:00"));
    expect(world.times()).toEqual(["11:31 201"]);
  });
  it("joins the open one, and reopens a closed one", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    const first = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    expect(first).toMatchObject({ opened: false, view: { count: 1, due: "2026-11-24T09:00:30.000Z" } });
    await world.callbacks.cancel("milan", first.view.id);
    world.clock.at += 60_000;
    const again = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    expect(again).toMatchObject({ opened: true, view: { id: first.view.id, state: "waiting" } });
  });
  it("is for now if the time that was asked for has passed", async () => {
    const world = callbackWorld({ start: rome("10:00") });
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore: rome("09:00") });
    const [record] = await world.records();
    expect(record?.asked).toEqual({ at: rome("10:00"), notBefore: rome("10:00") });
  });
  it("has no queue and no name if none was given", async () => {
    const world = callbackWorld();
    const { view } = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    expect(view).not.toHaveProperty("queue");
    expect((await world.records())[0]).not.toHaveProperty("name");
  });
  it.each([
    [" Sales\t", { name: "Sales" }],
    [" ", undefined],
  ])("has the queue %j without spaces around it", async (queue, named) => {
    const world = callbackWorld();
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, queue });
    expect((await world.records())[0]?.queue).toEqual(named);
  });
  it("has a name of at most 60 characters", async () => {
    const world = callbackWorld();
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, name: "Ada".repeat(21) });
    expect((await world.records())[0]?.name).toBe("Ada".repeat(20));
  });
  it("is refused where callbacks are off", async () => {
    const { callbacks: _callbacks, ...off } = milan;
    const world = callbackWorld({ settings: off });
    await expect(world.callbacks.request(world.pbx.asPbx(), { to: customer })).rejects.toMatchObject({
      code: "CALLBACKS_OFF",
      field: "pbx",
      message: "milan must have the setting `callbacks`; got none.",
    });
    expect(await world.callbacks.takeFact(world.fact())).toBe("ignored");
  });
  it.each([
    ["another country", "+41441234567", "CALL_FORBIDDEN"],
    ["a premium number", "+39899123456", "CALL_FORBIDDEN"],
    ["an extension", "201", "INPUT_INVALID"],
    ["an emergency number", "112", "INPUT_INVALID"],
    ["no number", "+999123", "INPUT_INVALID"],
    ["two numbers", "02 1234567/8", "INPUT_INVALID"],
  ])("is refused for %s", async (_name, to, code) => {
    const world = callbackWorld();
    await expect(world.callbacks.request(world.pbx.asPbx(), { to })).rejects.toMatchObject({
      code,
      field: "to",
    });
  });
  it("names the countries of the settings in a refusal, and was not sent", async () => {
    const settings = { ...milan, callbacks: { ...milan.callbacks, countries: ["IT", "FR"] } };
    const world = callbackWorld({ settings });
    await expect(world.callbacks.request(world.pbx.asPbx(), { to: "+41441234567" })).rejects.toMatchObject({
      message: "`to` must be a fixed-line, mobile or VoIP number in IT, FR; got another number.",
      sent: "no",
    });
  });
  it("is refused more than 30 days ahead", async () => {
    const world = callbackWorld();
    const notBefore = world.clock.at + 30 * day;
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore });
    await expect(
      world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore: notBefore + 1 }),
    ).rejects.toMatchObject({
      code: "INPUT_INVALID",
      field: "not_before",
      message: "`not_before` must be within 30 days; got a later time. Choose an earlier one.",
    });
  });
});

describe("cancelling", () => {
  it("is a promise while a callback waits", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    const [record] = await world.records();
    const view = await world.callbacks.cancel("milan", record?.id ?? "");
    expect(view).toMatchObject({ state: "closed", reason: "cancelled" });
    expect(view).not.toHaveProperty("ringing");
    expect(await world.callbacks.cancel("milan", record?.id ?? "")).toEqual(view);
    expect(world.counted).toMatchObject({ callbacks_closed: 1 });
    await world.until(rome("11:00"));
    expect(world.times()).toEqual([]);
    expect(world.events.map(({ event }) => event)).toEqual(["opened", "closed"]);
  });
  it("says that a phone may ring, and closes when the ring is over", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    await world.until(rome("10:03"));
    const [record] = await world.records();
    expect(await world.callbacks.cancel("milan", record?.id ?? "")).toMatchObject({
      state: "ringing",
      ringing: true,
    });
    await world.until(rome("12:30"));
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.records()).toMatchObject([{ state: "closed", reason: "cancelled" }]);
  });
  it("keeps the time of the first request while the callback rings", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    await world.until(rome("10:03"));
    const id = (await world.records())[0]?.id ?? "";
    await world.callbacks.cancel("milan", id);
    world.clock.at += 10_000;
    expect(await world.callbacks.cancel("milan", id)).toMatchObject({ ringing: true });
    const [record] = await world.records();
    expect(record?.cancelled).toBe(rome("10:03"));
    expect(record).not.toHaveProperty("until");
    expect(world.events.map(({ event }) => event)).toEqual(["opened", "rang"]);
  });
  it("leaves a callback closed as it is: for its own reason, up to its own time", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    const talk = { startedAt: rome("10:01"), endedAt: rome("10:02") };
    await world.callbacks.takeFact(world.fact({ kind: "bridged", ...talk }));
    const [closed] = await world.records();
    expect(closed).toMatchObject({ state: "closed", reason: "got_through" });
    world.clock.at += 60_000;
    expect(await world.callbacks.cancel("milan", closed?.id ?? "")).toMatchObject({ reason: "got_through" });
    expect(await world.records()).toEqual([closed]);
    expect(world.counted).toMatchObject({ callbacks_closed: 1 });
  });
  it("settles the missed calls up to then, and none that begins later", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    const id = (await world.records())[0]?.id ?? "";
    await world.callbacks.cancel("milan", id);
    expect(await world.records()).toMatchObject([{ due: rome("10:00:30"), until: rome("10:00:30") }]);
    const earlier = { startedAt: rome("10:00:26"), endedAt: rome("10:00:40") };
    expect(await world.callbacks.takeFact(world.fact(earlier))).toBe("noted");
    expect(await world.callbacks.read("milan", id)).toMatchObject({ state: "closed" });
    world.clock.at = rome("10:02");
    const later = { startedAt: rome("10:01:30"), endedAt: rome("10:01:50") };
    expect(await world.callbacks.takeFact(world.fact(later))).toBe("opened");
    expect(await world.callbacks.read("milan", id)).toMatchObject({ state: "waiting", count: 1 });
  });
  it("is tried again if a missed call joins at the same moment", async () => {
    let before: (() => Promise<unknown>) | undefined;
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      write: async (...write) => {
        const act = before;
        if (write[0].partition === "callbacks/milan") before = undefined;
        if (before === undefined) await act?.();
        return inner.write(...write);
      },
    });
    const world = callbackWorld({ start: rome("10:00:30"), state });
    await world.callbacks.takeFact(world.fact());
    const id = (await world.records())[0]?.id ?? "";
    const second = { startedAt: rome("10:00:26"), endedAt: rome("10:00:40") };
    before = () => world.callbacks.takeFact(world.fact(second));
    expect(await world.callbacks.cancel("milan", id)).toMatchObject({
      state: "closed",
      reason: "cancelled",
      count: 2,
    });
    expect(world.events.map(({ event }) => event)).toEqual(["opened", "joined", "closed"]);
  });
  it.each(["x".repeat(43), "x", "../x", "x".repeat(44), `/${"x".repeat(43)}`])(
    "does not know the id %s",
    async (id) => {
      const world = callbackWorld();
      for (const act of [world.callbacks.cancel, world.callbacks.read])
        await expect(act("milan", id)).rejects.toMatchObject({
          code: "NOT_FOUND",
          field: "id",
          message: expect.stringMatching(
            /^There is no callback \S+ of milan\. Closed callbacks are kept for 30 days\.$/,
          ),
        });
    },
  );
  it("looks only for ids that callbacks can have", async () => {
    const looked: string[] = [];
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      read: (key) => {
        looked.push(key.id);
        return inner.read(key);
      },
    });
    const world = callbackWorld({ state });
    for (const id of ["x".repeat(44), `/${"x".repeat(43)}`, "", "x".repeat(42), "y".repeat(43)])
      await expect(world.callbacks.read("milan", id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(looked).toEqual(["y".repeat(43)]);
  });
});

describe("the list of callbacks", () => {
  it("has pages, and those that are open or closed", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    const ids: string[] = [];
    for (const queue of ["a", "b", "c"])
      ids.push((await world.callbacks.request(world.pbx.asPbx(), { to: customer, queue })).view.id);
    await world.callbacks.cancel("milan", ids[0] ?? "");
    const page = await world.callbacks.list("milan", { limit: 2 });
    expect(page.callbacks).toHaveLength(2);
    const rest = await world.callbacks.list("milan", { after: page.next ?? "" });
    expect([...page.callbacks, ...rest.callbacks].map(({ id }) => id)).toEqual(ids.toSorted());
    expect(rest).not.toHaveProperty("next");
    const closed = await world.callbacks.list("milan", { state: "closed" });
    expect(closed.callbacks.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await world.callbacks.list("milan", { state: "open" })).callbacks).toHaveLength(2);
    expect(await world.callbacks.read("milan", ids[0] ?? "")).toEqual(closed.callbacks[0]);
  });
});

describe("a page of callbacks", () => {
  const withCallbacks = async (count: number) => {
    const world = callbackWorld({ others: { rome: milan } });
    const asks = Array.from({ length: count }, (_, at) => ({ to: customer, queue: `q${at}` }));
    for (const asked of asks) await world.callbacks.request(world.pbx.asPbx(), asked);
    return world;
  };
  it("has 50 if no limit is given, and says where the next begins only if there are more", async () => {
    const { callbacks } = await withCallbacks(51);
    const page = await callbacks.list("milan");
    expect(page.callbacks).toHaveLength(50);
    expect(page.next).toBe(page.callbacks.at(-1)?.id);
    const all = await callbacks.list("milan", { limit: 51 });
    expect(all.callbacks).toHaveLength(51);
    expect(all).not.toHaveProperty("next");
    expect(all.callbacks.slice(0, 50)).toEqual(page.callbacks);
  });
  it("is empty for another PBX", async () => {
    const { callbacks } = await withCallbacks(1);
    expect(await callbacks.list("rome")).toEqual({ callbacks: [] });
  });
});

describe("the list of numbers that must not be called", () => {
  it("leaves a callback that rings, and one that is closed", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    const { doNotCall } = world.callbacks;
    await world.callbacks.takeFact(world.fact());
    await world.until(rome("10:03"));
    expect(await doNotCall.block({ pbx: "milan" }, customer, by)).toBe(true);
    const [ringing] = await world.records();
    expect(ringing?.state).toBe("ringing");
    expect(ringing).not.toHaveProperty("cancelled");
    const closed = callbackWorld();
    const { view } = await closed.callbacks.request(closed.pbx.asPbx(), { to: customer });
    const cancelled = await closed.callbacks.cancel("milan", view.id);
    await closed.callbacks.doNotCall.block({ pbx: "milan" }, customer, by);
    expect(await closed.callbacks.read("milan", view.id)).toEqual(cancelled);
  });
  it("of all PBXs is written without a look at the callbacks of a PBX", async () => {
    const read: string[] = [];
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      read: (key) => {
        read.push(key.partition);
        return inner.read(key);
      },
    });
    const world = callbackWorld({ state });
    expect(await world.callbacks.doNotCall.block("all", customer, by)).toBe(true);
    expect(read).toEqual(["pseudonyms"]);
  });
  it("takes a number whose callbacks are not kept any more", async () => {
    const world = callbackWorld();
    const { view } = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    await world.callbacks.cancel("milan", view.id);
    world.clock.at += 31 * day;
    expect(await world.callbacks.doNotCall.block({ pbx: "milan" }, customer, by)).toBe(true);
  });
  it("closes callbacks also if the number was listed already", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    await world.callbacks.takeFact(world.fact());
    await createDesk(world.ports).doNotCall.block({ pbx: "milan" }, customer, by);
    expect(await world.callbacks.doNotCall.block({ pbx: "milan" }, customer, by)).toBe(false);
    expect(await world.records()).toMatchObject([{ state: "closed", reason: "do_not_call" }]);
  });
  it("keeps a number out, of one PBX or of all", async () => {
    for (const scope of ["all", { pbx: "milan" }] as const) {
      const world = callbackWorld({ start: rome("10:00:30") });
      const { doNotCall } = world.callbacks;
      expect(await doNotCall.block(scope, customer, { by: "command", note: "asked" })).toBe(true);
      expect(await doNotCall.block(scope, customer, { by: "command" })).toBe(false);
      expect(await doNotCall.list(scope)).toEqual([
        { shown: "+39333…67", at: rome("10:00:30"), by: "command", note: "asked" },
      ]);
      expect(await world.callbacks.takeFact(world.fact())).toBe("ignored");
      await expect(world.callbacks.request(world.pbx.asPbx(), { to: customer })).rejects.toMatchObject({
        code: "DO_NOT_CALL",
        field: "to",
        message: "`to` must not be on the do-not-call list; got a number that is.",
      });
      expect(await world.callbacks.takeFact(world.fact({ number: other }))).toBe("opened");
      expect(await doNotCall.unblock(scope, customer)).toBe(true);
      expect(await doNotCall.unblock(scope, customer)).toBe(false);
      expect(await world.callbacks.takeFact(world.fact())).toBe("opened");
    }
  });
  it("holds for another PBX only if it is for all", async () => {
    const world = callbackWorld({ start: rome("10:00:30"), others: { rome: milan } });
    await world.callbacks.doNotCall.block({ pbx: "rome" }, customer, { by: "command" });
    expect(await world.callbacks.takeFact(world.fact())).toBe("opened");
    expect(await world.callbacks.takeFact(world.fact({ pbx: "rome" }))).toBe("ignored");
  });
  it("closes what is open, at once at its PBX and otherwise before the dial", async () => {
    for (const scope of ["all", { pbx: "milan" }] as const) {
      const world = callbackWorld({ start: rome("10:00:30") });
      await world.callbacks.takeFact(world.fact());
      await world.callbacks.doNotCall.block(scope, customer, { by: "command" });
      const [record] = await world.records();
      expect(record?.state).toBe(scope === "all" ? "waiting" : "closed");
      await world.until(rome("10:05"));
      expect(await world.records()).toMatchObject([{ state: "closed", reason: "do_not_call" }]);
      expect(world.times()).toEqual([]);
    }
  });
  it("stores no number", async () => {
    const world = callbackWorld();
    await world.callbacks.doNotCall.block("all", customer, { by: "command" });
    for await (const item of world.inner.list("dnc/all"))
      expect(JSON.stringify(item)).not.toContain(customer.slice(3));
  });
});
