import { type CallbackPorts, createCallbacks } from "../../../lib/callbacks/callbacks.ts";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import { CallbackPbx, ringLegs } from "../../support/callback-pbx.ts";
import { rome } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";
import { World } from "../world.ts";
import { judge } from "./judge.ts";
import { type Fault, type FaultPlan, Machine } from "./machine.ts";

/** What happens while one machine stands still. */
export type Meanwhile = "cancel" | "join" | "answered" | "nothing";

const second = 1_000;
const minute = 60 * second;
const younger = "+393337654321";
/** Its callback was cancelled, and is asked for again. */
const third = "+390212345678";

interface Case {
  /** Which machine has the fault: the sweep of 10:03, or one that opens a closed callback again, which is due at once. */
  readonly who: "sweep" | "worker";
  readonly fault: Fault;
  readonly step: number;
  readonly freezeMs: number;
  readonly meanwhile: Meanwhile;
}

/** Two callbacks of one target are due when a sweep freezes or crashes at a step. Gives what must not be, and how many steps there are. */
const runCase = async ({ who, fault, step, freezeMs, meanwhile }: Case) => {
  const world = new World(1);
  world.now = rome("10:02:30");
  const inner = memoryState({ now: () => world.now });
  const pbx = new CallbackPbx("milan", milan, () => world.now);
  const rings: {
    readonly at: number;
    readonly over: number;
    readonly number: string;
    readonly mark: string;
  }[] = [];
  const failures: string[] = [];
  const settings = { ...milan, call_marker: "account" as const };
  const portsOf = (machine: Machine): CallbackPorts => ({
    state: machine.state(inner),
    clock: machine.clock,
    monotonic: machine.monotonic,
    newId: () => String(world.chance.next()),
    audit: { write: async () => void (await machine.step()) },
    log: silentLog,
    metrics: noMetrics,
    pbxs: {
      get: async () => {
        const seen = pbx.asPbx();
        const client: typeof seen.client = {
          ...seen.client,
          historyPage: async (query) => {
            await machine.step(20);
            const page = pbx.page(query);
            await machine.step();
            return page;
          },
          originate: async (params, given) => {
            await machine.step(20);
            given?.beforeFirstByte?.();
            const number = params.exten ?? "";
            const legs = ringLegs({ target: "201", number, at: world.now }, "busy");
            const over = Math.max(...legs.map(({ end }) => end));
            rings.push({ at: world.now, over, number, mark: params.account ?? "" });
            pbx.show(
              legs.map((leg) => ({ ...leg, userfield: params.account ?? "" })),
              over + second,
            );
            await machine.step(20);
          },
        };
        return { ...seen, client, settings };
      },
    },
    registry: { list: async () => [] },
    alarms: { notify: async () => undefined },
    announce: async () => void (await machine.step()),
  });
  const steady = new Map<number, Fault>();
  const on = (plan: FaultPlan = steady) => {
    const machine = new Machine(world, plan, freezeMs);
    return { machine, callbacks: createCallbacks(portsOf(machine)) };
  };
  const wait = async <T>(work: Promise<T>): Promise<T | undefined> => {
    let result: T | undefined;
    void work.then(
      (value) => {
        result = value;
      },
      () => undefined,
    );
    await world.run(world.now + 2 * second);
    return result;
  };
  const miss = (number: string, start: string, end: string): CallFact => ({
    kind: "missed",
    pbx: "milan",
    number,
    direction: "inbound",
    startedAt: rome(start),
    endedAt: rome(end),
    ref: start,
  });
  await wait(on().callbacks.takeFact(miss(customer, "10:00", "10:00:25")));
  await wait(on().callbacks.takeFact(miss(younger, "10:00:30", "10:00:50")));
  const earlier = await wait(on().callbacks.request({ ...pbx.asPbx(), settings }, { to: third }));
  await wait(on().callbacks.cancel("milan", earlier?.view.id ?? ""));
  world.now = rome("10:03");
  const first = on(new Map([[step, fault]]));
  let firstOver = false;
  const begun =
    who === "sweep"
      ? first.callbacks.sweep(world.now + 48 * second)
      : first.callbacks.request({ ...pbx.asPbx(), settings }, { to: third });
  void begun.then(
    () => {
      firstOver = true;
    },
    () => undefined,
  );
  await world.run(world.now + 4 * second);
  const id = (await recordOf(inner, customer))?.id ?? "";
  let promised: number | undefined;
  if (meanwhile === "cancel") {
    const view = await wait(on().callbacks.cancel("milan", id));
    if (view !== undefined && view.ringing === undefined && view.reason === "cancelled") promised = world.now;
  }
  if (meanwhile === "join") await wait(on().callbacks.takeFact(miss(customer, "10:02", "10:02:20")));
  if (meanwhile === "answered")
    await wait(
      on().callbacks.takeFact({
        ...miss(customer, "10:02:30", "10:02:55"),
        kind: "bridged",
        talkSeconds: 20,
      }),
    );
  // the sweeps that follow, the frozen machine among them; a crash while it sent leaves a call that nobody knows of for two hours
  for (let n = 1; n <= 20 || (n <= 150 && (await isOpen(inner))); n++) {
    await world.run(Math.ceil((world.now + 1) / minute) * minute);
    void on().callbacks.sweep(world.now + 48 * second);
    await world.run(world.now + 3 * second);
    failures.push(...(await judge.index(inner, world.now)));
  }
  await world.run(world.now + 30 * minute);
  const where = `${who}: ${fault} of ${freezeMs / second} s at step ${step}, ${meanwhile}: `;
  const fail = (what: string): void => void failures.push(what);
  if (fault !== "crash" && !firstOver) fail("the frozen machine never ended");
  if (promised !== undefined && rings.some(({ at, number }) => number === customer && at > (promised ?? 0)))
    fail("it rang after a promise");
  for (const one of rings) {
    if (rings.some((other) => other !== one && other.mark === one.mark)) fail("a key rang twice");
    if (rings.some((other) => other !== one && other.at <= one.at && other.over > one.at))
      fail("the target rang twice at a time");
    const again = rings.some(
      (other) =>
        other !== one &&
        other.number === one.number &&
        Math.abs(other.at - one.at) < 5 * minute - 12 * second,
    );
    if (again) fail("a number was dialled twice within 5 minutes");
  }
  if (!rings.some(({ number }) => number === younger)) fail("the other callback never rang");
  const record = await recordOf(inner, customer);
  if (record?.misses.length !== (meanwhile === "join" ? 2 : 1)) fail("a missed call was lost");
  if (meanwhile === "cancel" && promised !== undefined && record?.reason !== "cancelled")
    fail("a cancellation was lost");
  if (meanwhile === "answered" && record?.state !== "closed") fail("it stays open although they talked");
  const isUnknown = record?.reason === "outcome_unknown";
  if (meanwhile === "nothing" && !isUnknown && !rings.some(({ number }) => number === customer))
    fail("it never rang");
  return { failures: [...new Set(failures)].map((what) => where + what), steps: first.machine.steps };
};

const isOpen = async (state: ReturnType<typeof memoryState>): Promise<boolean> => {
  for await (const { value } of state.list<CallbackRecord>("callbacks/milan"))
    if (value.state !== "closed") return true;
  return false;
};

const recordOf = async (
  state: ReturnType<typeof memoryState>,
  number: string,
): Promise<CallbackRecord | undefined> => {
  for await (const { value } of state.list<CallbackRecord>("callbacks/milan"))
    if (value.number === number) return value;
  return undefined;
};

const whats: readonly Meanwhile[] = ["cancel", "join", "answered", "nothing"];

/** A freeze, a pause or a crash at every step of a sweep, followed by DELETE, a missed call that joins, an answered call, or nothing. */
export const enumerateFreezes = async (): Promise<{
  readonly failures: string[];
  readonly cases: number;
}> => {
  const failures: string[] = [];
  let cases = 0;
  const never = { fault: "freeze", step: 1e6, freezeMs: 0, meanwhile: "nothing" } as const;
  for (const who of ["sweep", "worker"] as const) {
    const { steps } = await runCase({ ...never, who });
    for (let step = 0; step < steps; step++)
      for (const meanwhile of who === "sweep" ? whats : (["nothing"] as const))
        for (const [fault, freezeMs] of [
          ["freeze", 25 * second],
          ["freeze", 90 * second],
          ["pause", 15 * minute],
          ["crash", 0],
        ] as const) {
          cases++;
          failures.push(...(await runCase({ who, fault, step, freezeMs, meanwhile })).failures);
        }
  }
  return { failures, cases };
};
