import { describe, expect, it } from "vitest";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import { createEventTaker, type EventMessage } from "../../../lib/callbacks/events/take-event.ts";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import { ProductError } from "../../../lib/errors.ts";
import type { BusEvent } from "../../../lib/event-bus.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import type { StateStore } from "../../../lib/state.ts";
import { readText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { fakeClock } from "../../support/scripted.ts";
import { type SampleName, sampleText } from "./samples.ts";

const sentAt = 1772100400000;
const secretOf = (settings: object): string =>
  JSON.stringify({ host: "https://pbx.example.com", token: "t", ...settings });

const setUp = (change: { archived?: boolean; write?: (state: StateStore) => StateStore["write"] } = {}) => {
  const clock = fakeClock(sentAt);
  const secrets = new Map([
    ["milan", secretOf({ sqs_signing_key: "keyOfMilan" })],
    ["rome", secretOf({ sqs_signing_key: "sharedKey" })],
    ["turin", secretOf({ sqs_signing_key: "sharedKey" })],
    ["bari", secretOf({ webhook_secrets: ["keyOfAnother"] })],
    ["broken", "{"],
  ]);
  const facts: CallFact[] = [];
  const passed: BusEvent[] = [];
  const counts: Record<string, number> = {};
  const lines: object[] = [];
  const fails: { take?: Error; bus?: Error; size?: boolean } = {};
  const archive = plainStore();
  let ids = 0;
  const note =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push({ level, message, ...fields });
  const memory = memoryState(clock);
  const state = { ...memory, ...(change.write && { write: change.write(memory) }) };
  const take = createEventTaker({
    clock,
    state,
    newId: () => `id${++ids}`,
    registry: {
      list: async () =>
        [...secrets.keys()].map((id) => ({
          id,
          timezone: undefined,
          exported: false,
          registeredAt: undefined,
        })),
      readText: async (id) =>
        secrets.get(id) ?? Promise.reject(new ProductError("PBX_UNKNOWN", { detail: "x" })),
    },
    log: { info: note("info"), warn: note("warn"), error: note("error") },
    metrics: {
      put: (values) => {
        for (const [name, by] of Object.entries(values)) counts[name] = (counts[name] ?? 0) + by;
      },
    },
    bus: {
      put: async (event) => {
        if (fails.bus) throw fails.bus;
        passed.push(event);
        return !fails.size;
      },
    },
    archive: change.archived ? archive : undefined,
    takeFact: async (fact) => {
      if (fails.take) throw fails.take;
      facts.push(fact);
    },
  });
  return { clock, secrets, facts, passed, counts, lines, fails, archive, state, take };
};

const verified = (body: string, at = sentAt): EventMessage => ({ body, sentAt: at, from: { pbx: "milan" } });
const bySqs = (body: string, key: string): EventMessage => ({
  body,
  sentAt,
  from: { signature: signWebhook(Buffer.from(body), key) },
});
const missed = sampleText("call-missed");
const changed = (name: SampleName, change: object): string =>
  JSON.stringify({ ...(JSON.parse(sampleText(name)) as object), ...change });

describe("an event", () => {
  it("is passed on with its raw envelope and says what it means for callbacks", async () => {
    const { take, facts, passed, counts, archive } = setUp();
    expect(await take(verified(missed))).toBe("taken");
    expect(facts).toMatchObject([{ kind: "missed", pbx: "milan", number: "+393331234567" }]);
    expect(passed).toEqual([
      { detailType: "wildix.call.completed", pbx: "milan", detail: JSON.parse(missed), at: 1772100380000 },
    ]);
    expect(counts).toEqual({ events_taken: 1 });
    expect(archive.objects.size).toBe(0);
  });
  it("that is delivered 50 times, at once and one after the other, has one effect", async () => {
    const { take, facts, passed } = setUp();
    const at_once = await Promise.all(Array.from({ length: 25 }, () => take(verified(missed))));
    expect(at_once.filter((taken) => taken === "taken")).toHaveLength(1);
    expect(at_once.every((taken) => ["taken", "busy", "repeated"].includes(taken))).toBe(true);
    for (let n = 0; n < 25; n++) expect(await take(verified(missed))).toBe("repeated");
    expect([facts.length, passed.length]).toEqual([1, 1]);
  });
  it("of the same call with another time or type is another one", async () => {
    const { take, passed } = setUp();
    for (const change of [{}, { time: 1772100380001 }, { type: "call:copied" }])
      expect(await take(verified(changed("call-missed", change)))).toBe("taken");
    expect(passed).toHaveLength(3);
  });
  it("is remembered for seven days", async () => {
    const { take, clock } = setUp();
    await take(verified(missed));
    clock.at += 7 * 86_400_000 - 1000;
    expect(await take(verified(missed))).toBe("repeated");
    clock.at += 1000;
    expect(await take(verified(missed))).toBe("taken");
  });
  it.each(["take", "bus"] as const)("that fails is taken by the next delivery (%s)", async (where) => {
    const { take, facts, fails } = setUp();
    fails[where] = new ProductError("STATE_UNAVAILABLE", { detail: "down" });
    await expect(take(verified(missed))).rejects.toThrow("down");
    delete fails[where];
    expect(await take(verified(missed))).toBe("taken");
    expect(facts).toHaveLength(1);
  });
  it("whose process died is taken 90 seconds later", async () => {
    const { take, state, clock, facts } = setUp();
    await take(verified(missed));
    const [seen] = await Array.fromAsync(state.list<{ at: number; done: boolean }>("events/milan"));
    if (!seen) throw new Error("nothing is remembered");
    await state.write(
      { partition: "events/milan", id: seen.id },
      { ...seen.value, done: false },
      { version: seen.version },
      seen.expiresAt,
    );
    clock.at += 89_999;
    expect(await take(verified(missed))).toBe("busy");
    clock.at += 1;
    expect(await take(verified(missed))).toBe("taken");
    expect(facts).toHaveLength(2);
  });
  it.each(["presence-user", "sms-status", "call-start"] as const)(
    "without effect on callbacks is passed on: %s",
    async (name) => {
      const { take, facts, passed, counts } = setUp();
      expect(await take(verified(changed(name, { time: sentAt })))).toBe("taken");
      expect([facts.length, passed.length]).toEqual([0, 1]);
      expect(counts).toEqual({ events_taken: 1 });
    },
  );
  it("of an unknown type is passed on and counted", async () => {
    const { take, facts, passed, counts, lines } = setUp();
    expect(await take(verified(changed("call-missed", { type: "call:levitated" })))).toBe("taken");
    expect(passed).toMatchObject([{ detailType: "wildix.call.levitated" }]);
    expect(counts).toEqual({ events_taken: 1, events_unknown: 1 });
    expect(facts).toEqual([]);
    expect(lines).toEqual([
      { level: "info", message: "event of an unknown type", pbx: "milan", type: "call:levitated" },
    ]);
  });
  it("with absurd times, or without a number, is passed on and counted", async () => {
    const { take, facts, passed, counts, lines } = setUp();
    const event = JSON.parse(missed) as { data: { flows: object[] } };
    for (const [at, change] of [{ endTime: 9e14 }, { caller: {}, remotePhone: "" }].entries()) {
      const flows = [{ ...event.data.flows[0], ...change }];
      await take(verified(JSON.stringify({ ...event, id: `x${at}`, data: { ...event.data, flows } })));
    }
    expect(facts).toEqual([]);
    expect(passed).toHaveLength(2);
    expect(counts).toEqual({ events_taken: 2, events_unusable: 2 });
    expect(lines).toEqual(
      ["absurd_times", "no_number"].map((because) => ({
        level: "info",
        message: "event of a call ignored",
        pbx: "milan",
        type: "call:completed",
        because,
      })),
    );
  });
  it.each([
    ["unreadable", "{"],
    ["untimely", changed("call-missed", { time: sentAt - 86_400_001 })],
    ["untimely", changed("call-missed", { time: sentAt + 300_001 })],
  ])("that is %s is counted and has no effect", async (why, body) => {
    const { take, passed, counts, lines } = setUp();
    expect(await take(verified(body))).toBe(why);
    expect([passed.length, counts]).toEqual([0, { [`webhooks_${why}`]: 1 }]);
    expect(lines).toEqual([{ level: "warn", message: "event ignored", pbx: "milan", because: why }]);
  });
  it("that waited in the queue for a day is still taken", async () => {
    const { take, clock } = setUp();
    clock.at += 2 * 86_400_000;
    expect(await take(verified(missed))).toBe("taken");
  });
  it("of a PBX that was removed has no effect and is not delivered again", async () => {
    const { take, fails, lines } = setUp();
    fails.take = new ProductError("PBX_UNKNOWN", { detail: "no PBX is called milan" });
    expect(await take(verified(missed))).toBe("taken");
    expect(await take(verified(missed))).toBe("repeated");
    expect(lines).toEqual([{ level: "warn", message: "event of an unknown PBX", pbx: "milan" }]);
  });
  it("that is too large for the event bus still says what it means for callbacks", async () => {
    const { take, facts, fails, lines } = setUp();
    fails.size = true;
    expect(await take(verified(missed))).toBe("taken");
    expect(facts).toMatchObject([{ kind: "missed" }]);
    expect(lines).toEqual([
      { level: "warn", message: "event too large for the event bus", pbx: "milan", type: "call:completed" },
    ]);
  });
  it("that is taken, or is repeated, leaves no line in the log", async () => {
    const { take, lines } = setUp();
    await take(verified(missed));
    await take(verified(missed));
    expect(lines).toEqual([]);
  });
  it("gets the number of its call from an earlier one", async () => {
    const { take, facts } = setUp();
    for (const name of ["call-live-completed", "call-live-progress"] as const)
      await take(verified(sampleText(name)));
    expect(facts).toMatchObject([{ kind: "missed", number: "+393331234567", endedAt: 1772100025000 }]);
  });
  it("is archived by its day if that is wanted", async () => {
    const { take, archive } = setUp({ archived: true });
    await take(verified(missed));
    const [stored] = await Array.fromAsync(archive.list(""));
    expect(stored?.key).toMatch(/^events\/dt=2026-02-26\/pbx=milan\/1772100380000-[0-9a-f]{32}\.json$/);
    expect(JSON.parse((await readText(archive, stored?.key ?? "")) ?? "")).toEqual(JSON.parse(missed));
  });
  it("leaves no number and no key in the log or in a key of the state", async () => {
    const { take, lines, state } = setUp();
    await take(verified(sampleText("call-live-progress")));
    await take(bySqs(missed, "wrong"));
    const kept = await Array.fromAsync(state.list("events/milan"));
    expect(JSON.stringify([lines, kept.map(({ id }) => id)])).not.toMatch(/3331234567|keyOfMilan/);
  });
});

describe("the live events of a call", () => {
  const ofCall = (name: SampleName, call: string, change: object = {}): EventMessage =>
    verified(changed(name, { id: call, ...change }));
  const inbound = { caller: { type: "REMOTE", phone: "+393331234567" }, callee: null };
  /** What the state keeps of calls; the other records are of events. */
  const callsIn = async ({ state }: ReturnType<typeof setUp>, pbx = "milan") =>
    (await Array.fromAsync(state.list<{ heardAt?: number }>(`events/${pbx}`))).filter(
      ({ value }) => value.heardAt !== undefined,
    );

  it.each(["call:start", "call:update", "call:live:progress"] as const)(
    "say by %s that it is live",
    async (type) => {
      const { take, facts } = setUp();
      const name = type === "call:live:progress" ? "call-live-progress" : "call-start";
      const data = type === "call:live:progress" ? {} : { data: inbound };
      await take(ofCall(name, "a", { type, time: sentAt, ...data }));
      expect(facts).toMatchObject([{ kind: "live", number: "+393331234567" }]);
    },
  );
  it.each([
    ["call:live:completed", "call-live-completed", {}],
    ["call:live:interrupted", "call-live-completed", {}],
    ["call:end", "call-end", { time: sentAt, data: { ...inbound, status: "CONNECTING" } }],
  ] as const)("say by %s that it was missed", async (type, name, change) => {
    const { take, facts } = setUp();
    await take(ofCall("call-live-progress", "a"));
    await take(ofCall(name, "a", { type, ...change }));
    expect(facts).toMatchObject([{ kind: "live" }, { kind: "missed", number: "+393331234567" }]);
  });
  it("say nothing of another call, nor of a call of another PBX", async () => {
    const { take, facts } = setUp();
    await take(ofCall("call-live-progress", "a"));
    await take(ofCall("call-live-completed", "b"));
    await take({ ...ofCall("call-live-completed", "a"), from: { pbx: "rome" } });
    expect(facts).toMatchObject([{ kind: "live" }]);
  });
  it("are remembered in one record of the call's PBX, which holds all that they said", async () => {
    const world = setUp();
    await world.take(ofCall("call-live-completed", "a"));
    await world.take(ofCall("call-live-progress", "a"));
    const [call, ...others] = await callsIn(world);
    expect(others).toEqual([]);
    expect(call?.value).toMatchObject({
      number: "+393331234567",
      heardAt: 1772100025000,
      end: { at: 1772100025000, kind: "missed" },
    });
  });
  it("are remembered for two hours after the last of them", async () => {
    const { clock, take, facts } = setUp();
    await take(ofCall("call-live-progress", "a"));
    clock.at += 7_199_000;
    await take(ofCall("call-live-progress", "a", { time: sentAt }));
    clock.at += 7_199_000;
    await take(ofCall("call-live-completed", "a"));
    expect(facts.map(({ kind }) => kind)).toEqual(["live", "live", "missed"]);
    clock.at += 7_200_000;
    await take(ofCall("call-live-completed", "a", { time: sentAt + 1 }));
    expect(facts).toHaveLength(3);
  });
  it("are not remembered if they are none of our business, or say nothing", async () => {
    const world = setUp();
    await world.take(verified(changed("call-start", { time: sentAt })));
    expect([world.counts, world.lines]).toEqual([{ events_taken: 1 }, []]);
    await world.take(ofCall("call-live-progress", "a", { data: { flows: [] } }));
    expect(world.counts).toEqual({ events_taken: 2, events_unusable: 1 });
    expect(world.lines).toMatchObject([{ message: "event of a call ignored", because: "no_flows" }]);
    const kept = await Array.fromAsync(world.state.list("events/milan"));
    expect(kept.map(({ value }) => value)).toEqual([1, 2].map(() => ({ at: sentAt, done: true })));
  });
  /** A state in which other processes write the record of a call first, so many times. */
  const contended = (times: number) => {
    let attempts = 0;
    const world = setUp({
      write: (state) => async (key, value, expect_, expiresAt) => {
        const isCall = typeof value === "object" && value !== null && "heardAt" in value;
        return isCall && ++attempts <= times ? undefined : state.write(key, value, expect_, expiresAt);
      },
    });
    return { ...world, attempts: () => attempts };
  };
  it.each([
    [0, 1, 1],
    [1, 2, 1],
    [10, 11, 1],
    // the event counts all the same, and is not remembered
    [11, 11, 0],
    [100, 11, 0],
  ])("of which %d writes were not first are written %d times: %d record", async (times, writes, records) => {
    const world = contended(times);
    expect(await world.take(ofCall("call-live-progress", "a"))).toBe("taken");
    expect(world.facts).toMatchObject([{ kind: "live" }]);
    expect(world.attempts()).toBe(writes);
    expect(await callsIn(world)).toHaveLength(records);
  });
});

describe("a message of the SQS transport", () => {
  it("is of the PBX whose key signed it", async () => {
    const { take, facts } = setUp();
    expect(await take(bySqs(missed, "keyOfMilan"))).toBe("taken");
    expect(facts).toMatchObject([{ pbx: "milan" }]);
  });
  it.each([
    ["another key", bySqs(missed, "wrong")],
    ["the secret of a webhook", bySqs(missed, "keyOfAnother")],
    ["a key that two PBXs share", bySqs(missed, "sharedKey")],
    ["no signature", { body: missed, sentAt, from: { signature: undefined } }],
    ["another text", { ...bySqs(missed, "keyOfMilan"), body: `${missed} ` }],
  ])("with %s is refused and counted", async (_, message) => {
    const { take, passed, counts, lines } = setUp();
    expect(await take(message)).toBe("unsigned");
    expect([passed.length, counts]).toEqual([0, { events_unsigned: 1 }]);
    expect(lines.at(-1)).toEqual({ level: "warn", message: "message without a valid signature" });
  });
  it("with a key that two PBXs share makes an error in the log that names them", async () => {
    const { take, lines } = setUp();
    await take(bySqs(missed, "sharedKey"));
    expect(lines).toEqual([
      {
        level: "error",
        message: "PBXs share an sqs_signing_key: give each PBX a separate key",
        pbxs: ["rome", "turin"],
      },
      { level: "warn", message: "message without a valid signature" },
    ]);
  });
  it("with the key of one PBX, or of none, makes no such error", async () => {
    const { take, lines } = setUp();
    await take(bySqs(missed, "keyOfMilan"));
    await take(bySqs(missed, "wrong"));
    expect(lines).toEqual([{ level: "warn", message: "message without a valid signature" }]);
  });
  it("is of the PBX by both of its keys while one replaces the other", async () => {
    const { take, secrets, facts } = setUp();
    secrets.set("milan", secretOf({ sqs_signing_key: ["keyOfMilan", "newKeyOfMilan"] }));
    expect(await take(bySqs(missed, "keyOfMilan"))).toBe("taken");
    expect(await take(bySqs(missed, "newKeyOfMilan"))).toBe("repeated");
    expect(facts).toMatchObject([{ pbx: "milan" }]);
  });
  it("is the same event as that of the webhook", async () => {
    const { take, facts } = setUp();
    expect(await take(verified(missed))).toBe("taken");
    expect(await take(bySqs(missed, "keyOfMilan"))).toBe("repeated");
    expect(facts).toHaveLength(1);
  });
  it("is known by a key that was added a minute ago", async () => {
    const { take, secrets, clock } = setUp();
    expect(await take(bySqs(missed, "newKey"))).toBe("unsigned");
    secrets.set("bari", secretOf({ sqs_signing_key: "newKey" }));
    expect(await take(bySqs(missed, "newKey"))).toBe("unsigned");
    clock.at += 60_000;
    expect(await take(bySqs(missed, "newKey"))).toBe("taken");
  });
});
