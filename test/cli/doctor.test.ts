import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { doctorCommand } from "../../cli/commands/doctor.ts";
import type { Context } from "../../cli/context/context.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";

describe("wildix doctor names the cause", () => {
  it.each([
    ["clock", "clock-skew=600", {}],
    ["this pbx", "foreign-app", {}],
    ["rights", "forbidden", {}],
    ["version", "old-version", {}],
    ["is a pbx", "html", {}],
    ["tls", "self-signed", {}],
    ["connection", "connect-refused", {}],
    ["answers", "status=500", {}],
    ["answers", "status=503@CallHistory", {}],
    ["answers", "rate-limit", {}],
    ["answers", "error-with-200", {}],
    ["is a pbx", "redirect", {}],
    ["is a pbx", "empty-body", {}],
    ["is a pbx", "truncated-json", {}],
    ["clock", "clock-skew=-600", {}],
    ["connection", "reset-before-body", {}],
    ["app id", "", { WILDIX_APP_ID: "another" }],
    ["app name", "", { WILDIX_APP_NAME: "another" }],
    ["secret", "", { WILDIX_SECRET_KEY: "another-0123456789abcdef" }],
    ["dns", "", { WILDIX_HOST: "https://no-such-pbx.invalid" }],
  ])(
    "%s",
    async (name, fault, change) => {
      const { env } = await startPbx(fault === "" ? {} : { faults: [fault] });
      const { code, out } = await wildix(["doctor", "--json"], { ...env, ...change });
      const failed = (JSON.parse(out) as { name: string; ok: boolean; cure?: string }[]).filter(
        ({ ok }) => !ok,
      );
      expect([code, failed]).toMatchObject([1, [{ name, cure: expect.any(String) }]]);
    },
    30_000,
  );
  it("a port that answers without TLS", async () => {
    const { env } = await startPbx();
    const host = env["WILDIX_HOST"]?.replace("http:", "https:") ?? "";
    const { code, out } = await wildix(["doctor"], { ...env, WILDIX_HOST: host });
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/✗ tls .*answers, but not with TLS.*\n.*Fix: Check the port/),
    ]);
  });
  it.each([
    [{ "*": "101", Sales: "116" }, true, "callbacks ring 101, 116"],
    [{ sales: "101", "1": "101" }, true, "callbacks ring 101"],
    [{ "*": "101", Slaes: "101" }, true, "callbacks ring 101; the PBX has no queue Slaes"],
    [
      { Sales: "302" },
      false,
      /targets\.Sales.*must be the extension of a colleague; got 302, which no colleague/,
    ],
    [{ "*": "899" }, false, /targets\.\*.*got 899, which no colleague has/],
    [{ "*": "1" }, false, /targets\.\*.*got the queue Support \(1\)/],
  ])("targets of callbacks %j", async (targets, ok, detail) => {
    const { pbx } = await startPbx();
    const file = join(await newDirectory(), "pbxs.json");
    const settings = {
      country: "IT",
      timezone: "Europe/Rome",
      extension_pattern: "[0-9]{1,3}",
      callbacks: { targets },
    };
    const milan = { host: pbx.url, token: simulatorDefaults.token, settings };
    await writeFile(file, JSON.stringify({ pbxs: { milan } }));
    const { code, out } = await wildix(["doctor", "--pbxs", file, "--json"], {});
    const last = (JSON.parse(out) as object[]).at(-1);
    expect([code, last]).toMatchObject([
      ok ? 0 : 1,
      { name: "targets", ok, detail: typeof detail === "string" ? detail : expect.stringMatching(detail) },
    ]);
    const all = await wildix(["doctor", "--all", "--pbxs", file], {});
    expect([all.code, all.out]).toEqual([ok ? 0 : 1, expect.stringMatching(ok ? /✓ milan/ : detail)]);
  });
  it.each([
    ["callbacks", {}, "`settings.contexts` must name the context in which callbacks are dialled; got none."],
    [
      "callbacks",
      { contexts: ["users"] },
      "`settings.allowed_countries` must include IT, because its numbers are called back; got none.",
    ],
    [
      "callbacks",
      { contexts: ["users"], allowed_countries: ["IT"], callbacks: { targets: { "*": "118" } } },
      "`settings.callbacks.targets.*` must not reach an emergency line; got 118. Name another extension.",
    ],
    ["targets", { contexts: ["users"], allowed_countries: ["IT"] }, "callbacks ring 101"],
  ])("callbacks that every call is refused for: %s with %j", async (name, calls, detail) => {
    const { pbx } = await startPbx();
    const file = join(await newDirectory(), "pbxs.json");
    const settings = {
      country: "IT",
      timezone: "Europe/Rome",
      extension_pattern: "[0-9]{3}",
      callbacks: { mode: "call", targets: { "*": "101" } },
      ...calls,
    };
    const milan = { host: pbx.url, token: simulatorDefaults.token, settings };
    await writeFile(file, JSON.stringify({ pbxs: { milan } }));
    const { code, out } = await wildix(["doctor", "--pbxs", file, "--json"], {});
    const ok = name === "targets";
    expect([code, (JSON.parse(out) as object[]).at(-1)]).toEqual([
      ok ? 0 : 1,
      {
        name,
        ok,
        detail,
        ...(ok ? {} : { cure: "Change the setting. Until then, these callbacks are closed without a dial." }),
      },
    ]);
  });
  it("targets that cannot be asked for are not wrong", async () => {
    const { pbx } = await startPbx({ faults: ["status=403@Colleagues"] });
    const file = join(await newDirectory(), "pbxs.json");
    const settings = {
      country: "IT",
      timezone: "Europe/Rome",
      extension_pattern: "[0-9]{3}",
      callbacks: { targets: { "*": "899" } },
    };
    const milan = { host: pbx.url, token: simulatorDefaults.token, settings };
    await writeFile(file, JSON.stringify({ pbxs: { milan } }));
    const { code, out } = await wildix(["doctor", "--pbxs", file, "--json"], {});
    expect([code, (JSON.parse(out) as object[]).at(-1)]).toMatchObject([
      0,
      { name: "targets", ok: true, detail: expect.stringMatching(/not checked/) },
    ]);
  });
  it("of one PBX or of all, not both", async () => {
    const { code, err } = await wildix(["doctor", "--all", "--pbx", "milan"]);
    expect([code, err]).toEqual([2, "✗ Give `--pbx` or `--all`, not both. (USAGE)"]);
  });
  it("with a bar for all PBXs on a terminal, and stops at Ctrl-C", async () => {
    const { pbx } = await startPbx();
    const file = join(await newDirectory(), "pbxs.json");
    const good = { host: pbx.url, token: simulatorDefaults.token };
    await writeFile(file, JSON.stringify({ pbxs: { a: good, b: good } }));
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const stop = new AbortController();
    const out: string[] = [];
    const context: Context = {
      output: {
        out: (text) => out.push(text),
        err: () => {},
        colours: false,
        live: true,
        columns: 80,
        stream,
      },
      env: {},
      stdin: async () => "",
      clock: testClock,
      signal: stop.signal,
      inTypedNames: (error: unknown) => error,
    };
    expect(await doctorCommand(context, { all: true, pbxs: file })).toBe(0);
    expect(stripVTControlCharacters(String(stream.read()))).toMatch(/ 0\/2 PBXs/);
    stop.abort();
    await expect(doctorCommand(context, { all: true, pbxs: file })).rejects.toThrow("abort");
    expect(out).toHaveLength(2);
  });
  it("stops at Ctrl-C, and blames no connection", async () => {
    const { env } = await startPbx();
    const stop = new AbortController();
    const context: Context = {
      output: { out: () => {}, err: () => {}, colours: false, live: false },
      env,
      stdin: async () => "",
      clock: testClock,
      signal: stop.signal,
      inTypedNames: (error: unknown) => error,
    };
    const checked = doctorCommand(context, {});
    stop.abort();
    await expect(checked).rejects.toThrow("abort");
  });
  it("or that all is well, also for all of a file", async () => {
    const { env, pbx } = await startPbx();
    expect(await wildix(["doctor"], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining("Every check passed."),
    });
    const file = join(await newDirectory(), "pbxs.json");
    const good = { host: pbx.url, token: simulatorDefaults.token };
    await writeFile(
      file,
      JSON.stringify({ pbxs: { a: good, b: { ...good, token: "access_x" }, c: { host: "x" } } }),
    );
    const { code, out } = await wildix(["doctor", "--all", "--pbxs", file]);
    expect([code, out.split("\n").map((line) => line.slice(0, 3))]).toEqual([1, ["✓ a", "✗ b", "✗ c"]]);
    const json = await wildix(["doctor", "--all", "--json", "--pbxs", file]);
    expect([json.code, JSON.parse(json.out)]).toMatchObject([
      1,
      [
        { pbx: "a", ok: true },
        { pbx: "b", ok: false, name: "credentials", cure: expect.any(String) },
        { pbx: "c", ok: false, cure: expect.any(String) },
      ],
    ]);
  });
});
