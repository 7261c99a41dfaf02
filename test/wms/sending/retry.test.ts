import { describe, expect, it } from "vitest";
import { type WmsCode, WmsError, wmsErrors } from "../../../lib/wms/errors.ts";
import { type Attempt, retryAfterSeconds, retryDelay } from "../../../lib/wms/sending/retry.ts";

const passing: readonly WmsCode[] = [
  "WMS_UNREACHABLE",
  "WMS_TIMEOUT",
  "WMS_CONNECTION_LOST",
  "WMS_RATE_LIMITED",
  "WMS_SERVER_ERROR",
  "WMS_NOT_JSON",
  "WMS_ANSWER_TRUNCATED",
  "WMS_ANSWER_EMPTY",
];
const attempt = (change: Partial<Attempt> = {}): Attempt => ({
  repeatable: true,
  attempt: 1,
  maxAttempts: 4,
  error: new WmsError("WMS_SERVER_ERROR", { detail: "500" }),
  timeLeft: 60_000,
  budget: 10,
  ...change,
});
const longest = (change: Partial<Attempt>): number | undefined => retryDelay(attempt(change), () => 1);

describe("the wait before a request is repeated", () => {
  it.each(Object.keys(wmsErrors) as WmsCode[])("after %s exists only if the error can pass", (code) => {
    const error = new WmsError(code, { detail: "x" });
    expect(longest({ error }) !== undefined).toBe(passing.includes(code));
  });
  it.each<[string, Partial<Attempt>]>([
    ["a write", { repeatable: false }],
    ["the last attempt", { attempt: 4 }],
    ["a used-up budget", { budget: 0.9 }],
    ["a wait that ends at the deadline", { timeLeft: 200 }],
  ])("does not exist for %s", (_name, change) => expect(longest(change)).toBeUndefined());
  it("exists for the attempt before the last, the last of the budget and a wait before the deadline", () => {
    expect(longest({ attempt: 3 })).toBe(800);
    expect(longest({ budget: 1 })).toBe(200);
    expect(longest({ timeLeft: 201 })).toBe(200);
  });
  it.each([
    [1, 200],
    [2, 400],
    [5, 3_200],
    [6, 5_000],
    [20, 5_000],
  ])("after attempt %i is at most %i ms", (n, ms) =>
    expect(longest({ attempt: n, maxAttempts: 99 })).toBe(ms),
  );
  it("is random from zero on, and added to what the PBX asked for", () => {
    const error = new WmsError("WMS_RATE_LIMITED", { detail: "429", retryAfter: 3 });
    expect(retryDelay(attempt(), () => 0)).toBe(0);
    expect(retryDelay(attempt({ error }), () => 0)).toBe(3_000);
    expect(retryDelay(attempt({ error }), () => 0.5)).toBe(3_100);
  });
});

describe("Retry-After", () => {
  it.each([
    ["7", 0, 7],
    [" 7 ", 0, 7],
    [new Date(5_000).toUTCString(), 0, 5],
    [new Date(5_000).toUTCString(), 4_001, 1],
    [new Date(5_000).toUTCString(), 9_000, 0],
    ["soon", 0, undefined],
    [undefined, 0, undefined],
  ])("%s at %i: %s seconds", (header, now, seconds) => expect(retryAfterSeconds(header, now)).toBe(seconds));
});
