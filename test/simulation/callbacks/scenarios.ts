import assert from "node:assert/strict";
import { type CallbackPorts, createCallbacks } from "../../../lib/callbacks/callbacks.ts";
import { entryKey } from "../../../lib/callbacks/controller/entries.ts";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import { resumeCalls, stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import { missedLegs, type RingEnd, ringLegs, talkLeg } from "../../support/callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";

/** A short story with one ending. It throws if the ending is another. */
export interface Scenario {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const second = "+393337654321";
type World = ReturnType<typeof callbackWorld>;

const settingsWith = (callbacks: object) => ({ ...milan, callbacks: { ...milan.callbacks, ...callbacks } });
/** A world in which the customer was missed from 10:00:00 to 10:00:25, and an event said so. */
const missed = async (options: WorldOptions = {}, change: Partial<CallFact> = {}): Promise<World> => {
  const world = callbackWorld({ start: rome("10:00:30"), ...options });
  await world.callbacks.takeFact(world.fact(change));
  return world;
};
const rings = (
  world: World,
  time: string,
  end: RingEnd,
  visible: string,
  number = customer,
  target = "201",
) => world.pbx.show(ringLegs({ target, number, at: rome(time) }, end), rome(visible));
const closed = async (world: World, reason: string): Promise<void> => {
  const [record] = await world.records();
  assert.deepEqual([record?.state, record?.reason], ["closed", reason]);
};

export const scenarios: readonly Scenario[] = [
  {
    name: "what was not sent keeps its key, what was used does not",
    run: async () => {
      const world = await missed();
      const send = world.pbx.originate;
      world.pbx.originate = () =>
        Promise.reject(new WmsError("WMS_UNREACHABLE", { detail: "down", sent: "no" }));
      await world.until(rome("10:03"));
      const key = (await world.records())[0]?.dial?.key;
      world.pbx.originate = send;
      await world.until(rome("10:05"));
      assert.equal((await world.records())[0]?.dial?.key, key);
      assert.deepEqual(world.times(), ["10:05 201"]);
      rings(world, "10:05", "busy", "10:05:40");
      await world.until(rome("10:11"));
      assert.deepEqual(world.times(), ["10:05 201", "10:11 201"]);
    },
  },
  {
    name: "what is due in the second of the sweep is dialled",
    run: async () => {
      const world = await missed({}, { endedAt: rome("10:01") });
      await world.until(rome("10:03"));
      assert.deepEqual(world.times(), ["10:03 201"]);
    },
  },
  {
    name: "names of numbers outlive the process and the credentials",
    run: async () => {
      const world = callbackWorld({ start: rome("10:00:30") });
      const other: CallbackPorts = { ...world.ports, newId: () => "another process" };
      await createCallbacks(other).doNotCall.block("all", customer, { by: "test" });
      assert.equal(await world.callbacks.takeFact(world.fact()), "ignored");
    },
  },
  {
    name: "nobody is dialled after hours, at the weekend, or by another clock",
    run: async () => {
      const at = { startedAt: rome("2026-11-27 17:52:00"), endedAt: rome("2026-11-27 17:53:30") };
      const world = await missed({ start: rome("2026-11-27 17:53:40") }, at);
      await world.until(rome("2026-11-30 09:00"));
      assert.deepEqual(world.times(), ["2026-11-30 09:00 201"]);
      const early = { startedAt: rome("08:50"), endedAt: rome("08:50:30") };
      const morning = await missed({ start: rome("08:50:40") }, early);
      await morning.until(rome("09:10"));
      assert.deepEqual(morning.times(), ["09:00 201"]);
    },
  },
  {
    name: "a callback expires after the last missed call, not the first",
    run: async () => {
      const world = await missed({ settings: settingsWith({ expire_hours: 1, targets: {} }) });
      await world.until(rome("10:50"));
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:49"), endedAt: rome("10:49:20") }));
      await world.until(rome("11:45"));
      assert.equal((await world.records())[0]?.state, "waiting");
      await world.until(rome("11:51"));
      await closed(world, "expired");
    },
  },
  {
    name: "who calls again right after a talk is not dialled within 5 minutes of the last dial",
    run: async () => {
      const world = await missed();
      world.pbx.show(
        ringLegs({ target: "201", number: customer, at: rome("10:03") }, "talked", { talkMs: 8_000 }),
        rome("10:03:35"),
      );
      await world.until(rome("10:04:30"));
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:04:05"), endedAt: rome("10:04:25") }));
      await world.until(rome("10:12"));
      assert.deepEqual(world.times(), ["10:03 201", "10:08 201"]);
    },
  },
  {
    name: "a call by hand keeps the next dial back",
    run: async () => {
      const world = await missed();
      const leg = talkLeg("203", customer, { start: rome("10:02"), answer: 0, end: rome("10:02:20") });
      const { answer: _answer, ...unanswered } = { ...leg, disposition: "NO ANSWER" };
      world.pbx.show([unanswered], rome("10:02:30"));
      await world.until(rome("10:10"));
      assert.deepEqual(world.times(), ["10:07 201"]);
    },
  },
  {
    name: "a call by hand before the missed call keeps the dial back, too",
    run: async () => {
      const world = callbackWorld({ start: rome("10:02:30") });
      const leg = talkLeg("203", customer, { start: rome("10:01"), answer: 0, end: rome("10:01:15") });
      const { answer: _answer, ...unanswered } = { ...leg, disposition: "NO ANSWER" };
      world.pbx.show([unanswered], rome("10:01:20"));
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:02:10"), endedAt: rome("10:02:20") }));
      await world.until(rome("10:10"));
      assert.deepEqual(world.times(), ["10:06 201"]);
    },
  },
  {
    name: "a number is dialled three times a day at most",
    run: async () => {
      const world = await missed({ settings: settingsWith({ attempts: 5 }) });
      for (const [time, visible] of [
        ["10:03", "10:03:40"],
        ["10:09", "10:09:40"],
        ["10:15", "10:15:40"],
      ] as const)
        rings(world, time, "busy", visible);
      await world.until(rome("16:00"));
      assert.deepEqual(world.times(), ["10:03 201", "10:09 201", "10:15 201"]);
    },
  },
  {
    name: "a fact that is older than a day, or ahead of its time, has no effect",
    run: async () => {
      const day = 86_400_000;
      const world = callbackWorld({ start: rome("10:00:30") });
      const take = (shift: number) =>
        world.callbacks.takeFact(
          world.fact({ startedAt: rome("10:00") + shift, endedAt: rome("10:00:25") + shift }),
        );
      assert.equal(await take(-day - 60_000), "ignored");
      assert.equal(await take(6 * 60_000), "ignored");
      assert.equal(await take(-day + 60_000), "opened");
    },
  },
  {
    name: "who got through is not called, although no event said so",
    run: async () => {
      const world = await missed();
      const times = { start: rome("10:01"), answer: rome("10:01:10"), end: rome("10:02") };
      world.pbx.show([talkLeg(customer, "202", times)], rome("10:02:05"));
      await world.until(rome("10:05"));
      assert.deepEqual(world.times(), []);
      await closed(world, "got_through");
    },
  },
  ...(["a voicemail", "a queue that answers", "a talk of 4 seconds"] as const).map((what) => ({
    name: `${what} is not got through`,
    run: async () => {
      const world = await missed();
      const end = what === "a talk of 4 seconds" ? "10:01:14" : "10:02";
      const times = { start: rome("10:01"), answer: rome("10:01:10"), end: rome(end) };
      const leg = talkLeg(customer, "202", times);
      const changed = {
        "a voicemail": { ...leg, lastapp: "VoiceMail" },
        "a queue that answers": { ...leg, lastapp: "Queue", lastdata: "Sales,t", dstchannel: "" },
        "a talk of 4 seconds": leg,
      }[what];
      world.pbx.show([changed], rome("10:02:05"));
      await world.until(rome("10:06"));
      assert.equal(world.times().length, 1);
    },
  })),
  {
    name: "a message in the mailbox is a missed call, although no event said so",
    run: async () => {
      const world = callbackWorld();
      const times = { start: rome("10:00"), answer: rome("10:00:20"), end: rome("10:01") };
      world.pbx.show([{ ...talkLeg(customer, "202", times), lastapp: "VoiceMail" }], rome("10:01:05"));
      await world.until(rome("10:30"));
      assert.equal((await world.records()).length, 1);
    },
  },
  {
    name: "the legs of one call are one call: 202 answered what 201 did not",
    run: async () => {
      const world = callbackWorld();
      const channel = "SIP/trunk-1";
      const [first] = missedLegs(customer, rome("10:00"), rome("10:00:20"));
      const times = { start: rome("10:00:20"), answer: rome("10:00:25"), end: rome("10:02") };
      if (first !== undefined)
        world.pbx.show(
          [
            { ...first, channel },
            { ...talkLeg(customer, "202", times), channel },
          ],
          rome("10:02:05"),
        );
      await world.until(rome("10:30"));
      assert.deepEqual(await world.records(), []);
    },
  },
  {
    name: "reports of one call count once, and another call counts",
    run: async () => {
      const world = await missed();
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:00:01"), ref: "row" }));
      assert.equal((await world.records())[0]?.misses.length, 1);
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:00:40"), endedAt: rome("10:01:00") }));
      assert.equal((await world.records())[0]?.misses.length, 2);
    },
  },
  {
    name: "an agent who was not reached is no attempt, and is rung later and later, six times",
    run: async () => {
      const world = await missed();
      const times = ["10:03", "10:09", "10:20", "10:41", "11:22", "12:23"];
      for (const time of times) rings(world, time, "agent_missed", `${time}:30`);
      await world.until(rome("10:05"));
      const [record] = await world.records();
      assert.deepEqual([record?.attempts, record?.agentMisses, record?.n], [0, 1, 1]);
      await world.until(rome("13:00"));
      assert.deepEqual(
        world.times(),
        times.map((time) => `${time} 201`),
      );
      await closed(world, "no_agent");
    },
  },
  {
    name: "three dials of the customer end it",
    run: async () => {
      const world = await missed();
      for (const time of ["10:03", "11:04", "12:05"]) rings(world, time, "no_answer", `${time}:40`);
      await world.until(rome("15:00"));
      assert.deepEqual(world.times(), ["10:03 201", "11:04 201", "12:05 201"]);
      await closed(world, "attempts");
    },
  },
  {
    name: "a number that fails twice is given up",
    run: async () => {
      const world = await missed();
      for (const time of ["10:03", "10:34"]) rings(world, time, "failed", `${time}:40`);
      await world.until(rome("15:00"));
      assert.deepEqual(world.times(), ["10:03 201", "10:34 201"]);
      await closed(world, "failed");
    },
  },
  {
    name: "a list entry after the opening holds at the dial",
    run: async () => {
      const world = await missed();
      await world.callbacks.doNotCall.block("all", customer, { by: "test" });
      await world.until(rome("10:05"));
      assert.deepEqual(world.times(), []);
      await closed(world, "do_not_call");
    },
  },
  {
    name: "the kill switch holds at the dial, asks no PBX, and loses nothing",
    run: async () => {
      const world = await missed();
      await stopCalls(world.inner, world.clock, "all");
      await world.until(rome("10:12"));
      assert.deepEqual([world.times(), world.pbx.questions], [[], 0]);
      assert.equal((await world.records())[0]?.reason, "stopped");
      await resumeCalls(world.inner, "all");
      await world.until(rome("10:14"));
      assert.equal(world.times().length, 1);
    },
  },
  {
    name: "cancelling holds while it rings",
    run: async () => {
      const world = await missed();
      rings(world, "10:03", "busy", "10:04:30");
      await world.until(rome("10:03"));
      await world.callbacks.cancel("milan", (await world.records())[0]?.id ?? "");
      await world.until(rome("10:30"));
      assert.equal(world.times().length, 1);
      await closed(world, "cancelled");
    },
  },
  {
    name: "a ring of which nobody knows is not repeated",
    run: async () => {
      const world = await missed();
      await world.until(rome("12:02"));
      assert.equal((await world.records())[0]?.state, "ringing");
      await world.until(rome("15:00"));
      assert.deepEqual(world.times(), ["10:03 201"]);
      await closed(world, "outcome_unknown");
    },
  },
  {
    name: "observe dials nobody and says that it would",
    run: async () => {
      const world = await missed({ settings: settingsWith({ mode: "observe" }) });
      await world.until(rome("10:10"));
      assert.deepEqual([world.times(), world.pbx.questions], [[], 0]);
      assert.equal((await world.records())[0]?.reason, "observed");
      world.pbx.settings = milan;
      await world.until(rome("11:10"));
      assert.equal(world.times().length, 1);
    },
  },
  {
    name: "the oldest first missed call is dialled first, although another was due before",
    run: async () => {
      const world = await missed();
      await world.callbacks.takeFact(
        world.fact({ number: second, startedAt: rome("10:00:30"), endedAt: rome("10:00:50") }),
      );
      await world.callbacks.takeFact(world.fact({ startedAt: rome("10:01:00"), endedAt: rome("10:01:20") }));
      world.clock.at = rome("10:03:10");
      await world.until(rome("10:04"));
      assert.deepEqual(
        world.dials.map(({ to }) => to),
        [customer],
      );
      rings(world, "10:04", "talked", "10:06:30");
      await world.until(rome("10:07"));
      assert.deepEqual(
        world.dials.map(({ to }) => to),
        [customer, second],
      );
    },
  },
  {
    name: "an entry that a frozen process wrote anew changes the order of no sweep after the next",
    run: async () => {
      const world = await missed();
      await world.callbacks.takeFact(
        world.fact({ number: second, startedAt: rome("10:00:30"), endedAt: rome("10:00:50") }),
      );
      const younger = (await world.records()).find(({ number }) => number === second);
      if (younger === undefined) throw new Error("two callbacks");
      const entry = await world.inner.read(entryKey(younger));
      await world.inner.write(entryKey(younger), { first: 0 }, { version: entry?.version ?? "" });
      await world.until(rome("10:03"));
      assert.deepEqual(
        world.dials.map(({ to }) => to),
        [customer],
      );
    },
  },
  {
    name: "a PBX whose history cannot be polled for a while loses no missed call",
    run: async () => {
      const world = callbackWorld();
      await world.until(rome("10:01"));
      world.pbx.down = true;
      world.pbx.show(missedLegs(customer, rome("10:03"), rome("10:03:25")));
      await world.until(rome("10:40"));
      world.pbx.down = false;
      await world.until(rome("10:46"));
      assert.equal((await world.records()).length, 1);
    },
  },
  {
    name: "a leg that appears late, while history cannot be polled, is read by the next poll",
    run: async () => {
      const world = callbackWorld();
      world.pbx.show(missedLegs(customer, rome("10:07"), rome("10:07:25")), rome("10:16:30"));
      world.pbx.show(missedLegs(second, rome("10:08"), rome("10:08:25")), rome("10:08:30"));
      await world.until(rome("10:16"));
      world.pbx.down = true;
      await world.until(rome("10:45"));
      world.pbx.down = false;
      await world.until(rome("10:52"));
      assert.equal((await world.records()).length, 2);
    },
  },
  {
    name: "a PBX with more legs than a poll can read is polled from then on",
    run: async () => {
      const world = callbackWorld();
      const times = { start: rome("10:00"), answer: rome("10:00:05"), end: rome("10:00:30") };
      world.pbx.show(Array.from({ length: 5_001 }, () => talkLeg("203", "204", times)));
      await world.until(rome("10:25"));
      world.pbx.show(missedLegs(customer, rome("10:25:10"), rome("10:25:40")));
      await world.until(rome("10:32"));
      assert.equal((await world.records()).length, 1);
    },
  },
  {
    name: "a PBX that fails, or whose secret cannot be read, delays no other",
    run: async () => {
      const world = await missed({ others: { broken: milan } });
      await world.callbacks.takeFact(world.fact({ pbx: "broken", number: second }));
      const ports: CallbackPorts = {
        ...world.ports,
        pbxs: {
          get: (id) => (id === "broken" ? Promise.reject(new Error("broken")) : world.ports.pbxs.get(id)),
        },
      };
      world.clock.at = rome("10:03");
      const report = await createCallbacks(ports).sweep(world.clock.at + 48_000);
      assert.deepEqual([world.times(), report.failed], [["10:03 201"], 1]);
    },
  },
  {
    name: "a missed call is dialled once, for the queue that call:completed names after a live event named none",
    run: async () => {
      const settings = settingsWith({ targets: { "*": "201", Sales: "202" } });
      const world = await missed({ settings }, { source: "live" });
      await world.callbacks.takeFact(world.fact({ queue: { name: "Sales" } }));
      rings(world, "10:03", "no_answer", "10:03:30", customer, "202");
      await world.until(rome("10:30"));
      assert.deepEqual(world.times(), ["10:03 202"]);
      assert.deepEqual((await world.records()).map(({ reason }) => reason).toSorted(), ["moved", "retry"]);
    },
  },
  {
    name: "a customer who talks is not dialled for another queue",
    run: async () => {
      const settings = settingsWith({ targets: { "*": "201", Sales: "202" } });
      const world = await missed({ settings });
      const sales = { queue: { name: "sales" }, startedAt: rome("10:01:30"), endedAt: rome("10:01:50") };
      await world.callbacks.takeFact(world.fact(sales));
      const at = rome("10:03");
      world.pbx.show(
        ringLegs({ target: "201", number: customer, at }, "talked", { talkMs: 1_800_000 }),
        rome("10:35"),
      );
      await world.until(rome("11:00"));
      assert.deepEqual(world.times(), ["10:03 201"]);
      assert.deepEqual((await world.records()).map(({ reason }) => reason).toSorted(), [
        "called_back",
        "talked",
      ]);
    },
  },
  {
    name: "a second leg that history shows late is waited for",
    run: async () => {
      const world = await missed();
      const [agent, outside] = ringLegs({ target: "201", number: customer, at: rome("10:03") }, "talked");
      if (agent === undefined || outside === undefined) throw new Error("two legs");
      world.pbx.show([agent], rome("10:05"));
      world.pbx.show([outside], rome("10:13"));
      await world.until(rome("11:00"));
      assert.deepEqual(world.times(), ["10:03 201"]);
      await closed(world, "talked");
    },
  },
  {
    name: "a PBX that ignores the filter, or does not answer, is not dialled",
    run: async () => {
      const world = await missed();
      world.pbx.show(missedLegs(customer, rome("2026-11-20 10:00:00"), rome("2026-11-20 10:00:20")), 0);
      world.pbx.filterIgnored = true;
      await world.until(rome("10:10"));
      world.pbx.filterIgnored = false;
      world.pbx.down = true;
      await world.until(rome("10:20"));
      assert.deepEqual(world.times(), []);
      world.pbx.down = false;
      await world.until(rome("10:21"));
      assert.deepEqual(world.times(), ["10:21 201"]);
    },
  },
  {
    name: "an agent's voicemail counts as a dial, pauses the target and notifies",
    run: async () => {
      const world = await missed();
      await world.callbacks.takeFact(
        world.fact({ number: second, startedAt: rome("10:00:30"), endedAt: rome("10:00:50") }),
      );
      rings(world, "10:03", "agent_voicemail", "10:05");
      await world.until(rome("11:00"));
      assert.deepEqual(world.times(), ["10:03 201"]);
      assert.equal(world.notified.length, 1);
      assert.equal((await world.records()).find(({ number }) => number === customer)?.attempts, 1);
      await world.until(rome("11:06"));
      assert.equal(world.times().length, 2);
    },
  },
  {
    name: "a place that a machine left when it ended is taken over",
    run: async () => {
      const world = await missed();
      const [record] = await world.records();
      const holder = { callback: record?.id, key: "cb/of an earlier ring" };
      await world.inner.write({ partition: "callbacks/target/milan", id: "201" }, holder, { absent: true });
      await world.until(rome("10:03"));
      assert.equal(world.times().length, 1);
    },
  },
  {
    name: "two at a time ring one target if the settings say so",
    run: async () => {
      const world = await missed({ settings: settingsWith({ concurrent: 2 }) });
      for (const [number, start] of [
        [second, "10:00:05"],
        ["+390212345678", "10:00:10"],
      ] as const)
        await world.callbacks.takeFact(world.fact({ number, startedAt: rome(start) }));
      await world.until(rome("10:08"));
      assert.deepEqual(
        world.dials.map(({ to }) => to),
        [customer, second],
      );
    },
  },
  {
    name: "a storm is listed, notified once, and not dialled",
    run: async () => {
      const world = callbackWorld({ start: rome("10:00:30") });
      for (let n = 0; n < 65; n++)
        await world.callbacks.takeFact(
          world.fact({ number: `+39333${String(1_000_000 + n * 7)}`, startedAt: rome("10:00") + n * 10 }),
        );
      const records = await world.records();
      assert.deepEqual([records.length, records.filter(({ storm }) => storm).length], [65, 5]);
      assert.equal(world.notified.length, 1);
    },
  },
  {
    name: "a callback that opens again counts against the bound of an hour",
    run: async () => {
      const world = callbackWorld({ start: rome("10:00:30") });
      for (let n = 0; n < 59; n++)
        await world.callbacks.takeFact(
          world.fact({ number: `+39333${String(1_000_000 + n * 7)}`, startedAt: rome("10:00") + n * 10 }),
        );
      const at = (from: string, to: string) => ({ startedAt: rome(from), endedAt: rome(to) });
      for (const time of [at("09:50", "09:50:20"), at("09:58", "09:58:20")])
        await world.callbacks.takeFact(world.fact(time));
      await world.callbacks.takeFact(world.fact({ kind: "bridged", ...at("09:52", "09:53") }));
      const own = (await world.records()).find(({ number }) => number === customer);
      assert.deepEqual([own?.round, own?.storm, own?.reason], [2, true, "observed"]);
    },
  },
  {
    name: "a short call by hand that moves the dial is announced as nothing",
    run: async () => {
      const world = await missed({ start: rome("10:02") });
      const short = { kind: "bridged", direction: "outbound", talkSeconds: 4 } as const;
      await world.callbacks.takeFact(
        world.fact({ ...short, startedAt: rome("10:01"), endedAt: rome("10:01:08") }),
      );
      assert.deepEqual(
        [(await world.records())[0]?.due, world.events.map(({ event }) => event)],
        [rome("10:06"), ["opened"]],
      );
    },
  },
  {
    name: "caps keep a callback back for an hour",
    run: async () => {
      const world = await missed({ settings: { ...milan, caps: { per_day: 0 } } });
      await world.until(rome("11:02"));
      assert.equal((await world.records())[0]?.reason, "capped");
      world.pbx.settings = milan;
      await world.until(rome("11:04"));
      assert.deepEqual(world.times(), ["11:03 201"]);
    },
  },
  {
    name: "what the toll guard forbids is closed",
    run: async () => {
      const { allowed_countries: _countries, ...settings } = milan;
      const world = await missed({ settings });
      await world.until(rome("10:05"));
      assert.deepEqual(world.times(), []);
      await closed(world, "forbidden");
    },
  },
];

/** The four facts of section 6 in every order: missed, answered, its row, and a sweep. Each order has one end. */
export const orders = async (): Promise<{ readonly ends: ReadonlySet<string>; readonly orders: number }> => {
  const ends = new Set<string>();
  const names = ["missed", "answered", "row", "sweep"] as const;
  const all = permutations(names);
  for (const order of all) {
    const world = callbackWorld({ start: rome("10:02") });
    const times = { start: rome("10:01"), answer: rome("10:01:10"), end: rome("10:01:40") };
    const answered = { startedAt: times.start, endedAt: times.end, talkSeconds: 30 };
    const steps = {
      missed: () => world.callbacks.takeFact(world.fact()),
      answered: () => world.callbacks.takeFact(world.fact({ ...answered, kind: "bridged" })),
      row: async () => world.pbx.show([talkLeg(customer, "202", times)]),
      sweep: () => world.sweep(),
    };
    for (const name of order) {
      await steps[name]();
      await steps[name === "row" ? "sweep" : name]();
    }
    await world.until(rome("10:30"));
    const [record] = await world.records();
    ends.add(
      JSON.stringify([record?.state, record?.reason, record?.misses, record?.attempts, world.times()]),
    );
  }
  return { ends, orders: all.length };
};

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, at) =>
        permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
      );
