import { afterEach, describe, expect, it, vi } from "vitest";
import { timeouts } from "../../cli/server/functions.ts";
import { ProductError } from "../../lib/errors.ts";
import { type Log, silentLog } from "../../lib/log.ts";
import { type CheckPorts, checkPbxs, type PbxHealth, reportHealth } from "../../lib/pbxs/check-pbxs.ts";
import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import { resolveName } from "../../lib/wms/diagnose.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../simulator/server.ts";

const open: Simulator[] = [];
afterEach(async () => {
  for (const pbx of open.splice(0)) await pbx.close();
});
const now = Date.parse("2026-11-24T10:00:00Z");

const start = async (...faults: string[]): Promise<string> => {
  const pbx = await startSimulator({ days: 2, calls: 2, now: () => now, faults });
  open.push(pbx);
  return pbx.url;
};
const s2s = (host: string): Record<string, unknown> => ({
  host,
  app_id: simulatorDefaults.appId,
  app_name: simulatorDefaults.appName,
  secret_key: simulatorDefaults.secret,
});
const registryOf = (secrets: Readonly<Record<string, unknown>>): PbxRegistry => ({
  list: async () =>
    Object.keys(secrets).map((id) => ({ id, timezone: undefined, exported: false, registeredAt: undefined })),
  readText: async (id) => JSON.stringify(secrets[id]),
});
const check = (secrets: Readonly<Record<string, unknown>>, more: Partial<CheckPorts> = {}) =>
  checkPbxs({
    registry: registryOf(secrets),
    transport: nodeTransport(),
    clock: { ...systemClock, now: () => now },
    resolve: resolveName,
    ...more,
  });

describe("the hourly check", () => {
  it("names what is wrong with each, in the registry's order", async () => {
    const healths = await check({
      well: s2s(await start()),
      silent: s2s(await start("connect-refused")),
      web: s2s(await start("html")),
      ahead: s2s(await start("clock-skew=3600")),
      aheadForeign: s2s(await start("clock-skew=-3600", "foreign-app")),
      foreign: s2s(await start("foreign-app")),
      forbidden: s2s(await start("forbidden")),
      unusable: { host: "https://pbx.example.com" },
    });
    expect(healths.map(({ pbx, problem }) => [pbx, problem?.check])).toEqual([
      ["well", undefined],
      ["silent", "connection"],
      ["web", "is a pbx"],
      ["ahead", "clock"],
      ["aheadForeign", "this pbx"],
      ["foreign", "this pbx"],
      ["forbidden", "rights"],
      ["unusable", "registration"],
    ]);
    for (const { problem } of healths.slice(1)) expect(problem?.cure).not.toBe("");
  });

  it.each([
    [
      { timezone: "Moon/Base" },
      "`timezone` must be an IANA time zone; until then, the call history is not exported",
    ],
    [{ timezone: "Europe/Rome", customer: "Acme Inc" }, "`customer` must be 1 to 63 lower-case letters"],
    [{ timezone: "Europe/Rome", customer: "acme" }, undefined],
    // nothing is exported
    [{ timezone: "Moon/Base", exported: false }, undefined],
  ])("finds that the planner cannot use %j", async (change, detail) => {
    const secrets = { milan: s2s(await start()) };
    const entry = { id: "milan", exported: true, registeredAt: undefined, ...change };
    const registry = { ...registryOf(secrets), list: async () => [entry] };
    const [health] = await check(secrets, { registry });
    expect(health?.problem?.detail).toEqual(
      detail === undefined ? undefined : expect.stringContaining(detail),
    );
    if (detail === undefined) return;
    expect(health?.problem?.check).toBe("registration");
    const field = detail.includes("customer") ? "customer" : "timezone";
    expect(health?.problem?.cure).toContain(
      `Set \`${field}\` of milan to a valid value: the tag wildix:${field}`,
    );
    // the secret was read
    expect(health?.daysLeft).toBeGreaterThan(0);
  });
  it("names a zone that the rows contradict, and those of the country that fit", async () => {
    const host = await start();
    const milan = { ...s2s(host), settings: { country: "IT" } };
    const registry: PbxRegistry = {
      list: async () =>
        [
          ["right", "Europe/Rome"],
          ["wrong", "America/New_York"],
          ["unusable", "Moon/Base"],
        ].map(([id = "", timezone]) => ({ id, timezone, exported: true, registeredAt: undefined })),
      readText: async () => JSON.stringify(milan),
    };
    const healths = await check({}, { registry });
    expect(healths.map(({ problem }) => problem?.check)).toEqual([undefined, "time zone", "registration"]);
    expect(healths[1]?.problem?.detail).toContain("America/New_York");
    expect(healths[1]?.problem?.cure).toContain("Zones that fit: Europe/Rome");
    const put: object[] = [];
    reportHealth({ log: silentLog, metrics: { put: (values) => put.push(values) } }, healths);
    expect(put).toEqual([expect.objectContaining({ pbxs_refusing: 1, pbxs_unreachable: 0 })]);
  });

  it.each([
    ["S2S ends on the reported day", {}, 157],
    ["what ends earlier counts", { expires_at: "2026-12-01T00:00:00Z" }, 6],
    ["what ended is behind us", { expires_at: "2026-11-23T00:00:00Z" }, -2],
  ])("days left: %s", async (_name, more, days) => {
    const [health] = await check({ milan: { ...s2s(await start()), ...more } });
    expect(health?.daysLeft).toBe(days);
    const own = Object.values(more)[0];
    expect(health?.ends).toEqual(
      own === undefined ? { day: "2027-05-01", from: "report" } : { day: own.slice(0, 10), from: "secret" },
    );
  });

  it("a simple token ends on the reported day too", async () => {
    const [health] = await check({ milan: { host: await start(), token: simulatorDefaults.token } });
    expect(health?.ends).toEqual({ day: "2027-05-01", from: "report" });
  });

  it("nobody knows when a key without a date ends", async () => {
    const host = await start();
    const [health] = await check({ milan: { host, api_key: simulatorDefaults.apiKey } });
    expect([health?.problem, health?.daysLeft]).toEqual([undefined, undefined]);
  });

  it("looks at a hundred at once, and at all", async () => {
    let [running, most] = [0, 0];
    const secrets = Object.fromEntries(
      Array.from({ length: 220 }, (_, n) => [`pbx-${n}`, s2s(`https://pbx-${n}.example.com`)]),
    );
    const healths = await check(secrets, {
      resolve: async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        throw new Error("unknown");
      },
    });
    expect([healths.length, most]).toEqual([220, 100]);
  });

  it("looks at 1,000 PBXs that do not answer in half of the function's time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const begin = { at: 0 };
      const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
      const secrets = Object.fromEntries(
        Array.from({ length: 1_000 }, (_, n) => [`pbx-${n}`, s2s(`https://pbx-${n}.example.com`)]),
      );
      const checked = check(secrets, {
        resolve: async () => [],
        transport: async ({ timeoutMs }) => {
          await wait(timeoutMs);
          return { kind: "notSent", cause: new Error("slow") };
        },
      });
      let done = false;
      void checked.finally(() => {
        done = true;
      });
      while (!done) {
        await vi.advanceTimersByTimeAsync(1_000);
        begin.at += 1_000;
      }
      expect(await checked).toHaveLength(1_000);
      expect(begin.at).toBeLessThanOrEqual(timeouts["check-pbxs"] / 2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("says which PBXs it did not reach before its time ran out", async () => {
    const secrets = { a: s2s("https://a.example.com"), b: s2s("https://b.example.com") };
    const late = await check(secrets, { timeLeft: () => 1_000 });
    expect(late).toEqual(
      ["a", "b"].map((pbx) => ({ pbx, problem: undefined, daysLeft: undefined, unchecked: true })),
    );
    const put: object[] = [];
    const warned: unknown[] = [];
    const log: Log = { ...silentLog, warn: (message, fields) => warned.push([message, fields?.["pbx"]]) };
    reportHealth({ log, metrics: { put: (values) => put.push(values) } }, late);
    expect(put).toEqual([expect.objectContaining({ pbxs_checked: 0 })]);
    expect(warned).toEqual([
      ["PBX not checked", "a"],
      ["PBX not checked", "b"],
    ]);
  });

  it("does not blame a PBX if the registry cannot be read", async () => {
    const registry: PbxRegistry = {
      ...registryOf({ a: {} }),
      readText: () => Promise.reject(new ProductError("REGISTRY_UNAVAILABLE", { detail: "throttled" })),
    };
    expect(await check({}, { registry })).toMatchObject([{ pbx: "a", unchecked: true }]);
  });

  it("what it did not foresee is thrown", async () => {
    const registry: PbxRegistry = {
      ...registryOf({ a: {} }),
      readText: async () => {
        throw new TypeError("odd");
      },
    };
    await expect(check({}, { registry })).rejects.toThrow("odd");
  });
});

describe("the report of the hourly check", () => {
  const health = (pbx: string, check?: string, daysLeft?: number): PbxHealth => ({
    pbx,
    daysLeft,
    problem:
      check === undefined ? undefined : { check: check as "dns", detail: `about ${check}`, cure: "do" },
  });
  it("counts for the fleet, and names the PBX in the log", () => {
    const lines: unknown[] = [];
    const log: Log = { ...silentLog, warn: (message, fields) => lines.push([message, fields?.["pbx"]]) };
    const metrics: unknown[] = [];
    reportHealth({ log, metrics: { put: (values) => void metrics.push(values) } }, [
      health("a", undefined, 157),
      health("b", "dns"),
      health("c", "tls"),
      health("d", "clock", 30),
      health("e", "secret", 31),
      health("f", "registration"),
    ]);
    expect(metrics).toEqual([
      { pbxs_checked: 6, pbxs_unreachable: 2, pbxs_clock_wrong: 1, pbxs_refusing: 2, pbxs_expiring: 1 },
    ]);
    expect(lines).toEqual([
      ["PBX failed a check", "b"],
      ["PBX failed a check", "c"],
      ["PBX failed a check", "d"],
      ["credentials end soon", "d"],
      ["PBX failed a check", "e"],
      ["PBX failed a check", "f"],
    ]);
  });
});
