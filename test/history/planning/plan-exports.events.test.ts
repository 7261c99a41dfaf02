import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../../lib/event-bus.ts";
import { dayKey } from "../../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../../lib/history/days/due-days.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { type PlanPorts, planExports } from "../../../lib/history/planning/plan-exports.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { manifestOf } from "../../support/standing-day.ts";
import { storedDay } from "../../support/stored-day.ts";

const [newer, older] = ["2026-11-23", "2026-11-22"] as const;
const nowSeconds = Date.parse("2026-11-24T10:00:00Z") / 1000;

const world = () => {
  const clock = { now: () => nowSeconds * 1000, sleep: async () => undefined };
  const [state, store] = [memoryState(clock), plainStore()];
  const asked: string[] = [];
  const sent: BusEvent[] = [];
  let isDown = false;
  const ports: PlanPorts = {
    config: { format: "ndjson" },
    state,
    store,
    bus: {
      put: async (event) => {
        asked.push(event.pbx);
        if (isDown) throw new Error("no bus");
        sent.push(event);
        return true;
      },
    },
    queue: memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 }),
    deadLetters: memoryQueue({ clock, visibilitySeconds: 30, maxReceives: 3 }),
    clock,
    random: () => 0,
    metrics: { put: () => undefined },
    log: silentLog,
  };
  const pbxs: PlannedPbx[] = ["milan", "oslo", "rome"].map((pbx) => ({
    pbx,
    zone: "UTC",
    today: "2026-11-24",
    first: older,
    again: older,
  }));
  return {
    asked,
    sent,
    down: (value: boolean) => {
      isDown = value;
    },
    plan: (change: Partial<PlanPorts> = {}) => planExports({ ...ports, ...change }, pbxs),
    manifest: (pbx: string, text?: string, day: string = newer) =>
      writeText(store, manifestKey(day, pbx), text ?? JSON.stringify(manifestOf([], { pbx, day })), {
        absent: true,
      }),
    record: (pbx: string, change: Partial<StoredDay>, day: string = newer) =>
      state.write(
        dayKey(day, pbx),
        storedDay({ result: { rows: 1, seconds: 1, format: "ndjson" }, ...change }),
        { absent: true },
      ),
    stored: async (pbx: string) => (await state.read<StoredDay>(dayKey(newer, pbx)))?.value,
  };
};

describe("the planner sends an event that a worker could not send", () => {
  it("for each exported day with such an event, in one run, once", async () => {
    const { manifest, record, plan, sent } = world();
    for (const pbx of ["milan", "oslo", "rome"]) {
      await manifest(pbx);
      await record(pbx, pbx === "oslo" ? {} : { eventDue: true });
    }
    await manifest("milan", undefined, older);
    await record("milan", { eventDue: true }, older);
    const placements = { rome: { customer: "acme" } };
    await plan({ placements });
    await plan({ placements });
    expect(sent.map(({ detail }) => detail)).toMatchObject([
      { pbx: "milan", day: newer, manifest: manifestKey(newer, "milan") },
      { pbx: "rome", day: newer, manifest: `customers/acme/${manifestKey(newer, "rome")}` },
      { pbx: "milan", day: older },
    ]);
  });

  it("only after a worker that has the day again is done", async () => {
    const { manifest, record, plan, sent, stored } = world();
    await manifest("milan");
    const queued = { done: false, messageUntil: nowSeconds + 60, eventDue: true } as const;
    await record("milan", queued);
    await plan();
    expect(sent).toEqual([]);
    expect(await stored("milan")).toMatchObject(queued);
  });

  it("not for a day whose manifest is missing or cannot be read, and nevertheless for the next PBX", async () => {
    const { manifest, record, plan, sent } = world();
    await manifest("oslo", "{}");
    await manifest("rome");
    for (const pbx of ["milan", "oslo", "rome"]) await record(pbx, { eventDue: true });
    await plan();
    expect(sent.map(({ pbx }) => pbx)).toEqual(["rome"]);
  });

  it("and asks a bus that does not answer once in a run", async () => {
    const { manifest, record, plan, asked, sent, down } = world();
    for (const day of [newer, older])
      for (const pbx of ["milan", "oslo"]) {
        await manifest(pbx, undefined, day);
        await record(pbx, { eventDue: true }, day);
      }
    down(true);
    await plan();
    expect(asked).toEqual(["milan"]);
    down(false);
    await plan();
    expect(sent).toHaveLength(4);
  });
});
