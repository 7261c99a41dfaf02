import { describe, expect, it } from "vitest";
import { stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import type { OriginateParams } from "../../../lib/wms/operations/originate.ts";
import { ringLegs } from "../../support/callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";

const second = "+393337654321";

/** A missed call, and the sweep of 10:03. */
const dialled = async (options: WorldOptions = {}, change: object = {}) => {
  const world = callbackWorld({ start: rome("10:00:30"), ...options });
  const sent: OriginateParams[] = [];
  const send = world.pbx.originate;
  world.pbx.originate = (params, given) => {
    sent.push(params);
    return send(params, given);
  };
  await world.callbacks.takeFact(world.fact(change));
  await world.until(rome("10:03"));
  return { ...world, sent };
};
const answers = (code: WmsError["code"], sentOut: "no" | "maybe" = "maybe") =>
  new WmsError(code, { detail: "as told", sent: sentOut });
const refusing = async (error: WmsError, until = "10:04") => {
  const world = callbackWorld({ start: rome("10:00:30") });
  let times = 0;
  world.pbx.originate = (_params, given) => {
    times++;
    if (error.sent !== "no") given?.beforeFirstByte?.();
    return Promise.reject(error);
  };
  await world.callbacks.takeFact(world.fact());
  await world.until(rome(until));
  const [record] = await world.records();
  return { world, record, times: () => times };
};

describe("the call of a callback", () => {
  it.each([
    ["Sales", { queue: { id: "7", name: "Sales" } }, '"Callback Sales" <+393331234567>'],
    ["the id of a queue without a name", { queue: { id: "7" } }, '"Callback 7" <+393331234567>'],
    ["no queue", {}, '"Callback" <+393331234567>'],
  ])("shows the agent that it is one, with %s", async (_name, change, callerid) => {
    const { sent, events, counted, audited } = await dialled({}, change);
    expect(sent).toMatchObject([{ callerid, exten: customer, timeout: 20_000 }]);
    expect(events.map(({ event }) => event)).toEqual(["opened", "rang"]);
    expect(counted).toMatchObject({ callbacks_opened: 1, callbacks_rang: 1 });
    expect(audited).toMatchObject([{ caller: "callbacks", pbx: "milan" }]);
  });
  it("shows the name that a person gave", async () => {
    const world = callbackWorld({ start: rome("10:00:30") });
    const sent: OriginateParams[] = [];
    world.pbx.originate = async (params) => void sent.push(params);
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, queue: "Sales", name: "Ada Conti" });
    await world.until(rome("10:02"));
    expect(sent).toMatchObject([{ callerid: '"Callback Ada Conti" <+393331234567>' }]);
  });
});

describe("a PBX that does not take the call", () => {
  it("and refuses it closes the callback", async () => {
    const { record, times } = await refusing(answers("WMS_REFUSED"), "10:05");
    expect([record?.reason, times()]).toEqual(["forbidden", 1]);
  });
  it("because it is busy is asked again after five minutes, by another key", async () => {
    const { record, world, times } = await refusing(answers("WMS_RATE_LIMITED"));
    expect(record).toMatchObject({ state: "waiting", reason: "capped", n: 1, attempts: 0 });
    await world.until(rome("10:10"));
    expect(times()).toBe(2);
  });
  it("of which nothing was sent is asked again by the same key, and the number is not held back", async () => {
    const { record, times } = await refusing(answers("WMS_UNREACHABLE", "no"), "10:05");
    expect(record).toMatchObject({ n: 0, attempts: 0 });
    expect(times()).toBeGreaterThan(1);
  });
  it("or does not answer leaves a ring whose outcome is awaited", async () => {
    const { record, times } = await refusing(answers("WMS_TIMEOUT"), "10:30");
    expect([record?.state, times()]).toEqual(["ringing", 1]);
  });
});

describe("the outcome of a ring", () => {
  const after = async (end: Parameters<typeof ringLegs>[1], until = "10:06", options: WorldOptions = {}) => {
    const world = await dialled(options);
    world.pbx.show(ringLegs({ target: "201", number: customer, at: rome("10:03") }, end), rome("10:04:30"));
    await world.until(rome(until));
    return world;
  };
  it("is not looked for in the first 20 seconds", async () => {
    const world = await dialled();
    const before = world.pbx.questions;
    world.clock.at = rome("10:03:19");
    await world.sweep();
    expect(world.pbx.questions).toBe(before);
  });
  it("talked counts, and closes the other callbacks of the number", async () => {
    const settings = { ...milan, callbacks: { ...milan.callbacks, targets: { "*": "201", Sales: "202" } } };
    const world = await dialled({ settings });
    await world.callbacks.takeFact(
      world.fact({ queue: { name: "Sales" }, startedAt: rome("10:01:30"), endedAt: rome("10:01:50") }),
    );
    world.pbx.show(
      ringLegs({ target: "201", number: customer, at: rome("10:03") }, "talked"),
      rome("10:04:30"),
    );
    await world.until(rome("10:06"));
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["called_back", "talked"]);
    expect(world.counted).toMatchObject({ callbacks_closed: 2, callbacks_talked: 1 });
    expect(world.dials.length).toBe(1);
  });
  it("no answer keeps the callbacks of other queues back, too", async () => {
    const settings = { ...milan, callbacks: { ...milan.callbacks, targets: { "*": "201", Sales: "202" } } };
    const world = await dialled({ settings });
    world.pbx.show(
      ringLegs({ target: "201", number: customer, at: rome("10:03") }, "no_answer"),
      rome("10:04:30"),
    );
    await world.until(rome("10:05"));
    await world.callbacks.takeFact(
      world.fact({ queue: { name: "Sales" }, startedAt: rome("10:05:10"), endedAt: rome("10:05:30") }),
    );
    await world.until(rome("11:04"));
    expect(world.times()).toEqual(["10:03 201"]);
    await world.until(rome("11:07"));
    expect(world.times().length).toBeGreaterThan(1);
  });
  it("an agent's voicemail is notified with the extension, and counted", async () => {
    const world = await after("agent_voicemail");
    expect(world.notified).toEqual([expect.stringMatching(/voicemail.*milan/i)]);
    expect(world.counted).toMatchObject({ callbacks_agent_voicemail: 1 });
  });
  it("no agent is counted when the callback closes", async () => {
    const world = await dialled();
    for (const time of ["10:03", "10:09", "10:20", "10:41", "11:22", "12:23"])
      world.pbx.show(
        ringLegs({ target: "201", number: customer, at: rome(time) }, "agent_missed"),
        rome(`${time}:30`),
      );
    await world.until(rome("12:30"));
    expect(world.counted).toMatchObject({ callbacks_no_agent: 1, callbacks_closed: 1, callbacks_rang: 6 });
  });
  it("is unknown after two hours, and not before; then the phone rings for others", async () => {
    const world = await dialled();
    await world.callbacks.takeFact(world.fact({ number: second, startedAt: rome("10:00:05") }));
    await world.until(rome("12:02"));
    expect(world.times()).toEqual(["10:03 201"]);
    await world.until(rome("12:05"));
    expect(world.counted).toMatchObject({ callbacks_unknown: 1 });
    expect(world.dials.map(({ to }) => to)).toEqual([customer, second]);
  });
  it("waits while history does not answer, and says so in the log", async () => {
    const world = await dialled();
    world.pbx.down = true;
    await world.until(rome("10:05"));
    expect((await world.records())[0]?.state).toBe("ringing");
    expect(world.logged).toContainEqual(expect.objectContaining({ pbx: "milan", code: "WMS_UNREACHABLE" }));
  });
});

describe("what stops calls while a sweep is at work", () => {
  it("leaves the callback due, and the other targets of the PBX alone", async () => {
    const settings = { ...milan, callbacks: { ...milan.callbacks, targets: { "*": "201", Sales: "202" } } };
    const world = callbackWorld({ start: rome("10:00:30"), settings });
    await world.callbacks.takeFact(world.fact());
    await world.callbacks.takeFact(world.fact({ number: second, queue: { name: "Sales" } }));
    await stopCalls(world.inner, world.clock, { pbx: "milan" });
    world.clock.at = rome("10:03");
    expect(await world.sweep()).toMatchObject({ due: 2, visited: 1, rang: 0 });
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["delay", "stopped"]);
  });
});
