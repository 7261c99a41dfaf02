import { describe, expect, it } from "vitest";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { callbackWorld } from "../../support/callbacks.ts";
import { waitingCallback } from "../../support/milan.ts";

const record = waitingCallback({ due: 120_000, misses: [{ start: 1000, end: 9000 }] });
const fails = () => Promise.reject(new TypeError("refused"));

it("changes of callbacks and notifications are passed on", async () => {
  const world = callbackWorld();
  const desk = createDesk(world.ports);
  await desk.announce("opened", record);
  await desk.notify("Callbacks are off", "Set `callbacks`.");
  expect(world.events).toMatchObject([{ event: "opened", callback: { id: "c", to: "+39333…67" } }]);
  expect(world.notified).toEqual(["Callbacks are off"]);
  expect(world.logged).toEqual([]);
});

it("a failure to pass them on is logged, and stops nothing", async () => {
  const world = callbackWorld();
  const desk = createDesk({ ...world.ports, announce: fails, alarms: { notify: fails } });
  await desk.announce("opened", record);
  await desk.notify("Callbacks are off", "Set `callbacks`.");
  expect(world.logged).toMatchObject([
    { message: "sending a change of a callback to the event bus failed", name: "TypeError" },
    { message: "a notification failed", name: "TypeError" },
  ]);
});

describe("a change of a callback", () => {
  const closedFor = (reason: CallbackRecord["reason"]): CallbackRecord => ({
    ...record,
    state: "closed",
    reason,
  });
  const opened = { callbacks_opened: 1 };
  const closed = { callbacks_closed: 1 };
  it.each<[string, CallbackRecord | undefined, CallbackRecord, string | undefined, Record<string, number>]>([
    ["that opens it is counted", undefined, record, "opened", opened],
    ["that opens it again is counted", closedFor("talked"), { ...record, round: 2 }, "opened", opened],
    ["that begins another round is counted", record, { ...record, round: 2 }, "opened", opened],
    ["of its time is not", record, { ...record, due: 180_000 }, undefined, {}],
    ["that closes it is counted", record, closedFor("got_through"), "closed", closed],
    [
      "after a talk is counted too",
      record,
      closedFor("talked"),
      "closed",
      { ...closed, callbacks_talked: 1 },
    ],
    ["without an agent too", record, closedFor("no_agent"), "closed", { ...closed, callbacks_no_agent: 1 }],
    [
      "without a known outcome too",
      record,
      closedFor("outcome_unknown"),
      "closed",
      { ...closed, callbacks_unknown: 1 },
    ],
    ["that was closed is not", closedFor("talked"), closedFor("talked"), undefined, {}],
    ["that was never open is not", undefined, closedFor("expired"), undefined, {}],
  ])("%s", async (_, before, after, did, counted) => {
    const world = callbackWorld();
    expect(await createDesk(world.ports).noteChange(before, after)).toBe(did);
    expect(world.events.map(({ event }) => event)).toEqual(did === undefined ? [] : [did]);
    expect(world.counted).toEqual(counted);
  });
});
