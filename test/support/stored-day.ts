import type { StoredDay } from "../../lib/history/days/pbx-day.ts";

/** The record of a PBX day that is exported. */
export const storedDay = (change: Partial<StoredDay> = {}): StoredDay => ({
  token: "t",
  round: "2026-11-24",
  done: true,
  messageUntil: 0,
  runUntil: 0,
  deaths: 0,
  nextTry: 0,
  ...change,
});
