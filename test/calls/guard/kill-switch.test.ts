import { describe, expect, it } from "vitest";
import { listStops, resumeCalls, stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { callsWith } from "../../support/calls.ts";
import { ok } from "../../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
const many = (count: number) => Array.from({ length: count }, () => ok());

describe("the kill switch", () => {
  it("stop calls through one PBX, or all, from the next call on", async () => {
    const { place, state, clock } = callsWith({ script: many(3) });
    await place(call, { key: "a" });
    expect(await stopCalls(state, clock, { pbx: "rome" })).toBe(true);
    await place(call, { key: "b" });
    expect(await stopCalls(state, clock, { pbx: "milan" })).toBe(true);
    await expect(place(call, { key: "c" })).rejects.toMatchObject({
      code: "CALLS_STOPPED",
      field: "pbx",
      sent: "no",
      doc: { status: 403 },
      message: "calls through milan have been stopped since 2023-11-14T22:13:20.000Z",
    });
    expect(await resumeCalls(state, { pbx: "milan" })).toBe(true);
    expect(await stopCalls(state, clock, "all")).toBe(true);
    await expect(place(call, { key: "c" })).rejects.toMatchObject({
      message: "all calls have been stopped since 2023-11-14T22:13:20.000Z",
    });
    expect(await resumeCalls(state, "all")).toBe(true);
    expect(await place(call, { key: "c" })).toMatchObject({ replayed: false });
  });
  it("say what stands, and whether anything changed", async () => {
    const { state, clock } = callsWith();
    expect(await resumeCalls(state, "all")).toBe(false);
    await stopCalls(state, clock, { pbx: "milan" });
    clock.at += 1_000;
    expect(await stopCalls(state, clock, { pbx: "milan" })).toBe(false);
    await stopCalls(state, clock, "all");
    expect(await listStops(state)).toEqual([
      { stops: "all", at: clock.at },
      { stops: { pbx: "milan" }, at: clock.at - 1_000 },
    ]);
    expect(await resumeCalls(state, { pbx: "rome" })).toBe(false);
    expect(await resumeCalls(state, { pbx: "milan" })).toBe(true);
    expect(await listStops(state)).toHaveLength(1);
  });
});
