import { describe, expect, it } from "vitest";
import { policyOf } from "../../lib/callbacks/policy.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import { callingMilan } from "../support/milan.ts";

const minute = 60_000;
const policyWith = (callbacks: NonNullable<PbxSettings["callbacks"]>) => {
  const policy = policyOf({ ...callingMilan, callbacks });
  if (policy === undefined) throw new Error("callbacks are off");
  return policy;
};

describe("how a PBX calls back", () => {
  it("is not at all without the setting", () => {
    expect(policyOf(callingMilan)).toBeUndefined();
  });
  it("has a default for each setting", () => {
    const policy = policyWith({});
    expect(policy).toMatchObject({
      mode: "observe",
      attempts: 3,
      expireMs: 72 * 60 * minute,
      concurrent: 1,
      voicemail: "callback",
      countries: ["IT"],
    });
    expect((["busy", "no_answer", "failed"] as const).map(policy.retryMs)).toEqual([
      5 * minute,
      60 * minute,
      30 * minute,
    ]);
    expect(policy.target(undefined)).toBeUndefined();
  });
  it("is what the settings say", () => {
    const policy = policyWith({
      mode: "call",
      attempts: 5,
      expire_hours: 2,
      concurrent: 4,
      voicemail: "skip",
      countries: ["CH"],
      retry_minutes: { busy: 7 },
    });
    expect(policy).toMatchObject({
      mode: "call",
      attempts: 5,
      expireMs: 120 * minute,
      concurrent: 4,
      voicemail: "skip",
      countries: ["CH"],
    });
    expect(policy.retryMs("busy")).toBe(7 * minute);
    expect(policy.retryMs("failed")).toBe(30 * minute);
  });
  it("is read once from the same settings", () => {
    const settings: PbxSettings = { ...callingMilan, callbacks: {} };
    expect(policyOf(settings)).toBe(policyOf(settings));
    expect(policyOf({ ...settings })).not.toBe(policyOf(settings));
  });
});

describe("the extension that rings first, and the name of the queue", () => {
  const targets = { "*": "201", Sales: "202", "17": "203" };
  it.each([
    ["by its name, in small or capital letters", { name: "sALES" }, "202", "sales"],
    ["by its id", { id: "17", name: "Support" }, "203", "17"],
    ["by the first of `targets` that names it", { id: "17", name: "Sales" }, "203", "17"],
    ["by its name and not its id", { id: "1", name: "Sales" }, "202", "sales"],
    ["by `*` for another queue", { id: "9", name: "Billing" }, "201", "billing"],
    ["by `*` for a queue without a name", { id: "AB" }, "201", "ab"],
    ["by `*` for a queue whose id is `*`", { id: "*", name: "Billing" }, "201", "billing"],
    ["by `*` without a queue", undefined, "201", ""],
    ["by `*` for a queue of which nothing is known", {}, "201", ""],
  ])("is found %s", (_name, queue, target, key) => {
    const policy = policyWith({ targets });
    expect(policy.target(queue)).toBe(target);
    expect(policy.queueKey(queue)).toBe(key);
  });
  it("is none for a queue that no entry is for", () => {
    expect(policyWith({ targets: { Sales: "202" } }).target({ name: "Billing" })).toBeUndefined();
  });
});
