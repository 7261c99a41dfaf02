import { describe, expect, it } from "vitest";
import { callbackWorld, customer, milan, rome } from "../support/callbacks.ts";

const other = "+393337654321";

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
  it("is refused where callbacks are off", async () => {
    const { callbacks: _callbacks, ...off } = milan;
    const world = callbackWorld({ settings: off });
    await expect(world.callbacks.request(world.pbx.asPbx(), { to: customer })).rejects.toMatchObject({
      code: "CALLBACKS_OFF",
      field: "pbx",
    });
    expect(await world.callbacks.takeFact(world.fact())).toBe("ignored");
  });
  it.each([
    ["another country", "+41441234567", "CALL_FORBIDDEN"],
    ["a premium number", "+39899123456", "CALL_FORBIDDEN"],
    ["an extension", "201", "CALL_FORBIDDEN"],
    ["an emergency number", "112", "CALL_FORBIDDEN"],
    ["no number", "+999123", "INPUT_INVALID"],
    ["two numbers", "02 1234567/8", "INPUT_INVALID"],
  ])("is refused for %s", async (_name, to, code) => {
    const world = callbackWorld();
    await expect(world.callbacks.request(world.pbx.asPbx(), { to })).rejects.toMatchObject({
      code,
      field: "to",
    });
  });
  it("is refused more than 30 days ahead", async () => {
    const world = callbackWorld();
    const notBefore = world.clock.at + 30 * 86_400_000;
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore });
    await expect(
      world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore: notBefore + 1 }),
    ).rejects.toMatchObject({ code: "INPUT_INVALID", field: "not_before" });
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
  it("does not know other ids", async () => {
    const world = callbackWorld();
    for (const id of ["x".repeat(43), "x", "../x"])
      await expect(world.callbacks.cancel("milan", id)).rejects.toMatchObject({ code: "NOT_FOUND" });
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

describe("the list of numbers that must not be called", () => {
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
