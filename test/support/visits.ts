import { createDesk, type Desk } from "../../lib/callbacks/controller/desk.ts";
import { dueEntry, entryKey } from "../../lib/callbacks/controller/entries.ts";
import { createTaking } from "../../lib/callbacks/controller/take.ts";
import { createVisit } from "../../lib/callbacks/controller/visit.ts";
import { type CallbackRecord, type NumberRecord, noNumber } from "../../lib/callbacks/record.ts";
import type { LedgerCall } from "../../lib/calls/calls.ts";
import type { StateKey } from "../../lib/state.ts";
import type { HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";
import { CallbackPbx } from "./callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "./callbacks.ts";
import { customer, waitingCallback } from "./milan.ts";

/** The call of a callback, as the ledger has it. */
export const ledgerCall = (change: Partial<LedgerCall> = {}): LedgerCall => ({
  id: "call-1",
  pbx: "milan",
  caller: "callbacks",
  fingerprint: "f",
  state: "PLACED",
  reservedAt: rome("10:03"),
  changedAt: rome("10:03"),
  sends: [rome("10:03")],
  steps: [],
  extension: "201",
  params: { channel: "Local/201@users" },
  ...change,
});

/** The ring of 10:03 that `addRinging` begins. */
export const ringOfVisits = { key: "cb/c/1/0", at: rome("10:03"), target: "201" };

/** Single visits at 10:03 of the callback `c`, without a sweep. No call is placed: a test says what the ledger has. */
export const visitWorld = (options: WorldOptions = {}) => {
  const hooks: {
    readonly fits: (key: StateKey, value: unknown) => boolean;
    readonly act: () => Promise<unknown>;
  }[] = [];
  const unreadable = new Set<string>();
  const world = callbackWorld({
    start: rome("10:03"),
    state: (inner) => ({
      ...inner,
      read: async (key) => {
        if (unreadable.has(key.partition)) throw new Error(`${key.partition} cannot be read`);
        return inner.read(key);
      },
      write: async (key, value, expect, expiresAt) => {
        const at = hooks.findIndex(({ fits }) => fits(key, value));
        if (at >= 0) for (const { act } of hooks.splice(at, 1)) await act();
        return inner.write(key, value, expect, expiresAt);
      },
    }),
    ...options,
  });
  const model = world.pbx;
  const pbxLike = {
    questions: [] as HistoryPageQuery[],
    /** Happens while history is asked. */
    onQuestion: async (): Promise<unknown> => undefined,
  };
  model.asPbx = () => {
    const pbx = CallbackPbx.prototype.asPbx.call(model);
    const historyPage: typeof pbx.client.historyPage = async (query) => {
      pbxLike.questions.push(query);
      await pbxLike.onQuestion();
      return model.page(query);
    };
    return { ...pbx, client: { ...pbx.client, historyPage } };
  };
  const real = createDesk(world.ports);
  const placed: Parameters<Desk["calls"]["place"]>[0][] = [];
  const notifications: (readonly [string, string])[] = [];
  const ledger: { call: LedgerCall | undefined; refusal: Error | undefined; asked: string[][] } = {
    call: ledgerCall(),
    refusal: undefined,
    asked: [],
  };
  const desk: Desk = {
    ...real,
    calls: {
      ...real.calls,
      place: async (request) => {
        placed.push(request);
        if (ledger.refusal !== undefined) throw ledger.refusal;
        return { record: ledgerCall(), replayed: false };
      },
      find: async (caller, key) => {
        ledger.asked.push([caller, key]);
        return ledger.call;
      },
    },
    notify: async (subject, text) => void notifications.push([subject, text]),
  };
  const visit = createVisit(desk, createTaking(real));
  const read = async (id = "c") => (await desk.index.read("milan", id))?.value;
  const add = async (change: Partial<CallbackRecord> = {}): Promise<CallbackRecord> => {
    const misses = [{ start: rome("10:00"), end: rome("10:00:25") }];
    const record = waitingCallback({ due: rome("10:02:25"), misses, ...change });
    await desk.index.put(undefined, record, world.clock.at);
    return record;
  };
  const setNumber = (change: Partial<NumberRecord>) =>
    desk.numbers.change("milan", customer, () => ({ ...noNumber, ...change }));
  return {
    ...world,
    ...pbxLike,
    /** The same object, so that a test can set `onQuestion`. */
    history: pbxLike,
    desk,
    ledger,
    placed,
    notifications,
    unreadable,
    add,
    read,
    setNumber,
    number: () => desk.numbers.read("milan", customer),
    /** Rings 201 since 10:03. */
    addRinging: async (change: Partial<CallbackRecord> = {}): Promise<void> => {
      const due = rome("10:03:45");
      const dial = ringOfVisits;
      const record = await add({ state: "ringing", reason: "ringing", dial, due, ...change });
      await desk.targets.take("milan", "201", 2, { callback: record.id, key: record.dial?.key ?? "" });
      await setNumber({ callbacks: ["c"], dials: [{ key: dial.key, at: dial.at }] });
      world.clock.at = rome("10:05");
    },
    /** The key of the ring that has a place of a target. */
    placeOf: async (id = "201"): Promise<string | undefined> => {
      const held = await world.inner.read<{ key: string }>({ partition: "callbacks/target/milan", id });
      return held?.value.key;
    },
    /** Another process does something directly before this write. */
    before: (fits: (key: StateKey, value: unknown) => boolean, act: () => Promise<unknown>): void =>
      void hooks.push({ fits, act }),
    /** Another process writes the callback before a visit does. */
    overtaken: (change: Partial<CallbackRecord> = { name: "other" }): void =>
      void hooks.push({
        fits: ({ partition, id }) => partition === "callbacks/milan" && id === "c",
        act: async () => {
          const held = await desk.index.read("milan", "c");
          if (held !== undefined) await desk.index.put(held, { ...held.value, ...change }, world.clock.at);
        },
      }),
    visit,
    /** Visits a callback by its entry, as a sweep does. */
    visitDue: async (id = "c") => {
      const record = await read(id);
      if (record === undefined) throw new Error(`there is no callback ${id}`);
      const key = entryKey(record);
      const item = await world.inner.read<{ first: number }>(key);
      if (item === undefined) throw new Error(`the callback ${id} has no entry`);
      return visit(dueEntry(key.partition, item));
    },
  };
};
