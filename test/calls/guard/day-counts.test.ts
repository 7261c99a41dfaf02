import { describe, expect, it } from "vitest";
import { callsToday, countOutcome } from "../../../lib/calls/guard/day-counts.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { fakeClock } from "../../support/scripted.ts";

describe("the counts of a day", () => {
  it("are of one PBX, one outcome and one day in UTC", async () => {
    const clock = fakeClock(Date.parse("2026-11-24T23:59:00Z"));
    const ports = { state: memoryState(clock), clock, log: silentLog };
    for (const outcome of ["placed", "placed", "refused", "unknown"] as const)
      await countOutcome(ports, "milan", outcome);
    await countOutcome(ports, "rome", "placed");
    expect(await callsToday(ports.state, "milan", clock.now())).toEqual({
      placed: 2,
      refused: 1,
      unknown: 1,
    });
    expect(await callsToday(ports.state, "rome", clock.now())).toEqual({ placed: 1, refused: 0, unknown: 0 });
    clock.at += 60_000;
    expect(await callsToday(ports.state, "milan", clock.now())).toEqual({
      placed: 0,
      refused: 0,
      unknown: 0,
    });
  });
  it("stop no call if they cannot be written", async () => {
    const clock = fakeClock();
    const warned: object[] = [];
    const state = { count: () => Promise.reject(new Error("no table")) };
    const log = {
      ...silentLog,
      warn: (message: string, fields = {}) => void warned.push({ message, ...fields }),
    };
    await countOutcome({ state, clock, log }, "milan", "placed");
    expect(warned).toMatchObject([
      {
        message: "a call is missing from the counts of `wildix status`",
        pbx: "milan",
        outcome: "placed",
        name: "Error",
      },
    ]);
  });
});
