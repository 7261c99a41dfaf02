import { describe, expect, it } from "vitest";
import { diagnose } from "../../lib/wms/diagnose.ts";
import type { Connection } from "../../lib/wms/types.ts";
import { connectionTo } from "../support/pbx.ts";
import { answer, fakeClock, lost, ok, refused, scripted } from "../support/scripted.ts";

const host = "https://pbx.example.com";
const version = (text = "7.08") => ok({ version: text });
const rows = (...records: object[]) => ok({ records, total: records.length });
const run = async (
  script: Parameters<typeof scripted>[0],
  connection: Connection = connectionTo(host),
  resolve: () => Promise<unknown> = async () => [],
) => {
  const { transport, rest } = scripted(script);
  const checks = await diagnose({ transport, clock: fakeClock(), resolve }, connection);
  expect(rest).toEqual([]);
  return checks;
};
const lastOf = async (...given: Parameters<typeof run>) => {
  const last = (await run(...given)).at(-1);
  return [last?.name, last?.ok, last?.detail];
};

describe("the checks of a PBX", () => {
  it("are in order and all good for a PBX that answers", async () => {
    const checks = await run([version(), rows()]);
    expect(checks.every(({ ok: good, cure }) => good && cure === undefined)).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      "host",
      "dns",
      "connection",
      "tls",
      "is a pbx",
      "clock",
      "app id",
      "rights",
      "version",
    ]);
  });
  it("end at a host that requests must not go to", async () =>
    expect(await lastOf([], connectionTo("http://pbx.example.com"))).toEqual([
      "host",
      false,
      expect.stringContaining("must use https"),
    ]));
  it("end at a name that is not known", async () =>
    expect(await lastOf([], connectionTo(host), () => Promise.reject(new Error("ENOTFOUND")))).toEqual([
      "dns",
      false,
      "the name pbx.example.com is not known",
    ]));
  it.each([
    ["ECONNREFUSED", "connection"],
    ["EPROTO", "tls"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ])("end at a connection that fails by %s", async (code, name) =>
    expect(await lastOf([lost("notSent", code)])).toEqual([name, false, expect.stringContaining(code)]),
  );
  it.each<[string, ReturnType<typeof answer>, string]>([
    ["a page", answer(200, "<html>"), "is a pbx"],
    ["429", answer(429, { type: "error" }), "answers"],
    ["500", answer(500, { type: "error", reason: "disk" }), "answers"],
    ["302", answer(302, { type: "x" }), "answers"],
    ["an error with 200", answer(200, { type: "error", reason: "no" }), "answers"],
  ])("end at %s", async (_name, first, name) =>
    expect(await lastOf([first])).toEqual([name, false, expect.any(String)]),
  );
  it.each<[string, ReturnType<typeof answer>, string]>([
    ["403", answer(403, { type: "error" }), "rights"],
    ["404", answer(404, { type: "error" }), "version"],
    ["500", answer(500, { type: "error" }), "answers"],
  ])("end at a history that answers %s", async (_name, history, name) =>
    expect(await lastOf([version(), history])).toEqual([name, false, expect.any(String)]),
  );
  it("end at a version without support for signed requests", async () =>
    expect(await lastOf([version("4.9"), rows()])).toEqual([
      "version",
      false,
      "WMS 4.9 is too old for this kind of credentials",
    ]));
  it.each([
    [5_000, true],
    [6_000, false],
    [-6_000, false],
  ])("a clock that is %i ms ahead: good %s", async (ms, good) => {
    const date: [string, string] = ["Date", new Date(fakeClock().at + ms).toUTCString()];
    const first = answer(200, { type: "result", result: { version: "7" } }, [date]);
    const checks = await run(good ? [first, rows()] : [first, version(), rows()]);
    expect(checks.filter(({ ok: passed }) => !passed).map(({ name }) => name)).toEqual(good ? [] : ["clock"]);
    expect(checks.at(-1)?.name).toBe("version");
  });
  it.each<[string, Parameters<typeof scripted>[0], string]>([
    ["an error", [answer(500, { type: "error" })], "answers"],
    ["a silent PBX", [lost("notSent", "ECONNREFUSED")], "connection"],
    ["refused credentials", [refused("belongs to another PBX")], "this pbx"],
    ["a missing right", [version(), answer(403, { type: "error" })], "rights"],
  ])("a clock that is wrong does not hide %s", async (_name, script, name) => {
    const date: [string, string] = ["Date", new Date(fakeClock().at + 60_000).toUTCString()];
    const expired = answer(401, { type: "error", reason: "expired" }, [date]);
    const failed = (await run([expired, ...script])).filter(({ ok: passed }) => !passed);
    expect(failed.map((each) => each.name)).toEqual(["clock", name]);
  });
});

describe("a 401", () => {
  it.each([
    ["Basic auth required", "version"],
    ["belongs to another PBX", "this pbx"],
  ])("with the reason %j is explained by it", async (reason, name) =>
    expect(await lastOf([refused(reason)])).toEqual([name, false, expect.stringContaining(reason)]),
  );
  it("of a key is not compared with other requests", async () =>
    expect(await lastOf([refused("no")], { host, auth: { kind: "api_key", api_key: "wsk-v1-x" } })).toEqual([
      "credentials",
      false,
      'the PBX refuses the key ("no")',
    ]));
  // the answers to a wrong app id, a wrong secret and a wrong app name
  it.each([
    ["no", ["no", "no", "no"], "app id"],
    ["bad hash", ["unknown", "bad hash", "bad name"], "secret"],
    ["bad name", ["unknown", "bad hash", "bad name"], "app name"],
    ["odd", ["a", "b", "c"], "credentials"],
    ["", ["", "", ""], "credentials"],
  ])("with the reason %j is compared with %j: %s", async (reason, others, name) => {
    const checks = await run([refused(reason), ...others.map((each) => refused(each))]);
    expect(checks.at(-1)).toMatchObject({ name, ok: false, cure: expect.any(String) });
  });
});
