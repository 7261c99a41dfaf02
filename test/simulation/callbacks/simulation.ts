import { createHmac } from "node:crypto";
import { type CallbackPorts, createCallbacks } from "../../../lib/callbacks/callbacks.ts";
import { type CallFact, sameCall } from "../../../lib/callbacks/facts.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { resumeCalls, stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { ProductError } from "../../../lib/errors.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import type { Pbx } from "../../../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import type { StateStore } from "../../../lib/state.ts";
import { CodedError, WmsError } from "../../../lib/wms/errors.ts";
import type { OriginateParams } from "../../../lib/wms/operations/originate.ts";
import { CallbackPbx, missedLegs, type RingEnd, ringLegs, talkLeg } from "../../support/callback-pbx.ts";
import type { Report } from "../main.ts";
import { World } from "../world.ts";
import { judge } from "./judge.ts";
import { type HeardRings, judgeChange } from "./judge-change.ts";
import { Machine, planFaults } from "./machine.ts";
import { createTransport, eventText, type Sent, WebhookSecrets } from "./transport.ts";
import { places, type Ring, type Truth, type TruthCall } from "./truth.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** Callers call for some hours, and what they did is known after that. */
const newsFor = 30 * hour;

export interface SimulationOptions {
  /** Share of machines with faults. @default 0.25 */
  readonly faults?: number;
}

/**
 * A few callers of one PBX miss us, on machines, a network and a PBX that fail in every way, until every callback is closed. Another
 * PBX works all the time. The state never clears what has expired.
 */
export const simulateCallbacks = async (seed: number, options: SimulationOptions = {}): Promise<Report> => {
  const world = new World(seed);
  const { chance } = world;
  const place = chance.pick(places);
  world.now = Date.parse(chance.pick(place.starts));
  const begun = world.now;
  const share = options.faults ?? 0.25;
  const concurrent = chance.pick([1, 1, 2]);
  const attempts = chance.pick([3, 3, 2]);
  const expireHours = chance.pick([6, 24, 72]);
  const settings: PbxSettings = {
    country: place.country,
    timezone: place.zone,
    contexts: ["users"],
    extension_pattern: "[1-9][0-9]{2}",
    allowed_countries: [place.country],
    caps: { per_minute: 1_000, per_destination: 1_000 },
    ...(chance.happens(0.5) ? { call_marker: "account" as const } : {}),
    callbacks: {
      mode: "call",
      targets: { "*": "201", Sales: chance.pick(["201", "202"]) },
      attempts,
      expire_hours: expireHours,
      concurrent,
      holidays: ["12-25"],
    },
  };
  const inner = memoryState({ now: () => world.now });
  const failures: string[] = [];
  const texts: string[] = [];
  const sweepsAt = new Set<number>();
  const pbx = new CallbackPbx("milan", settings, () => world.now);
  const other = new CallbackPbx(
    "turin",
    { ...settings, callbacks: { mode: "call", targets: { "*": "301" } } },
    () => world.now,
    5_000,
  );
  const webhooks = chance.happens(0.6);
  const isElsewhereUsed = chance.happens(0.4);
  const truth: Truth = {
    world,
    place,
    settings,
    calls: [],
    rings: [],
    blocked: new Map(),
    blocking: new Set(),
    cancelled: [],
    stops: [],
    observed: [],
    polledTo: begun + newsFor,
    polledFrom: webhooks ? Number.NaN : Number.POSITIVE_INFINITY,
    faulty: 0,
  };
  const secrets = new WebhookSecrets(world, ["milan", "turin", "gone"]);
  /** The app secret of milan: in the registry, and at the PBX. */
  const app = { known: "first", valid: "first" };
  if (chance.happens(0.2))
    pbx.nextId = () => (chance.happens(0.7) ? "new" : chance.pick(["before", "twice"]));
  const written = new Map<string, number>();
  const heard: HeardRings = new Set();
  /** Nothing new comes after a while, and no poll would find any. */
  const isPolling = (): boolean => !webhooks && world.now < begun + newsFor;

  /** Every write of the index sets a sweep for its minute, and nothing outside sees a number. */
  const watched: StateStore = {
    ...inner,
    write: async (key, value, expect, expiresAt) => {
      texts.push(key.partition, key.id);
      const isRecord = key.partition === "callbacks/milan";
      const before = isRecord ? await inner.read<CallbackRecord>(key) : undefined;
      const item = await inner.write(key, value, expect, expiresAt);
      if (isRecord && item !== undefined)
        failures.push(...judgeChange(truth, heard, before?.value, item.value as CallbackRecord, world.now));
      const [, kind] = key.partition.split("/");
      if (item !== undefined) written.set(key.id, world.now);
      if (item !== undefined && key.partition === "callbacks/cursor/milan" && key.id === "history")
        truth.polledFrom = Math.min(truth.polledFrom, world.now);
      const isPoll = kind === "polls" && isPolling();
      if (item !== undefined && (kind === "due" || isPoll)) sweepIn(Number(key.id.slice(0, 11)) * second);
      return item;
    },
  };

  const portsOf = (machine: Machine): CallbackPorts => {
    const note = (message: string, fields = {}): void =>
      void texts.push(JSON.stringify({ message, ...fields }));
    return {
      state: machine.state(watched),
      clock: machine.clock,
      monotonic: machine.monotonic,
      newId: () => String(chance.whole(0, 2 ** 48)),
      audit: {
        write: async (line) => {
          await machine.step();
          texts.push(JSON.stringify(line));
        },
      },
      log: { info: note, warn: note, error: note },
      metrics: noMetrics,
      pbxs: {
        get: async (id) => {
          await machine.step();
          if (secrets.unreadable.has(id)) throw new ProductError("REGISTRY_UNAVAILABLE", { detail: id });
          if (id === "turin") return elsewhere(machine);
          if (id !== "milan") throw new ProductError("PBX_UNKNOWN", { detail: id });
          const seen = pbx.asPbx();
          const used = app.known;
          const authorise = (): void => {
            if (used !== app.valid) throw new WmsError("WMS_UNAUTHORIZED", { detail: "401", sent: "no" });
          };
          return {
            ...seen,
            pseudonym: (text) => createHmac("sha256", used).update(text).digest("base64url"),
            client: {
              ...seen.client,
              historyPage: async (query, limits) => {
                await machine.step(pbx.down ? chance.pick([100, 5_000]) : chance.whole(5, 300));
                authorise();
                const page = await seen.client.historyPage(query, limits);
                await machine.step(1);
                return page;
              },
              originate: (params, given) => {
                authorise();
                return originate(machine, params, given?.beforeFirstByte);
              },
            },
          };
        },
      },
      registry: {
        list: async () =>
          (isElsewhereUsed ? ["gone", "milan", "turin"] : ["milan"]).map((id) => ({
            id,
            timezone: undefined,
            exported: false,
            registeredAt: undefined,
          })),
      },
      alarms: { notify: async (subject, text) => void texts.push(subject, text) },
      announce: async (event, callback) => void texts.push(event, JSON.stringify(callback)),
    };
  };
  const machine = (): Machine => new Machine(world, planFaults(world, share));
  const unexpected = (error: unknown): void => {
    if (error instanceof CodedError && tolerated.has(error.code)) return;
    failures.push(`unexpected: ${error instanceof Error ? error.stack : String(error)}`);
  };

  /** The other PBX: its phone rings, and nobody picks up at the customer's. */
  const elsewhere = (one: Machine): Pbx => {
    const seen = other.asPbx();
    return {
      ...seen,
      client: {
        ...seen.client,
        historyPage: async (query, limits) => {
          await one.step(20);
          return seen.client.historyPage(query, limits);
        },
        originate: async (params, given) => {
          await one.step(20);
          given?.beforeFirstByte?.();
          const legs = ringLegs(
            { target: "301", number: params.exten ?? "", at: world.now },
            chance.pick(["no_answer", "talked"]),
          );
          other.show(
            legs.map((leg) => ({ ...leg, userfield: params.account ?? "" })),
            Math.max(...legs.map((leg) => leg.end)) + second,
          );
          await one.step(20);
        },
      },
    };
  };

  const originate = async (
    one: Machine,
    params: OriginateParams,
    beforeFirstByte: (() => void) | undefined,
  ): Promise<void> => {
    const fate = chance.happens(0.8)
      ? "ok"
      : chance.pick(["refused before", "lost unheard", "lost heard", "4xx", "429", "401"]);
    await one.step();
    if (fate === "refused before") throw new WmsError("WMS_UNREACHABLE", { detail: fate, sent: "no" });
    await one.step(chance.whole(5, 80));
    beforeFirstByte?.();
    if (one.begun !== undefined && one.struck === 0)
      failures.push(...(await judge.order(inner, ringOf(params), one.begun, written)));
    if (fate === "ok" || fate === "lost heard") ring(params, chance.whole(1, 900), one.struck > 0);
    await one.step(chance.whole(5, 200));
    if (fate === "ok") return;
    const codes = { "4xx": "WMS_REFUSED", "429": "WMS_RATE_LIMITED", "401": "WMS_UNAUTHORIZED" } as const;
    throw new WmsError(fate in codes ? codes[fate as keyof typeof codes] : "WMS_TIMEOUT", {
      detail: fate,
      sent: "maybe",
    });
  };

  const ring = (params: OriginateParams, transit: number, faulty: boolean): void => {
    world.at(world.now + transit, () => {
      const { target, number, queue } = ringOf(params);
      const end: RingEnd = chance.happens(0.25)
        ? chance.pick(["agent_missed", "agent_voicemail", "agent_hung_up"])
        : chance.pick(["talked", "talked", "no_answer", "no_answer", "busy", "failed"]);
      const at = world.now;
      const legs = ringLegs({ target, number, at }, end, {
        agentMs: chance.whole(2, 15) * second,
        customerMs: chance.whole(3, 40) * second,
        talkMs: chance.pick([6, 30, 300, 1_800]) * second,
      }).map((leg) => ({ ...leg, userfield: params.account ?? "" }));
      const over = Math.max(...legs.map((leg) => leg.end));
      const one: Ring = {
        at,
        over,
        target,
        number,
        queue,
        end,
        mark: params.account,
        faulty,
        visible: Number.POSITIVE_INFINITY,
        inParts: false,
      };
      truth.rings.push(one);
      failures.push(...judge.ring(truth, one));
      const lost = chance.happens(0.03);
      const delays = legs.map(() => (chance.happens(0.6) ? second : chance.whole(1, 600) * second));
      if (!lost) {
        const visible = delays.map((delay) => over + delay);
        one.visible = Math.max(...visible);
        one.inParts = new Set(visible).size > 1;
        for (const [at, leg] of legs.entries()) pbx.show([leg], visible[at] ?? over);
      }
      if (chance.happens(0.1)) customerCalls(number, at + chance.whole(3, 30) * second, chance.happens(0.5));
      if (webhooks && end !== "agent_missed" && end !== "agent_hung_up" && chance.happens(0.5))
        deliver({
          kind: end === "talked" ? "bridged" : "missed",
          pbx: "milan",
          number,
          direction: "outbound",
          startedAt: at,
          endedAt: over,
          ...(end === "talked" ? { talkSeconds: 6 } : {}),
          ref: "own",
        });
    });
  };

  const transport = createTransport({
    world,
    secrets,
    machine,
    stateOf: (one) => one.state(watched),
    newId: () => String(chance.whole(0, 2 ** 48)),
    log: silentLog,
    metrics: noMetrics,
    takeFact: (one, fact) => createCallbacks(portsOf(one)).takeFact(fact),
    unexpected,
    fail: (what) => void failures.push(what),
  });
  /** An event comes late, again, out of order, or never. */
  const deliver = (fact: CallFact, call?: TruthCall): void => {
    if (chance.happens(0.08)) return;
    const copies = chance.pick([1, 1, 2, 3]);
    const sent = Math.max(world.now, fact.endedAt);
    const body = eventText(fact, sent + second);
    const taken = (): void => {
      // an older one is ignored
      if (call !== undefined && world.now - fact.endedAt < 23 * hour)
        call.acknowledged = Math.min(call.acknowledged, world.now);
    };
    for (let copy = 0; copy < copies; copy++) {
      const late = chance.happens(0.02) ? 25 * hour : chance.whole(1, 360) * second;
      world.at(sent + late, () => {
        void transport.send({ path: fact.pbx, secret: secrets.signing(fact.pbx), body }, taken);
      });
    }
  };
  /** A webhook that is not by the PBX of its path, or of a PBX that is there no more. */
  const forge = (): void => {
    const fact: CallFact = {
      kind: "missed",
      pbx: "milan",
      number: chance.pick(numbers),
      direction: "inbound",
      startedAt: world.now - 40 * second,
      endedAt: world.now - 10 * second,
      ref: "forged",
    };
    const sent: Omit<Sent, "body"> = chance.pick([
      { path: "milan", secret: "no secret" },
      { path: "milan", secret: "" },
      { path: "milan", secret: secrets.signing("turin") },
      { path: "nowhere", secret: secrets.signing("milan") },
      { path: "gone", secret: secrets.signing("gone") },
    ]);
    void transport.send({ ...sent, body: eventText(fact, world.now) }, () => undefined);
  };

  const customerCalls = (number: string, start: number, answered: boolean, queue?: string): void => {
    const ringing = chance.happens(0.1) ? chance.whole(1, 4) * second : chance.whole(7, 40) * second;
    const talkMs = chance.pick([2, 20, 400]) * second;
    const end = start + ringing + (answered ? talkMs : 0);
    const kind = answered ? "bridged" : "missed";
    const call: TruthCall = {
      number,
      kind,
      direction: "inbound",
      start,
      end,
      talkMs: answered ? talkMs : 0,
      queue,
      visible: Number.POSITIVE_INFINITY,
      acknowledged: Number.POSITIVE_INFINITY,
    };
    if (truth.calls.some((other) => other.number === number && tooNear(other, call))) return;
    truth.calls.push(call);
    const legs = answered
      ? [talkLeg(number, "203", { start, answer: start + ringing, end })]
      : missedLegs(number, start, end, chance.pick([["201"], ["201", "202", "203"]]), queue);
    if (!chance.happens(0.03)) {
      call.visible = end + (chance.happens(0.7) ? second : chance.whole(1, 600) * second);
      pbx.show(legs, call.visible);
    }
    const fact: CallFact = {
      kind,
      pbx: "milan",
      number,
      direction: "inbound",
      startedAt: start,
      endedAt: end,
      ...(answered ? { talkSeconds: talkMs / second } : {}),
      ...(queue === undefined ? {} : { queue: { name: queue } }),
      ref: `e${start}`,
    };
    if (!webhooks) return;
    // some PBXs do not know the queue yet when a call ends
    const { queue: _queue, ...unknown } = fact;
    if (!answered && queue !== undefined && start % 3 === 0) deliver({ ...unknown, source: "live" });
    if (chance.happens(0.3)) deliver({ ...fact, kind: "live", endedAt: start + second });
    deliver(fact, call);
  };

  const byHand = (number: string, start: number): void => {
    const answered = chance.happens(0.5);
    const end = start + chance.whole(10, 90) * second;
    const call: TruthCall = {
      number,
      kind: answered ? "bridged" : "missed",
      direction: "outbound",
      start,
      end,
      talkMs: answered ? end - start - 5 * second : 0,
      queue: undefined,
      visible: end + second,
      acknowledged: Number.POSITIVE_INFINITY,
    };
    if (truth.calls.some((other) => other.number === number && tooNear(other, call))) return;
    truth.calls.push(call);
    const leg = talkLeg("203", number, { start, answer: start + 5 * second, end });
    const { answer: _answer, ...missed } = { ...leg, disposition: "NO ANSWER" };
    pbx.show([answered ? leg : missed], call.visible);
  };

  let sweeping = 0;
  const sweepIn = (due: number): void => {
    const at = Math.max(Math.ceil(due / minute), Math.floor(world.now / minute) + 1) * minute;
    if (sweepsAt.has(at)) return;
    sweepsAt.add(at);
    world.at(at, () => {
      sweepsAt.delete(at);
      if (chance.happens(0.03)) return sweepIn(at + minute);
      const times = chance.happens(0.05) ? 2 : 1;
      for (let n = 0; n < times; n++) void sweep();
      return undefined;
    });
  };
  const sweep = async (): Promise<void> => {
    const one = machine();
    one.begun = world.now;
    sweeping++;
    const works = (id: string): boolean => id !== "milan" || isWell();
    const before = (await judge.duties(inner, world.now)).filter(({ pbx: id }) => works(id));
    let over = false;
    const work = createCallbacks(portsOf(one))
      .sweep(world.now + 48 * second)
      .catch(unexpected)
      .then(() => {
        one.end();
        over = true;
      });
    await Promise.race([work, world.sleep(70 * second)]);
    truth.faulty += one.struck;
    if (over && one.struck === 0) failures.push(...(await judge.leftOut(inner, before, world.now, works)));
    if (await isDue()) sweepIn(world.now);
    if (sweeping % 5 === 0) failures.push(...(await judge.index(inner, world.now)));
  };
  /** Whether milan can be asked and called. */
  const isWell = (): boolean =>
    !pbx.down &&
    !pbx.filterIgnored &&
    !secrets.unreadable.has("milan") &&
    app.known === app.valid &&
    !truth.stops.some(({ from, to }) => world.now >= from && world.now <= to);
  const isDue = async (): Promise<boolean> => {
    const before = String(Math.floor(world.now / second) + 1).padStart(11, "0");
    for (const shard of [0, 1, 2, 3])
      for await (const _item of inner.list(`callbacks/due/${shard}`, undefined, before)) return true;
    if (isPolling()) for await (const _item of inner.list("callbacks/polls", undefined, before)) return true;
    return false;
  };

  // what people do; a PBX whose poll was lost is found again within the hour
  for (let hours = 0; hours * hour < newsFor; hours++)
    world.at(begun + hours * hour, () => sweepIn(world.now));
  const numbers = place.numbers.slice(0, chance.whole(1, 3));
  const excluded = place.excluded;
  for (const number of [...numbers, chance.pick(excluded)]) {
    let at = begun + chance.whole(0, 90) * minute;
    for (let n = chance.whole(1, 4); n > 0; n--) {
      const queue = chance.happens(0.5) ? "Sales" : undefined;
      const start = at;
      const answered = chance.happens(0.2);
      world.at(start, () => customerCalls(number, start, answered, queue));
      at += chance.pick([1, 2, 10, 60, 300]) * minute + chance.whole(0, 59) * second;
    }
    if (chance.happens(0.15)) {
      const start = begun + chance.whole(10, 200) * minute;
      world.at(start, () => byHand(number, start));
    }
  }
  const someTime = (): number => begun + chance.whole(1, 240) * minute + chance.whole(0, 59) * second;
  if (chance.happens(0.15)) {
    const number = chance.pick(numbers);
    world.at(
      someTime(),
      () =>
        void act(async (callbacks) => {
          truth.blocking.add(number);
          await callbacks.doNotCall.block(chance.pick(["all", { pbx: "milan" }]), number, { by: "sim" });
          truth.blocked.set(number, world.now);
        }),
    );
  }
  if (chance.happens(0.25))
    world.at(
      someTime(),
      () =>
        void act(async (callbacks) => {
          const { callbacks: open } = await callbacks.list("milan", { state: "open" });
          if (open.length === 0) return;
          const { id } = chance.pick(open);
          const asked = world.now;
          const view = await callbacks.cancel("milan", id);
          if (view.reason === "cancelled" && view.ringing === undefined)
            truth.cancelled.push({ id, from: asked, at: world.now });
        }),
    );
  if (chance.happens(0.15)) {
    const from = someTime();
    world.at(from, () => void stopCalls(inner, { now: () => world.now }, "all"));
    const to = from + chance.whole(5, 90) * minute;
    truth.stops.push({ from, to });
    world.at(to, () => void resumeCalls(inner, "all"));
  }
  if (chance.happens(0.1)) {
    const from = someTime();
    const to = from + chance.whole(5, 90) * minute;
    world.at(from, () => {
      pbx.settings = { ...settings, callbacks: { ...settings.callbacks, mode: "observe" } };
    });
    world.at(to, () => {
      pbx.settings = { ...settings };
    });
    truth.observed.push({ from, to });
  }
  if (chance.happens(0.2)) {
    const from = someTime();
    world.at(from, () => {
      pbx.down = true;
    });
    world.at(from + chance.whole(2, 60) * minute, () => {
      pbx.down = false;
    });
  }
  if (chance.happens(0.3)) rotate();
  let elsewhereFrom = someTime();
  if (chance.happens(0.15)) {
    const from = someTime();
    world.at(from, () => void secrets.unreadable.add("milan"));
    world.at(from + chance.whole(2, 30) * minute, () => void secrets.unreadable.delete("milan"));
    // the other PBX has something to do meanwhile
    elsewhereFrom = from;
  }
  if (chance.happens(0.3)) world.at(someTime(), forge);
  if (isElsewhereUsed) {
    for (const at of [elsewhereFrom, elsewhereFrom + chance.whole(1, 20) * minute])
      world.at(at, () => elsewhereCalls(at));
  }
  if (chance.happens(0.2)) {
    const at = someTime();
    const number = chance.pick(numbers);
    const talk: CallFact = {
      kind: "bridged",
      pbx: "turin",
      number,
      direction: "inbound",
      startedAt: at - 60 * second,
      endedAt: at,
      talkSeconds: 50,
      ref: "elsewhere",
    };
    world.at(at, () => deliver(talk));
  }
  if (chance.happens(0.05)) {
    const from = someTime();
    world.at(from, () => {
      pbx.filterIgnored = true;
    });
    world.at(from + 20 * minute, () => {
      pbx.filterIgnored = false;
    });
  }
  /** New secrets: the registry gets that of webhooks before the PBX signs with it, and loses the old one after. */
  function rotate(): void {
    const steps = [someTime()];
    for (const longest of [60, 60]) steps.push((steps.at(-1) ?? 0) + chance.whole(2, longest) * minute);
    const [first = 0, next = 0, last = 0] = steps;
    world.at(first, () => secrets.add("milan", "second of milan"));
    world.at(next, () => secrets.signWith("milan", "second of milan"));
    world.at(last, () => secrets.drop("milan", "first of milan"));
    const stolen: Sent = { path: "milan", secret: "first of milan", body: "{}" };
    world.at(last + 10 * minute, () => void transport.send(stolen, () => undefined));
    const at = someTime();
    const [registry, phones] = chance.pick([
      [0, 0],
      [0, 10],
      [10, 0],
    ]);
    world.at(at + registry * minute, () => {
      app.known = "second";
    });
    world.at(at + phones * minute, () => {
      app.valid = "second";
    });
  }
  function elsewhereCalls(start: number): void {
    const times = { startedAt: start, endedAt: start + 20 * second };
    const number = place.elsewhere;
    other.show(missedLegs(number, times.startedAt, times.endedAt), times.endedAt + second);
    deliver({ kind: "missed", pbx: "turin", number, direction: "inbound", ...times, ref: "turin" });
  }
  const act = async (
    what: (callbacks: ReturnType<typeof createCallbacks>) => Promise<void>,
  ): Promise<void> => {
    for (let n = 0; n < 5; n++) {
      let done = false;
      const one = machine();
      const work = what(createCallbacks(portsOf(one))).then(() => {
        done = true;
      });
      await Promise.race([work.catch(unexpected), world.sleep(20 * second)]);
      if (done) return;
    }
  };

  // nothing new comes after some hours; a callback may wait for a holiday, a weekend and its expiry
  await world.run(begun + newsFor);
  await world.run(begun + (webhooks ? 5 : 4.5) * 24 * hour + expireHours * hour);
  const records: CallbackRecord[] = [];
  for await (const { value } of inner.list<CallbackRecord>("callbacks/milan")) records.push(value);
  failures.push(
    ...judge.end(truth, records, heard),
    ...(await judge.index(inner, world.now)),
    ...judge.texts(truth, texts),
  );
  const sum = (kind: (record: CallbackRecord) => boolean): number => records.filter(kind).length;
  return {
    faults: truth.faulty,
    counts: {
      callbacks: records.length,
      rings: truth.rings.length,
      talked: sum(({ reason }) => reason === "talked"),
      "got through": sum(({ reason }) => reason === "got_through" || reason === "called_back"),
      "used up": sum(({ reason }) => ["attempts", "failed", "no_agent"].includes(String(reason))),
      expired: sum(({ reason }) => reason === "expired"),
      "other ends": sum(({ reason }) =>
        ["cancelled", "do_not_call", "forbidden", "hours_never", "outcome_unknown"].includes(String(reason)),
      ),
      sweeps: sweeping,
    },
    failures: failures.slice(0, 5),
  };
};

/** What a function may throw: it is called again. */
const tolerated: ReadonlySet<string> = new Set([
  "STATE_UNAVAILABLE",
  "WMS_UNREACHABLE",
  "REGISTRY_UNAVAILABLE",
  "PBX_UNKNOWN",
]);

/** A ring as its parameters say it. */
const ringOf = ({ channel, exten, callerid }: OriginateParams) => ({
  target: /^Local\/(\d+)@/.exec(channel)?.[1] ?? "",
  number: exten ?? "",
  queue: /"Callback (.*)"/.exec(callerid ?? "")?.[1] ?? "",
});

/** Calls of one number do not overlap, and are apart by more than two clocks differ. */
const tooNear = (one: TruthCall, other: TruthCall): boolean =>
  sameCall({ start: one.start - 10_000, end: one.end + 10_000 }, { start: other.start, end: other.end });
