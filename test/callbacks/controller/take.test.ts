import { describe, expect, it } from "vitest";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import { createTaking } from "../../../lib/callbacks/controller/take.ts";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import { policyOf } from "../../../lib/callbacks/policy.ts";
import { type CallbackRecord, type NumberRecord, noNumber } from "../../../lib/callbacks/record.ts";
import type { StateStore } from "../../../lib/state.ts";
import { callbackWorld, rome, type WorldOptions } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = rome("10:00:30");
type Change = Partial<CallFact>;

const takingWorld = (options: WorldOptions = {}) => {
  const world = callbackWorld({ start, ...options });
  const texts: string[] = [];
  const desk = createDesk({
    ...world.ports,
    alarms: {
      notify: async (subject, text) => {
        await world.ports.alarms.notify(subject, text);
        texts.push(text);
      },
    },
  });
  const taking = createTaking(desk);
  const pbx = world.pbx.asPbx();
  const record = async (): Promise<CallbackRecord | undefined> => (await world.records())[0];
  return {
    ...world,
    desk,
    texts,
    record,
    take: (change: Change = {}, longAgo?: boolean) => taking.take(pbx, world.fact(change), longAgo),
    ask: (asked: { queue?: { name: string }; name?: string; notBefore?: number }) => {
      const policy = policyOf(milan);
      if (policy === undefined) throw new Error("callbacks are off");
      return taking.request(pbx, policy, { e164: customer, country: "IT" }, { notBefore: 0, ...asked });
    },
    number: (): Promise<NumberRecord> => desk.numbers.read("milan", customer),
    setNumber: (change: Partial<NumberRecord>) =>
      desk.numbers.change("milan", customer, (before) => ({ ...before, ...change })),
    setRecord: async (change: Partial<CallbackRecord>): Promise<void> => {
      const { id = "" } = (await record()) ?? {};
      const held = await desk.index.read("milan", id);
      if (held === undefined) throw new Error("no callback is there");
      await desk.index.put(held, { ...held.value, ...change }, world.clock.at);
    },
    eventNames: () => world.events.map(({ event }) => event),
    opens: () =>
      world.inner.counted({ partition: "callbacks/opens/milan", id: String(Math.floor(start / hour)) }),
  };
};
const between = (from: string, to: string) => ({ startedAt: rome(from), endedAt: rome(to) });
const miss = (from: string, to: string) => ({ start: rome(from), end: rome(to) });
const skipping = { ...milan, callbacks: { ...milan.callbacks, voicemail: "skip" as const } };
const { callbacks: _off, ...plain } = milan;

describe("what a fact does", () => {
  const day = 24 * hour;
  it.each<[string, Change, string, WorldOptions?]>([
    ["a missed call opens", {}, "opened"],
    ["a call missed after six seconds opens", between("10:00", "10:00:06"), "opened"],
    [
      "a shorter one only notes its end",
      { ...between("10:00", "10:00:06"), endedAt: rome("10:00:06") - 1 },
      "noted",
    ],
    ["a message opens", { kind: "voicemail" }, "opened"],
    ["a message is noted where messages are skipped", { kind: "voicemail" }, "noted", { settings: skipping }],
    ["a missed call opens there", {}, "opened", { settings: skipping }],
    ["an answered call is noted", { kind: "bridged" }, "noted"],
    ["a call by hand is noted", { direction: "outbound" }, "noted"],
    ["a message of ours is noted", { direction: "outbound", kind: "voicemail" }, "noted"],
    ["a call that began is noted", { kind: "live" }, "noted"],
    ["a fax is ignored", { kind: "fax" }, "ignored"],
    ["a missed call is ignored where callbacks are off", {}, "ignored", { settings: plain }],
    ["an extension is ignored", { number: "203" }, "ignored"],
    ["a call of a day ago opens", { startedAt: start - day - minute, endedAt: start - day }, "opened"],
    ["an older one is ignored", { startedAt: start - day - minute, endedAt: start - day - 1 }, "ignored"],
    ["a call five minutes ahead opens", { endedAt: start + 5 * minute }, "opened"],
    ["one farther ahead is ignored", { endedAt: start + 5 * minute + 1 }, "ignored"],
    ["a call without a length is noted", { endedAt: rome("10:00") }, "noted"],
    ["one that ends before it starts is ignored", { kind: "bridged", endedAt: rome("10:00") - 1 }, "ignored"],
  ])("%s", async (_name, change, expected, options) => {
    const world = takingWorld(options);
    expect(await world.take(change)).toBe(expected);
    if (expected === "ignored") expect(await world.number()).toEqual(noNumber);
    expect((await world.records()).length).toBe(expected === "opened" ? 1 : 0);
    expect(await world.take(change)).toBe(expected === "ignored" ? "ignored" : "known");
  });
  it("history may be older than a day, but not ahead", async () => {
    const world = takingWorld();
    const old = { startedAt: start - day - hour, endedAt: start - day - minute };
    expect(await world.take(old, true)).toBe("opened");
    expect(await world.take({ endedAt: start + 5 * minute + 1 }, true)).toBe("ignored");
  });
});

describe("what is known of a number", () => {
  const byHand = { direction: "outbound" } as const;
  const live = { kind: "live" } as const;
  const answered = { kind: "bridged" } as const;
  const atNoon = rome("10:00");
  it.each<[string, Partial<NumberRecord>, readonly Change[], Partial<NumberRecord>]>([
    ["a call that began", {}, [live], { live: atNoon }],
    ["the last call that began", {}, [live, { ...live, startedAt: atNoon - 1 }], { live: atNoon }],
    ["a later call that began", {}, [live, { ...live, startedAt: atNoon + 1 }], { live: atNoon + 1 }],
    ["no call that began at the end of another", { ended: atNoon }, [live], { ended: atNoon }],
    [
      "a call that began after the end of another",
      { ended: atNoon - 1 },
      [live],
      { ended: atNoon - 1, live: atNoon },
    ],
    [
      "no call that began before",
      { ended: atNoon, live: atNoon + 9 },
      [live],
      { ended: atNoon, live: atNoon + 9 },
    ],
    [
      "the end of a call that had begun",
      { live: rome("10:00:25") },
      [{ direction: "inbound", endedAt: rome("10:00:25"), startedAt: rome("10:00:24") }],
      { ended: rome("10:00:25") },
    ],
    [
      "a call that began after the one that ended",
      { live: rome("10:00:26") },
      [{ startedAt: rome("10:00:24") }],
      { live: rome("10:00:26"), ended: rome("10:00:25") },
    ],
    [
      "the last end",
      { ended: rome("10:00:20") },
      [{ startedAt: rome("10:00:12"), endedAt: rome("10:00:15") }],
      { ended: rome("10:00:20") },
    ],
    [
      "a call by hand that nobody answered",
      {},
      [byHand, byHand],
      {
        ended: rome("10:00:25"),
        hand: atNoon,
        completed: [{ ...miss("10:00", "10:00:25"), bridged: false }],
      },
    ],
    [
      "a call by hand that was answered",
      {},
      [{ ...byHand, ...answered }],
      {
        ended: rome("10:00:25"),
        hand: atNoon,
        completed: [{ ...miss("10:00", "10:00:25"), bridged: true }],
        bridged: { end: rome("10:00:25"), way: "outbound" },
      },
    ],
    [
      "the last call by hand, and each of them once",
      {},
      [
        { ...byHand, ...between("10:00", "10:00:05") },
        { ...byHand, ...between("09:50", "09:51") },
        { ...byHand, ...between("10:00", "10:00:05") },
      ],
      {
        ended: rome("10:00:05"),
        hand: atNoon,
        completed: [
          { ...miss("10:00", "10:00:05"), bridged: false },
          { ...miss("09:50", "09:51"), bridged: false },
        ],
      },
    ],
    [
      "the last ten calls by hand",
      {
        completed: Array.from({ length: 10 }, (_, at) => ({
          start: at * minute,
          end: at * minute,
          bridged: true,
        })),
      },
      [byHand],
      {
        ended: rome("10:00:25"),
        hand: atNoon,
        completed: [
          ...Array.from({ length: 9 }, (_, at) => ({
            start: (at + 1) * minute,
            end: (at + 1) * minute,
            bridged: true,
          })),
          { ...miss("10:00", "10:00:25"), bridged: false },
        ],
      },
    ],
    [
      "a talk of five seconds",
      {},
      [{ ...answered, talkSeconds: 5 }],
      { ended: rome("10:00:25"), bridged: { end: rome("10:00:25"), way: "inbound" } },
    ],
    ["no shorter talk", {}, [{ ...answered, talkSeconds: 4 }], { ended: rome("10:00:25") }],
    [
      "the last talk",
      {},
      [answered, { ...answered, ...byHand, placed: true, ...between("09:58", "09:59") }],
      {
        ended: rome("10:00:25"),
        hand: rome("09:58"),
        completed: [{ ...miss("09:58", "09:59"), bridged: true }],
        bridged: { end: rome("10:00:25"), way: "inbound" },
      },
    ],
    [
      "a talk that follows another",
      { bridged: { end: rome("10:00:24"), way: "outbound" } },
      [answered],
      { ended: rome("10:00:25"), bridged: { end: rome("10:00:25"), way: "inbound" } },
    ],
    [
      "the first of two that end at the same moment",
      { bridged: { end: rome("10:00:25"), way: "outbound" } },
      [answered],
      { ended: rome("10:00:25"), bridged: { end: rome("10:00:25"), way: "outbound" } },
    ],
  ])("is %s", async (_name, before, facts, expected) => {
    const world = takingWorld({ settings: skipping });
    await world.setNumber(before);
    for (const fact of facts) await world.take({ kind: "voicemail", ...fact });
    expect(await world.number()).toEqual({ ...noNumber, ...expected });
  });

  it.each([
    ["ten seconds before it was decided", -10_000, true],
    ["more than ten seconds before", -10_001, false],
    ["90 seconds after", 90_000, true],
    ["more than 90 seconds after", 90_001, false],
  ])("a ring of ours that began %s is a call by hand: not %s", async (_name, offset, own) => {
    const world = takingWorld();
    const startedAt = rome("10:00");
    const dials = [
      { key: "other", at: rome("08:00") },
      { key: "own", at: startedAt - offset },
    ];
    await world.setNumber({ dials });
    await world.take({ direction: "outbound", placed: true });
    expect(await world.number()).toEqual({
      ...noNumber,
      dials,
      ended: rome("10:00:25"),
      ...(own ? {} : { hand: startedAt, completed: [{ ...miss("10:00", "10:00:25"), bridged: false }] }),
    });
  });
  it("a call by hand that begins with a ring of ours is one", async () => {
    const world = takingWorld();
    await world.setNumber({ dials: [{ key: "own", at: rome("10:00") }] });
    await world.take({ direction: "outbound" });
    expect((await world.number()).hand).toBe(rome("10:00"));
  });
  it("a missed call belongs to one callback, whatever queue a second report of it names", async () => {
    const world = takingWorld();
    await world.take({ queue: { name: "Sales" } });
    const [first] = await world.records();
    expect(await world.take({ queue: { name: "Support" } })).toBe("known");
    expect((await world.records()).length).toBe(1);
    expect(await world.number()).toEqual({
      callbacks: [first?.id],
      misses: [{ ...miss("10:00", "10:00:25"), callback: first?.id, sure: 5 }],
      dials: [],
      ended: rome("10:00:25"),
    });
  });
  it("is the last 200 missed calls and the last 20 callbacks", async () => {
    const world = takingWorld();
    const misses = Array.from({ length: 200 }, (_, at) => ({
      start: at * minute,
      end: at * minute,
      callback: "a",
    }));
    const callbacks = Array.from({ length: 20 }, (_, at) => `c${at}`);
    await world.setNumber({ misses, callbacks });
    await world.take();
    const number = await world.number();
    expect([number.misses.length, number.misses[0]?.start]).toEqual([200, minute]);
    expect([number.callbacks.length, number.callbacks[0]]).toEqual([20, "c1"]);
  });
});

describe("a missed call", () => {
  it("opens a callback, which is announced and counted", async () => {
    const world = takingWorld();
    await world.take({ queue: { name: "Sales" } });
    expect(await world.record()).toEqual({
      id: expect.stringMatching(/^[\w-]{43}$/),
      pbx: "milan",
      number: customer,
      country: "IT",
      queue: { name: "Sales" },
      target: "201",
      state: "waiting",
      reason: "delay",
      due: rome("10:02:25"),
      misses: [miss("10:00", "10:00:25")],
      since: 0,
      round: 1,
      n: 0,
      attempts: 0,
      failures: 0,
      agentMisses: 0,
      outcomes: [],
    });
    expect(world.eventNames()).toEqual(["opened"]);
    expect(world.counted).toEqual({ callbacks_opened: 1 });
  });
  it("joins the open callback in the order of starts; it is announced, and counts as no new one", async () => {
    const world = takingWorld();
    await world.take();
    expect(await world.take(between("09:58", "09:58:20"))).toBe("joined");
    expect(await world.record()).toMatchObject({
      round: 1,
      misses: [miss("09:58", "09:58:20"), miss("10:00", "10:00:25")],
    });
    expect(world.eventNames()).toEqual(["opened", "joined"]);
    expect(world.counted).toEqual({ callbacks_opened: 1 });
    expect(await world.opens()).toBe(1);
  });
  it("is one, however many reports time it differently, with a message if one has it", async () => {
    const world = takingWorld();
    await world.take(between("09:58", "09:58:20"));
    await world.take(between("10:00:01", "10:00:20"));
    expect(await world.take({ kind: "voicemail", ...between("10:00", "10:00:19") })).toBe("joined");
    await world.take(between("10:00:02", "10:00:25"));
    expect((await world.record())?.misses).toEqual([
      miss("09:58", "09:58:20"),
      { ...miss("10:00", "10:00:25"), voicemail: true },
    ]);
  });
  it("is one of the last 200 of its callback", async () => {
    const world = takingWorld();
    await world.take();
    const misses = Array.from({ length: 200 }, (_, at) => ({
      start: rome("09:00") + at * 10_000,
      end: rome("09:00") + at * 10_000 + 7_000,
    }));
    await world.setRecord({ misses });
    await world.take(between("10:00", "10:00:25"));
    const after = (await world.record())?.misses;
    expect([after?.length, after?.[0], after?.at(-1)]).toEqual([200, misses[1], miss("10:00", "10:00:25")]);
  });
  it("joins a callback that rings, and changes nothing of the ring", async () => {
    const world = takingWorld();
    await world.take();
    const due = rome("10:04");
    await world.setRecord({ state: "ringing", reason: "ringing", due });
    expect(await world.take(between("09:58", "09:58:20"))).toBe("joined");
    const record = await world.record();
    expect([record?.state, record?.due, record?.misses.length]).toEqual(["ringing", due, 2]);
  });
  it("of before the last talk opens a callback that is closed; it is noted, and counts as none", async () => {
    const world = takingWorld();
    await world.take({ kind: "bridged" });
    expect(await world.take(between("09:58", "09:58:20"))).toBe("noted");
    expect(await world.record()).toMatchObject({ state: "closed", reason: "got_through" });
    expect([world.events, world.counted, await world.opens()]).toEqual([[], {}, 0]);
  });
  it("of before the last talk joins a closed callback, and leaves it closed", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take({ kind: "bridged" });
    expect(await world.take(between("09:58", "09:58:20"))).toBe("noted");
    expect(await world.record()).toMatchObject({ state: "closed", round: 1, misses: [{}, {}] });
    expect(world.eventNames()).toEqual(["opened", "closed"]);
  });
  it("of after it opens the closed callback again, which counts", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take({ kind: "bridged", ...between("09:52", "09:53") });
    expect(await world.take()).toBe("opened");
    expect(await world.record()).toMatchObject({
      state: "waiting",
      round: 2,
      since: rome("09:53"),
      due: rome("10:02:25"),
    });
    expect(world.eventNames()).toEqual(["opened", "closed", "opened"]);
    expect(await world.opens()).toBe(2);
  });
  it.each([
    ["one of after the talk", "10:05:01", rome("10:05:00") + 1],
    ["one of the moment after the talk", "10:05:02", rome("10:05:00") + 1],
  ])("stays in its round if another report times it before: %s", async (_name, from, begins) => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take({ kind: "bridged", ...between("10:02", "10:05") });
    world.clock.at = rome("10:06");
    expect(await world.take(between(from, "10:05:30"))).toBe("opened");
    expect(await world.take(between("10:04:59", "10:05:31"))).toBe("joined");
    expect(await world.record()).toMatchObject({
      state: "waiting",
      reason: "delay",
      round: 2,
      misses: [miss("09:50", "09:50:20"), { start: begins, end: rome("10:05:31") }],
    });
    expect(await world.take(between("10:04:59", "10:05:31"))).toBe("known");
    expect((await world.callbacks.list("milan")).callbacks).toMatchObject([{ count: 1 }]);
  });
  it("of the last round stays there, also if it began when that round ended", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    const misses = [miss("09:50", "09:50:20"), miss("09:58", "09:58:20")];
    await world.setRecord({ misses, since: rome("09:50"), round: 2 });
    expect(await world.take(between("09:50:01", "09:50:22"))).toBe("joined");
    expect((await world.record())?.misses).toEqual([miss("09:50", "09:50:22"), miss("09:58", "09:58:20")]);
    expect((await world.callbacks.list("milan")).callbacks).toMatchObject([{ count: 1 }]);
  });
  it("of this round stays there if it is also one with a missed call of the last", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    const misses = [miss("09:50", "09:50:20"), miss("09:50:30", "09:50:50")];
    await world.setRecord({ misses, since: rome("09:50:25"), round: 2 });
    expect(await world.take(between("09:50:10", "09:50:45"))).toBe("joined");
    expect((await world.record())?.misses).toEqual([{ start: rome("09:50:25") + 1, end: rome("09:50:50") }]);
  });
  it("opens again the callback that nobody closed after a talk", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.setNumber({ bridged: { end: rome("09:53"), way: "inbound" } });
    expect(await world.take()).toBe("opened");
    expect(world.eventNames()).toEqual(["opened", "opened"]);
  });
  it("closes the callback if a talk that nobody closed it for ended after every missed call", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.setNumber({ bridged: { end: rome("10:00"), way: "inbound" } });
    expect(await world.take(between("09:55", "09:55:20"))).toBe("settled");
    expect(await world.record()).toMatchObject({ state: "closed", reason: "got_through", misses: [{}, {}] });
    expect(world.eventNames()).toEqual(["opened", "closed"]);
  });
});

describe("a number on the do-not-call list", () => {
  const listed = async (world: ReturnType<typeof takingWorld>): Promise<void> => {
    await world.desk.doNotCall.block({ pbx: "milan" }, customer, { by: "test" });
  };
  it("opens no callback", async () => {
    const world = takingWorld();
    await listed(world);
    expect(await world.take()).toBe("ignored");
    expect(await world.records()).toEqual([]);
  });
  it("opens no closed callback again", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take({ kind: "bridged", ...between("09:52", "09:53") });
    await listed(world);
    expect(await world.take()).toBe("ignored");
    expect((await world.record())?.misses.length).toBe(1);
  });
  it("joins an open callback, which its next visit closes", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await listed(world);
    expect(await world.take()).toBe("joined");
  });
});

describe("a talk", () => {
  const talk = { kind: "bridged", ...between("10:00:10", "10:00:28") } as const;
  it("closes the waiting callbacks of the number, and announces each", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take({ queue: { name: "Sales" }, ...between("09:55", "09:55:20") });
    expect(await world.take(talk)).toBe("settled");
    expect((await world.records()).map(({ reason }) => reason)).toEqual(["got_through", "got_through"]);
    expect(world.eventNames()).toEqual(["opened", "opened", "closed", "closed"]);
    expect(await world.take(talk)).toBe("known");
    expect(world.events.length).toBe(4);
  });
  it("closes them also where one is not there any more", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    const { callbacks } = await world.number();
    await world.setNumber({ callbacks: ["gone", ...callbacks, "gone too"] });
    expect(await world.take(talk)).toBe("settled");
  });
  it("that is too short closes nothing and announces nothing", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    expect(await world.take({ ...talk, talkSeconds: 4 })).toBe("noted");
    expect((await world.record())?.state).toBe("waiting");
    expect(world.eventNames()).toEqual(["opened"]);
  });
  it("by hand that is too short moves the next dial, and announces nothing", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    const short = { direction: "outbound", talkSeconds: 4, ...between("10:00:05", "10:00:12") } as const;
    expect(await world.take({ kind: "bridged", ...short })).toBe("noted");
    expect(await world.record()).toMatchObject({ state: "waiting", reason: "retry", due: rome("10:05:05") });
    expect(world.eventNames()).toEqual(["opened"]);
    expect(world.counted).toEqual({ callbacks_opened: 1 });
  });
  it("leaves a callback that rings", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.setRecord({ state: "ringing", reason: "ringing", due: rome("10:04") });
    expect(await world.take(talk)).toBe("noted");
    expect(await world.record()).toMatchObject({ state: "ringing", due: rome("10:04") });
  });
  it("leaves a callback open for what was missed after it", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.take();
    expect(await world.take({ ...talk, ...between("09:52", "09:53") })).toBe("noted");
    expect(await world.record()).toMatchObject({ state: "waiting", round: 2 });
    expect(world.eventNames()).toEqual(["opened", "joined", "opened"]);
    expect(world.counted).toEqual({ callbacks_opened: 2 });
    expect(await world.opens()).toBe(2);
  });
  it("of before the missed call does not write the callback again", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    const { id = "" } = (await world.record()) ?? {};
    const before = await world.desk.index.read("milan", id);
    expect(await world.take({ ...talk, ...between("09:40", "09:45") })).toBe("noted");
    expect(await world.desk.index.read("milan", id)).toEqual(before);
    expect(before?.version).toBeDefined();
  });
  it("of which only the end of a missed call is known closes nothing", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.setNumber({ bridged: { end: rome("09:53"), way: "inbound" } });
    expect(await world.take({ ...between("10:00", "10:00:02") })).toBe("noted");
    expect((await world.record())?.state).toBe("waiting");
  });
});

describe("a request", () => {
  it("opens a callback with its queue, its name and its time", async () => {
    const world = takingWorld();
    const asked = { queue: { name: "Sales" }, name: "Ada", notBefore: start + hour };
    const { id, taken } = await world.ask(asked);
    expect(taken).toBe("opened");
    expect(await world.record()).toMatchObject({
      id,
      queue: { name: "Sales" },
      name: "Ada",
      asked: { at: start, notBefore: start + hour },
    });
    expect((await world.number()).callbacks).toEqual([id]);
  });
  it("for a time that has passed is for now, and joins an open callback, which keeps its name", async () => {
    const world = takingWorld();
    await world.ask({ name: "Ada", notBefore: 5 });
    expect((await world.ask({})).taken).toBe("joined");
    expect(await world.record()).toMatchObject({ name: "Ada", asked: { at: start, notBefore: start } });
    expect((await world.number()).callbacks.length).toBe(1);
  });
});

describe("a request that joins a callback", () => {
  it("ends its wait for another reason", async () => {
    const world = takingWorld();
    await world.take();
    await world.setRecord({ reason: "hours", due: start + hour });
    await world.ask({});
    expect(await world.record()).toMatchObject({ state: "waiting", reason: "delay", due: start });
  });
  it("leaves one that rings", async () => {
    const world = takingWorld();
    await world.take();
    await world.setRecord({ state: "ringing", reason: "ringing", due: start + minute });
    await world.ask({});
    expect(await world.record()).toMatchObject({
      state: "ringing",
      reason: "ringing",
      due: start + minute,
    });
  });
});

describe("a request after a callback was cancelled while it rang", () => {
  it("is later than the cancellation, even at the same moment, and so it opens the next round", async () => {
    const world = takingWorld();
    await world.take();
    await world.setRecord({ state: "ringing", reason: "ringing", cancelled: start });
    await world.ask({});
    expect(await world.record()).toMatchObject({ cancelled: start, asked: { at: start + 1 } });
  });
});

describe("a request after a talk that ended later, by the clock of a PBX that is ahead", () => {
  const ahead = { kind: "bridged", ...between("10:02", "10:03") } as const;
  const asked = { at: rome("10:03") + 1, notBefore: start };
  it("opens a callback", async () => {
    const world = takingWorld();
    await world.take(ahead);
    expect((await world.ask({})).taken).toBe("opened");
    expect(await world.record()).toMatchObject({ state: "waiting", asked });
  });
  it("opens a closed callback again", async () => {
    const world = takingWorld();
    await world.take();
    await world.take(ahead);
    expect((await world.ask({})).taken).toBe("opened");
    expect(await world.record()).toMatchObject({ state: "waiting", round: 2, asked });
  });
  it("opens again a callback that another process closed until then", async () => {
    const world = takingWorld();
    await world.take();
    await world.setRecord({ state: "closed", reason: "cancelled", until: rome("10:03") });
    expect((await world.ask({})).taken).toBe("opened");
    expect(await world.record()).toMatchObject({ state: "waiting", round: 2, asked });
  });
});

describe("more than 60 new callbacks within an hour", () => {
  const key = { partition: "callbacks/opens/milan", id: String(Math.floor(start / hour)) };
  const opened = async (count: number) => {
    const world = takingWorld();
    await world.inner.count(key, { by: count, expiresAt: start / 1000 + 7200 });
    return world;
  };
  it("are dialled up to the last of them", async () => {
    const world = await opened(59);
    await world.take();
    expect(await world.record()).toMatchObject({ reason: "delay" });
    expect(await world.record()).not.toHaveProperty("storm");
    expect(world.counted).toEqual({ callbacks_opened: 1 });
    expect(world.notified).toEqual([]);
  });
  it("are listed above that, counted, and notified once", async () => {
    const world = await opened(60);
    await world.take();
    expect(await world.record()).toMatchObject({ storm: true, state: "waiting" });
    expect(world.counted).toEqual({ callbacks_above_bound: 1, callbacks_opened: 1 });
    await world.take({ number: "+393337654321" });
    expect(world.counted).toEqual({ callbacks_above_bound: 2, callbacks_opened: 2 });
    expect(world.notified).toEqual(["Many missed calls at milan"]);
    expect(world.texts).toEqual([
      expect.stringMatching(/^milan had more than 60 new callbacks.*listed, but not dialled.*callback add/),
    ]);
  });
  it("are observed from the first moment on", async () => {
    const world = await opened(60);
    await world.take(between("09:50", "09:50:20"));
    expect(await world.record()).toMatchObject({ reason: "observed" });
  });
  it("hold no callback back that was open before", async () => {
    const world = takingWorld();
    await world.take(between("09:50", "09:50:20"));
    await world.inner.count(key, { by: 59, expiresAt: start / 1000 + 7200 });
    await world.take();
    expect(await world.record()).not.toHaveProperty("storm");
  });
  const talkBetween = { end: rome("09:53"), way: "inbound" } as const;
  it("are also those that a joining missed call opens again, because a talk settled the earlier one", async () => {
    const world = await opened(59);
    await world.take(between("09:50", "09:50:20"));
    await world.setNumber({ bridged: talkBetween });
    expect(await world.take(between("10:00:01", "10:00:21"))).toBe("opened");
    expect(await world.record()).toMatchObject({ round: 2, storm: true, state: "waiting" });
    expect(world.counted).toEqual({ callbacks_opened: 2, callbacks_above_bound: 1 });
    expect(world.eventNames()).toEqual(["opened", "opened"]);
  });
  it("are also those that a talk opens again for a later missed call", async () => {
    const world = await opened(59);
    await world.take(between("09:50", "09:50:20"));
    await world.take(between("09:55", "09:55:20"));
    await world.take({ kind: "bridged", ...between("09:52", "09:53") });
    expect(await world.record()).toMatchObject({ round: 2, storm: true, reason: "observed" });
    expect(world.notified).toEqual(["Many missed calls at milan"]);
  });
  it("are not those that a person asks for, which are dialled", async () => {
    const world = await opened(60);
    await world.ask({});
    expect(await world.record()).not.toHaveProperty("storm");
    expect([world.notified, await world.opens()]).toEqual([[], 60]);
  });
  it("are dialled once a person asks for them", async () => {
    const world = await opened(60);
    await world.take();
    expect((await world.ask({})).taken).toBe("joined");
    expect(await world.record()).not.toHaveProperty("storm");
  });
  it("are also those that a missed call opens again after a request was closed", async () => {
    const world = await opened(60);
    await world.ask({});
    await world.setRecord({ state: "closed", reason: "cancelled", until: start + 1 });
    await world.take(between("10:00:31", "10:00:51"));
    expect(await world.record()).toMatchObject({ round: 2, storm: true });
  });
  it("count once if another process wrote the callback first", async () => {
    let overtaken = false;
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      write: async (key, ...rest) => {
        if (key.partition !== "callbacks/milan" || overtaken) return inner.write(key, ...rest);
        overtaken = true;
        return undefined;
      },
    });
    const world = takingWorld({ state });
    await world.take();
    expect([overtaken, await world.opens()]).toEqual([true, 1]);
  });
  it("count anew in the next hour; the count is kept for two", async () => {
    const world = takingWorld();
    await world.take();
    world.clock.at = start + 2 * hour - 1000;
    expect(await world.opens()).toBe(1);
    world.clock.at = start + 2 * hour;
    expect(await world.opens()).toBe(0);
  });
});

describe("a missed call of which another source names another queue", () => {
  const live = { source: "live" } as const;
  const row = { source: "row" } as const;
  const sales = { queue: { name: "Sales" } } as const;
  const support = { queue: { name: "Support" } } as const;
  const openOf = async (world: ReturnType<typeof takingWorld>) =>
    (await world.records()).filter(({ state }) => state !== "closed").map(({ queue }) => queue?.name);
  it.each<[string, Change, Change, string | undefined]>([
    ["call:completed names one", live, sales, "Sales"],
    ["call:completed names another", { ...live, ...sales }, support, "Support"],
    ["call:completed names none", { ...live, ...sales }, {}, "Sales"],
    ["a live event names one", row, { ...live, ...sales }, "Sales"],
    ["a live event names another than history", { ...row, ...sales }, { ...live, ...support }, "Support"],
    ["history names another than call:completed", sales, { ...row, ...support }, "Sales"],
    ["history names one, and call:completed none", {}, { ...row, ...sales }, "Sales"],
    ["two live events name two", { ...live, ...sales }, { ...live, ...support }, "Sales"],
  ])("is counted once, in the surest queue, in both orders: %s", async (_name, first, second, queue) => {
    const isTie = first.source === second.source && first.queue !== undefined && second.queue !== undefined;
    for (const order of isTie
      ? [[first, second]]
      : [
          [first, second],
          [second, first],
        ]) {
      const world = takingWorld();
      for (const change of [...order, ...order]) await world.take(change);
      expect(await openOf(world)).toEqual([queue]);
      const closed = (await world.records()).filter(({ state }) => state === "closed");
      for (const record of closed)
        expect(record).toMatchObject({ reason: "moved", misses: [{ moved: true }] });
      expect((await world.number()).misses.map(({ callback }) => callback)).toEqual([
        (await world.records()).find(({ state }) => state !== "closed")?.id,
      ]);
    }
  });
  it("leaves the other missed calls and the request of a callback where they are", async () => {
    const world = takingWorld();
    await world.take({ ...live, ...between("09:50", "09:50:20") });
    await world.take(live);
    expect(await world.take(sales)).toBe("opened");
    const records = await world.records();
    expect(records.find(({ queue }) => queue === undefined)).toMatchObject({
      state: "waiting",
      misses: [{ start: rome("09:50") }, { start: rome("10:00"), moved: true }],
    });
    expect(records.find(({ queue }) => queue !== undefined)).toMatchObject({ misses: [{}] });
    expect(world.eventNames()).toEqual(["opened", "joined", "opened"]);
  });
  it("stays where it is directly before the dial, whatever history names", async () => {
    const world = takingWorld();
    await world.take(live);
    expect(await world.take({ ...row, ...sales }, true)).toBe("known");
    expect(await openOf(world)).toEqual([undefined]);
  });
  it("is announced as closed and opened, counts once against the bound, and later calls open the old queue", async () => {
    const world = takingWorld();
    await world.take(live);
    await world.take(sales);
    expect([world.eventNames(), await world.opens()]).toEqual([["opened", "closed", "opened"], 1]);
    for (const record of await world.records()) expect(record).not.toHaveProperty("storm");
    expect(await world.take({ ...live, ...between("09:50", "09:50:20") })).toBe("opened");
    expect((await openOf(world)).length).toBe(2);
  });
  it("is not dialled in another queue either if it is above the bound", async () => {
    const world = takingWorld();
    await world.inner.count(
      { partition: "callbacks/opens/milan", id: String(Math.floor(start / hour)) },
      { by: 60, expiresAt: start / 1000 + 7200 },
    );
    await world.take(live);
    await world.take(sales);
    expect((await world.records()).map(({ storm }) => storm)).toEqual([true, true]);
  });
  it.each<[string, Partial<CallbackRecord>]>([
    ["has rung", { n: 1 }],
    ["rings", { state: "ringing", reason: "ringing" }],
    ["was cancelled", { state: "closed", reason: "cancelled", until: rome("10:00") }],
  ])("stays with a callback that %s", async (_name, change) => {
    const world = takingWorld();
    await world.take(live);
    await world.setRecord(change);
    expect(await world.take(sales)).toBe("known");
    expect(await world.records()).toMatchObject([{ misses: [{ start: rome("10:00") }] }]);
  });
  it("stays with a callback that has rung for another missed call too", async () => {
    const world = takingWorld();
    await world.take({ ...live, ...between("09:50", "09:50:20") });
    await world.take(live);
    await world.setRecord({ n: 1 });
    expect(await world.take(sales)).toBe("known");
    expect(await openOf(world)).toEqual([undefined]);
  });
  it("stays with the callback that a surer source named, although that callback does not have it yet", async () => {
    const world = takingWorld();
    await world.take({ ...sales, ...between("09:50", "09:50:20") });
    const [{ id = "" } = {}] = await world.records();
    const { misses } = await world.number();
    await world.setNumber({ misses: [...misses, { ...miss("10:00", "10:00:25"), callback: id, sure: 5 }] });
    expect(await world.take({ ...live, ...support })).toBe("joined");
    expect(await openOf(world)).toEqual(["Sales"]);
  });
  it("moves without another missed call that one long report also covers", async () => {
    const world = takingWorld();
    const [first, second] = [miss("10:00", "10:00:10"), miss("10:00:20", "10:00:30")];
    await world.setNumber({
      misses: [
        { ...first, callback: "never written", sure: 1 },
        { ...second, callback: "another", sure: 1 },
      ],
    });
    await world.take({ ...sales, ...between("10:00", "10:00:30") });
    const [{ id } = {}] = await world.records();
    expect(await world.number()).toMatchObject({ misses: [{ callback: id }, { callback: "another" }] });
  });
  it("is looked up in no other callback if each source names the same queue", async () => {
    const reads: string[] = [];
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      read: (key) => {
        reads.push(key.partition);
        return inner.read(key);
      },
    });
    const world = takingWorld({ state });
    await world.take(sales);
    reads.length = 0;
    expect(await world.take({ ...live, ...sales })).toBe("known");
    expect(reads.filter((partition) => partition === "callbacks/milan").length).toBe(2);
  });
  it("moves although the process that moved it first has ended, or the first callback was never written", async () => {
    const world = takingWorld();
    await world.take(live);
    const [first] = await world.records();
    await world.setRecord({
      ...{ state: "closed", reason: "moved", until: 0 },
      misses: [{ ...miss("10:00", "10:00:25"), moved: true }],
    });
    expect(await world.take(sales)).toBe("opened");
    const another = takingWorld();
    await another.setNumber({
      misses: [{ ...miss("10:00", "10:00:25"), callback: first?.id ?? "", sure: 1 }],
    });
    expect(await another.take(sales)).toBe("opened");
    expect(await openOf(another)).toEqual(["Sales"]);
  });
  it("has the queue of the callback in which it is counted, or none was written", async () => {
    const world = takingWorld();
    await world.setNumber({ misses: [{ ...miss("10:00", "10:00:25"), callback: "never written", sure: 5 }] });
    await world.take({ ...live, ...support });
    expect(await openOf(world)).toEqual(["Support"]);
    await world.take(sales);
    expect(await openOf(world)).toEqual(["Sales"]);
  });
});

describe("two processes that write one callback", () => {
  /** Does something before the next write of a callback. */
  const interrupted = () => {
    let before: (() => Promise<unknown>) | undefined;
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      write: async (key, ...rest) => {
        const act = key.partition === "callbacks/milan" ? before : undefined;
        if (act !== undefined) {
          before = undefined;
          await act();
        }
        return inner.write(key, ...rest);
      },
    });
    const world = takingWorld({ state });
    const next = (act: () => Promise<unknown>): void => {
      before = act;
    };
    return { ...world, next };
  };
  it("both count their missed call, in one callback that is opened once", async () => {
    const world = interrupted();
    world.next(() => world.take());
    expect(await world.take(between("09:58", "09:58:20"))).toBe("joined");
    expect(await world.record()).toMatchObject({ round: 1, misses: [{}, {}] });
    expect(world.counted).toEqual({ callbacks_opened: 1 });
  });
  it("are both heard where one closes it", async () => {
    const world = interrupted();
    await world.take(between("09:50", "09:50:20"));
    world.next(() => world.setRecord({ name: "Ada" }));
    expect(await world.take({ kind: "bridged" })).toBe("settled");
    expect(await world.record()).toMatchObject({ state: "closed", name: "Ada" });
  });
  it("mark it as above the bound only if it is opened there", async () => {
    const world = interrupted();
    const key = { partition: "callbacks/opens/milan", id: String(Math.floor(start / hour)) };
    await world.inner.count(key, { by: 60, expiresAt: start / 1000 + 7200 });
    world.next(async () => {
      await world.inner.count(key, { by: -1, expiresAt: start / 1000 + 7200 });
      await world.take();
    });
    await world.take(between("09:58", "09:58:20"));
    expect(await world.record()).not.toHaveProperty("storm");
  });
});
