import { describe, expect, it } from "vitest";
import {
  createDayLedger,
  dayKey,
  hasMessage,
  isOpen,
  readPbxDays,
} from "../../../lib/history/days/day-ledger.ts";
import { dayDefaults, deadLettered, type StoredDay, started } from "../../../lib/history/days/pbx-day.ts";
import { backfill } from "../../../lib/history/planning/backfill.ts";
import { reportFleet } from "../../../lib/history/planning/fleet-report.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import { writeText } from "../../../lib/store/store.ts";
import { fleetStatus } from "../../support/fleet-status.ts";
import { changeDay, type DayChange, fails, failure, finishes, queuedUntil } from "../../support/pbx-days.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
const today = "2026-11-24";
const start = Date.parse(`${today}T10:00:00Z`);
const now = start / 1000;
const milan = { pbx: "milan", day };
const reason = { code: "WMS_TIMEOUT", detail: "slow" };

const setUp = () => {
  const clock = { now: () => start, sleep: async () => undefined };
  const state = memoryState(clock);
  const ledger = createDayLedger({ state, clock });
  return {
    clock,
    state,
    ledger,
    /** A day that a worker has. */
    run: async () => {
      const queued = await ledger.plan(milan, undefined, "t", today);
      const running = queued && (await ledger.start(queued, now + 60));
      if (running === undefined) throw new Error("another writer was faster");
      return running;
    },
    stored: async () => (await state.read<StoredDay>(dayKey(day, "milan")))?.value,
  };
};

describe("the ledger of PBX days", () => {
  it("writes what each transition returns, and reads it again", async () => {
    const { ledger, run, stored } = setUp();
    const running = await run();
    expect(await stored()).toMatchObject({ token: "t", done: false, runUntil: now + 60 });
    expect(await ledger.read(milan)).toEqual(running);
    const failed = await ledger.fail(running, reason);
    expect(await stored()).toMatchObject({ runUntil: 0, reason });
    const dead = failed && (await ledger.deadLetter(failed));
    expect(await stored()).toMatchObject({ deaths: 1, messageUntil: 0, nextTry: now + 3600 });
    const again = dead && (await ledger.plan(milan, dead, "u", today));
    expect(await stored()).toMatchObject({ token: "u", deaths: 1, messageUntil: now + 15 * 60 });
    const sent = again && (await ledger.send(again));
    expect(await stored()).toMatchObject({ messageUntil: now + dayDefaults.messageSeconds });
    const second = sent && (await ledger.start(sent, now + 60));
    const next = second && (await ledger.continue(second, "v", 9));
    expect(await stored()).toMatchObject({ token: "v", spent: 9, runUntil: 0 });
    const last = next && (await ledger.start(next, now + 60));
    const done = last && (await ledger.finish(last, { rows: 5, seconds: 1 }));
    expect(await stored()).toMatchObject({ done: true, deaths: 0, result: { rows: 5, seconds: 10 } });
    expect(done?.value.result).toEqual({ rows: 5, seconds: 10 });
  });

  it("changes nothing if another writer was faster", async () => {
    const { ledger, run, stored } = setUp();
    const running = await run();
    await ledger.fail(running, reason);
    const before = await stored();
    expect(await ledger.finish(running, { rows: 5, seconds: 1 })).toBeUndefined();
    expect(await ledger.plan(milan, undefined, "u", today)).toBeUndefined();
    expect(await stored()).toEqual(before);
  });

  it("keeps a record for 60 days after its last change", async () => {
    const { state, run } = setUp();
    await run();
    expect((await state.read(dayKey(day, "milan")))?.expiresAt).toBe(now + 60 * 86_400);
  });

  it("reads the records of one day by PBX", async () => {
    const { state, run } = setUp();
    const running = await run();
    expect([...(await readPbxDays(state, day))]).toEqual([["milan", running]]);
    expect((await readPbxDays(state, today)).size).toBe(0);
  });

  it("knows which days are open, and which have a message", async () => {
    const { ledger, run } = setUp();
    const queued = await ledger.plan({ pbx: "rome", day }, undefined, "t", today);
    expect(queued && [isOpen(queued), hasMessage(queued)]).toEqual([true, true]);
    const running = await run();
    const done = await ledger.finish(running, { rows: 5, seconds: 1 });
    // without another word, the export changed the day
    expect(done?.value.eventDue).toBe(true);
    expect([isOpen(running), hasMessage(running)]).toEqual([true, true]);
    expect(done && [isOpen(done), hasMessage(done)]).toEqual([false, false]);
  });
});

describe("status, report and backfill agree on a day", () => {
  const message = queuedUntil(now + 3600);
  const died: DayChange = (open) => started(message(open), now - 3 * 3600);
  const { code, detail } = failure;
  it.each<
    [name: string, act: DayChange | undefined, status: string, report: string, backfill: string | undefined]
  >([
    ["that was never queued", undefined, "not planned", "NOT_PLANNED", undefined],
    ["that is queued", message, "queued", "QUEUED", undefined],
    ["that is running", (open) => started(message(open), now + 60), "running", "RUNNING", undefined],
    ["whose worker died three hours ago", died, "queued", "QUEUED", undefined],
    [
      "whose worker died and whose message is over",
      (open) => started(queuedUntil(now)(open), now - 3 * 3600),
      "waiting",
      "WAITING",
      "WAITING",
    ],
    ["that failed", (open) => message(fails(open)), "failing", code, undefined],
    ["with a dead letter", (open) => deadLettered(fails(open), now), "waiting", code, code],
    [
      "with a dead letter of dead workers",
      (open) => deadLettered(message(open), now),
      "waiting",
      "WAITING",
      "WAITING",
    ],
    ["that is done", finishes, "exported", "exported", "exported"],
  ])("%s", async (_name, act, status, report, outcome) => {
    const { state, clock } = setUp();
    const store = plainStore();
    const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 });
    const notified: string[] = [];
    const ports = {
      state,
      store,
      queue,
      clock,
      random: Math.random,
      log: silentLog,
      metrics: noMetrics,
      config: { stage: undefined, format: "ndjson" as const },
      alarms: { notify: async (_subject: string, text: string) => void notified.push(text) },
    };
    const apply = async () => {
      const item = await state.read(dayKey(day, "milan"));
      if (item) await state.remove(dayKey(day, "milan"), item);
      if (act) await changeDay(ports, milan, act);
      if (act === finishes) await writeText(store, manifestKey(day, "milan"), "{}", { absent: true });
    };
    await apply();
    const pbx = { pbx: "milan", zone: "Europe/Rome", today, first: day, again: day };
    const [seen] = await fleetStatus(ports, [pbx], [day], start);
    expect(seen?.exported === 1 ? "exported" : seen?.waiting[0]?.state).toBe(status);
    const [fleet] = await reportFleet(ports, [pbx]);
    expect(fleet?.exported === 1 ? "exported" : fleet?.missing[0]?.code).toBe(report);
    expect(notified.some((text) => text.includes(fleet?.missing[0]?.reason ?? detail))).toBe(
      report !== "exported",
    );
    // the day becomes what it is after the backfill has queued it; the second look is the last
    const stopping = new AbortController();
    let looks = 0;
    const sleep = async (): Promise<void> => {
      if (looks++ === 0 && act !== finishes) await apply();
      if (looks === 2) stopping.abort();
    };
    const filled = await backfill({ ...ports, clock: { ...clock, sleep } }, [pbx], [day], stopping);
    expect(filled).toMatchObject(
      outcome === "exported"
        ? { there: 1, underWay: 0, failed: 0 }
        : { there: 0, underWay: outcome === undefined ? 1 : 0 },
    );
    expect(filled.failures.map((each) => each.code)).toEqual(
      outcome === undefined || outcome === "exported" ? [] : [outcome],
    );
  });
});
