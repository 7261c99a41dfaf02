import { describe, expect, it } from "vitest";
import {
  continued,
  type DayStatus,
  dayDefaults,
  deadLettered,
  failed,
  finished,
  isUnderWay,
  type OpenPbxDay,
  type PbxDay,
  parsePbxDay,
  planned,
  type QueuedDay,
  type RunningDay,
  type StoredDay,
  sent,
  serializePbxDay,
  started,
  statusOf,
  whyNotExported,
} from "../../../lib/history/days/pbx-day.ts";

const now = 1_000_000;
const reason = { code: "WMS_TIMEOUT", detail: "slow" };
const result = { rows: 7, seconds: 3 };
const open = { token: "t", round: "2026-11-24", deadLetters: 0 };
const queued: QueuedDay = { ...open, state: "queued", messageUntil: now + 60 };
const running: RunningDay = { ...queued, state: "running", leaseUntil: now + 30 };
const waiting: OpenPbxDay = { ...open, state: "waiting", deadLetters: 1, retryAt: now + 60 };
const done: PbxDay = { token: "t", round: "2026-11-24", state: "done", result };
const stored: StoredDay = {
  token: "t",
  round: "2026-11-24",
  done: false,
  messageUntil: 0,
  runUntil: 0,
  deaths: 0,
  nextTry: 0,
};

describe("a transition of a PBX day, and the record that it stores", () => {
  const { sendSeconds, messageSeconds } = dayDefaults;
  it.each<[name: string, change: () => PbxDay, record: StoredDay]>([
    [
      "nothing to planned",
      () => planned(undefined, "n", "2026-11-25", now),
      { ...stored, token: "n", round: "2026-11-25", spent: 0, messageUntil: now + sendSeconds },
    ],
    [
      "done to planned: keeps the last result",
      () => planned(done, "n", "2026-11-25", now),
      { ...stored, token: "n", round: "2026-11-25", spent: 0, messageUntil: now + sendSeconds, result },
    ],
    [
      "waiting to planned: keeps reason and dead letters, forgets the time spent",
      () => planned({ ...waiting, reason, spent: 9, result }, "n", "2026-11-25", now),
      {
        ...stored,
        token: "n",
        round: "2026-11-25",
        spent: 0,
        messageUntil: now + sendSeconds,
        deaths: 1,
        reason,
        result,
      },
    ],
    [
      "lease over to planned",
      () => planned(running, "n", "2026-11-25", now),
      { ...stored, token: "n", round: "2026-11-25", spent: 0, messageUntil: now + sendSeconds },
    ],
    ["planned to sent", () => sent(queued, now), { ...stored, messageUntil: now + messageSeconds }],
    [
      "queued to running",
      () => started({ ...queued, reason, spent: 9, result }, now + 30),
      { ...stored, messageUntil: now + 60, runUntil: now + 30, reason, spent: 9, result },
    ],
    [
      "running to running, after the lease of another worker",
      () => started(running, now + 99),
      { ...stored, messageUntil: now + 60, runUntil: now + 99 },
    ],
    [
      "waiting to running: the message was put back by hand",
      () => started(waiting, now + 30),
      { ...stored, deaths: 1, messageUntil: now + 30, runUntil: now + 30 },
    ],
    [
      "running to continued: another token, and the time spent so far",
      () => continued({ ...running, spent: 9 }, "n", now, 4),
      { ...stored, token: "n", spent: 13, messageUntil: now + sendSeconds },
    ],
    [
      "running to continued, the first time",
      () => continued(running, "n", now, 4),
      { ...stored, token: "n", spent: 4, messageUntil: now + sendSeconds },
    ],
    ["running to failed", () => failed(running, reason), { ...stored, messageUntil: now + 60, reason }],
    [
      "queued to dead letter",
      () => deadLettered({ ...queued, reason, spent: 9, result }, now),
      { ...stored, deaths: 1, nextTry: now + 3600, reason, spent: 9, result },
    ],
    [
      "running to dead letter: every worker died",
      () => deadLettered(running, now),
      { ...stored, deaths: 1, nextTry: now + 3600 },
    ],
    [
      "running to done: forgets reason, dead letters and the time spent",
      () => finished({ ...running, deadLetters: 2, reason, spent: 9 }, result, false),
      { ...stored, done: true, result: { rows: 7, seconds: 12 } },
    ],
    [
      "running to done, in one invocation",
      () => finished(running, result, false),
      { ...stored, done: true, result },
    ],
    [
      "running to done, with an event due",
      () => finished(running, result, true),
      { ...stored, done: true, result, eventDue: true },
    ],
    [
      "done again without a change: an earlier event stays due",
      () =>
        finished(started(planned(finished(running, result, true), "t", "2026-11-24", now), 0), result, false),
      { ...stored, token: "t", done: true, result, eventDue: true },
    ],
  ])("%s", (_name, change, record) => {
    const day = change();
    expect(serializePbxDay(day)).toEqual(record);
    expect(parsePbxDay(record)).toEqual(day);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 4],
    [4, 16],
    [5, 24],
    [50, 24],
  ])("after %i dead letters the next attempt is %i h after the next dead letter", (deadLetters, hours) =>
    expect(deadLettered({ ...queued, deadLetters }, now)).toMatchObject({
      deadLetters: deadLetters + 1,
      retryAt: now + hours * 3600,
    }),
  );

  it("a record of a version that stored no result is done", () =>
    expect(parsePbxDay({ ...stored, done: true })).toEqual({
      state: "done",
      token: "t",
      round: "2026-11-24",
    }));
});

describe("the status of a PBX day", () => {
  it.each<[name: string, day: PbxDay | undefined, status: DayStatus, code: string]>([
    ["without a record", undefined, "not planned", "NOT_PLANNED"],
    ["with a message", queued, "queued", "QUEUED"],
    ["with a worker", running, "running", "RUNNING"],
    ["with a worker and a message that is over", { ...running, messageUntil: now }, "running", "RUNNING"],
    ["with a worker, after a failure", { ...running, reason }, "running", "WMS_TIMEOUT"],
    ["whose worker died", { ...running, leaseUntil: now }, "queued", "QUEUED"],
    ["whose worker died after a failure", { ...running, leaseUntil: now, reason }, "failing", "WMS_TIMEOUT"],
    [
      "whose worker died and whose message is over",
      { ...running, leaseUntil: now, messageUntil: now },
      "waiting",
      "WAITING",
    ],
    ["that failed, with a message", { ...queued, reason }, "failing", "WMS_TIMEOUT"],
    ["whose message is over", { ...queued, messageUntil: now }, "waiting", "WAITING"],
    ["with a dead letter", { ...waiting, reason }, "waiting", "WMS_TIMEOUT"],
    ["with a dead letter and no reason", waiting, "waiting", "WAITING"],
    ["that may be retried now", { ...waiting, retryAt: 0 }, "waiting", "WAITING"],
    ["that is done", done, "done", "WAITING"],
  ])("%s", (_name, day, status, code) => {
    expect(statusOf(day, now)).toBe(status);
    expect(whyNotExported(day, now).code).toBe(code);
  });

  it.each<[DayStatus, boolean]>([
    ["not planned", false],
    ["queued", true],
    ["running", true],
    ["failing", true],
    ["waiting", false],
    ["done", false],
  ])("%s: somebody is at work: %s", (status, expected) => expect(isUnderWay(status)).toBe(expected));
});
