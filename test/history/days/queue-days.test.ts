import { expect, it } from "vitest";
import { createDayLedger } from "../../../lib/history/days/day-ledger.ts";
import { dayDefaults } from "../../../lib/history/days/pbx-day.ts";
import { queueDays } from "../../../lib/history/days/queue-days.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";

const day = "2026-11-23";
const round = "2026-11-24";
const start = Date.parse(`${round}T10:00:00Z`);
const wanted = (pbx: string) => ({ pbx, day, zone: "Europe/Rome", round, seen: undefined });

it("a day whose record another planner wrote meanwhile is not sent, the others are noted as sent", async () => {
  const clock = { now: () => start, sleep: async () => undefined };
  const queue = memoryQueue({ clock, visibilitySeconds: 30, maxReceives: 3 });
  const ports = { state: memoryState(clock), queue, clock, random: Math.random };
  const ledger = createDayLedger(ports);
  const before = await ledger.plan({ pbx: "rome", day }, undefined, "t", round);
  expect(await queueDays(ports, [wanted("milan"), wanted("rome")])).toEqual([wanted("milan")]);
  expect((await queue.receive()).map(({ body }) => body)).toEqual([expect.stringContaining("milan")]);
  expect(await ledger.read({ pbx: "rome", day })).toEqual(before);
  expect((await ledger.read({ pbx: "milan", day }))?.value).toMatchObject({
    state: "queued",
    messageUntil: start / 1000 + dayDefaults.messageSeconds,
  });
});
