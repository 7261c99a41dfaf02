import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nested } from "../../cli/commands/request.ts";
import { main } from "../../cli/main.ts";
import {
  type Simulator,
  type SimulatorOptions,
  simulatorDefaults,
  startSimulator,
} from "../../simulator/server.ts";
import { vectors } from "../support/vectors.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const startPbx = async (
  options: SimulatorOptions = {},
): Promise<{ pbx: Simulator; env: Record<string, string> }> => {
  const pbx = await startSimulator({ days: 20, calls: 60, ringMs: 5, talkMs: 5, ...options });
  open.push(pbx.close);
  const { appId, appName, secret, zone } = simulatorDefaults;
  return {
    pbx,
    env: {
      WILDIX_HOST: pbx.url,
      WILDIX_APP_ID: appId,
      WILDIX_APP_NAME: appName,
      WILDIX_SECRET_KEY: secret,
      WILDIX_TIMEZONE: zone,
    },
  };
};
const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-cli-"));
  open.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
};

/** Runs the command in this process. */
const wildix = async (
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = "",
): Promise<{ code: number; out: string; err: string }> => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(args, {
    env,
    stdin: async () => stdin,
    signal: new AbortController().signal,
    output: { out: (text) => out.push(text), err: (text) => err.push(text), colours: false, live: false },
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
};

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

describe("wildix sign", () => {
  const specs = vectors.map(({ config, method, endpoint, params, body, headers }) => ({
    config,
    method,
    endpoint,
    params,
    body,
    headers,
  }));
  it("answers an array by an array, and a refused item by an error in its place", async () => {
    const at = String(vectors[0]?.iat);
    const { code, out } = await wildix(["sign", "-", "--at", at], {}, JSON.stringify(specs));
    const answers = JSON.parse(out) as { canonical?: string; error?: { code: string; cure: string } }[];
    expect([code, answers.length]).toEqual([0, specs.length]);
    for (const [n, vector] of vectors.entries()) {
      if (vector.server?.verifies !== true || vector.phpTypes || vector.phpVersionSensitive) continue;
      expect(answers[n]?.canonical, vector.name).toBe(vector.expect?.canonical);
    }
    expect(
      answers.filter(({ error }) => error !== undefined).every(({ error }) => error?.code.startsWith("WMS_")),
    ).toBe(true);
  });
  it("prints what would travel", async () => {
    const { code, out } = await wildix(["sign", JSON.stringify(specs[0]), "--at", "1697700000"]);
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(out))).toEqual([
      "method",
      "url",
      "target",
      "headers",
      "body",
      "canonical",
      "claims",
    ]);
  });
  it("exits 1 with a JSON error on standard error for what is refused", async () => {
    const { code, out, err } = await wildix(["sign", JSON.stringify({ ...specs[0], params: { "a.b": 1 } })]);
    expect([code, out]).toEqual([1, ""]);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "WMS_PARAM_INVALID", field: "params.a.b" } });
  });
  it("takes credentials of the environment where the request has none", async () => {
    const { env } = await startPbx();
    expect((await wildix(["sign", '{"endpoint":"/api/v1/PBX/ping/"}'], env)).out).toContain(
      `"iss": "${simulatorDefaults.appName}"`,
    );
  });
  it.each([
    [["sign", "{x"]],
    [["sign", "nofile.json"]],
    [["sign", "{}", "--at", "noon"]],
    [["sign"]],
    [["sing", "{}"]],
    [["sign", "{}", "--att", "1"]],
  ])("%j is wrong usage", async (args) => {
    expect((await wildix(args)).code).toBe(2);
  });
});

describe("wildix request", () => {
  it("sends thousands of a list, in order, each answered", async () => {
    const { pbx } = await startPbx();
    const config = {
      host: pbx.url,
      app_id: simulatorDefaults.appId,
      app_name: simulatorDefaults.appName,
      secret_key: simulatorDefaults.secret,
    };
    const specs = Array.from({ length: 2_000 }, (_, n) => ({
      config,
      method: "GET",
      endpoint: `api/v1/PBX/settings/CallQueues/${(n % 4) + 1}/`,
      params: n % 100 === 99 ? { "a b": 1 } : {},
    }));
    const { code, out } = await wildix(["request", "--spec", "-"], {}, JSON.stringify(specs));
    const answers = JSON.parse(out) as { status?: number; error?: { code: string } }[];
    expect(code).toBe(0);
    expect(answers.map(({ status, error }) => status ?? error?.code)).toEqual(
      specs.map((_, n) => (n % 100 === 99 ? "WMS_PARAM_INVALID" : n % 4 === 3 ? 404 : 200)),
    );
  });
  it("sends one from the line, with nested parameters", async () => {
    const { pbx, env } = await startPbx();
    const day = daysAgo(2);
    const { code, out } = await wildix(
      [
        "request",
        "get",
        "/api/v1/PBX/CallHistory/",
        "--param",
        `filter[start][from]=${day} 00:00:00`,
        "--param",
        "fields=id,start",
        "--param",
        "count=2",
      ],
      env,
    );
    expect([code, JSON.parse(out)]).toMatchObject([0, { status: 200, body: { type: "result" } }]);
    expect(pbx.seen.at(-1)?.auth).toBe("s2s");
    expect(nested(["a[b][]=1", "a[b][]=2", "c=x=y"], "=")).toEqual({
      a: { b: { 0: "1", 1: "2" } },
      c: "x=y",
    });
  });
  it("a wrong secret is a 401 as the PBX gives it, and exit code 1", async () => {
    const { env } = await startPbx();
    const { code, out } = await wildix(["request", "GET", "/api/v1/PBX/ping/"], {
      ...env,
      WILDIX_SECRET_KEY: "wrong",
    });
    expect([code, JSON.parse(out)]).toMatchObject([1, { status: 401 }]);
  });
});

describe("the four jobs", () => {
  it("queues, sound, originate, history", async () => {
    const { pbx, env } = await startPbx();
    expect((await wildix(["queues"], env)).out).toContain("Büro & Empfang");
    expect((await wildix(["queues", "2", "--json"], env)).out).toContain("Sales");
    expect((await wildix(["queues", "77"], env)).code).toBe(1);
    const out = await newDirectory();
    const sound = [
      "sound",
      "--filename",
      "testfromAPI",
      "--text",
      "this is a test from Sounds API",
      "--voice",
      "Kimberly",
      "--out",
      out,
    ];
    expect((await wildix(sound, env)).out).toContain("was made");
    expect((await wildix(sound, env)).out).toContain("stands there already");
    expect(
      (await wildix(["originate", "--extension", "108", "--to", "16144841500", "--dry-run"], env)).out,
    ).toContain("Local/108@users");
    expect(pbx.pbx.phones.calls).toHaveLength(0);
    expect(
      (
        await wildix(
          [
            "originate",
            "--channel",
            "Local/108@users",
            "--context",
            "users",
            "--exten",
            "16144841500",
            "--callerid",
            '"Announcer" <16144841500>',
          ],
          env,
        )
      ).code,
    ).toBe(0);
    expect(pbx.pbx.phones.calls).toHaveLength(1);
    const history = await wildix(
      ["history", "--from", daysAgo(3), "--to", daysAgo(2), "--limit", "5", "--json"],
      env,
    );
    expect(JSON.parse(history.out)).toHaveLength(5);
    expect(
      (await wildix(["history", "--from", daysAgo(3), "--to", daysAgo(3), "--fields", "id,start"], env)).out,
    ).toContain("start");
    expect((await wildix(["invoke", "call-queues", "--out", out], env)).out).toContain("Support");
  });
});

describe("wildix export", () => {
  const range = ["--from", daysAgo(9), "--to", daysAgo(3)];
  it.each([[[]], [["id-filter-ignored"]], [["sort-ignored"]], [["exclusive-ends"]], [["row-cap=30"]]])(
    "seven days with %j: manifests that match, and how it paged",
    async (faults) => {
      const { pbx, env } = await startPbx({ faults });
      const out = await newDirectory();
      const { code, out: text } = await wildix(["export", ...range, "--out", out], env);
      expect([code, text.match(/paged by (id|offset)/g)?.length]).toEqual([0, 7]);
      for (const { day, rows } of pbx.pbx.history
        .days()
        .filter(({ day: each }) => each >= daysAgo(9) && each <= daysAgo(3))) {
        expect(
          JSON.parse(await readFile(join(out, `manifests/dt=${day}/default.json`), "utf8")),
        ).toMatchObject({ rows });
      }
      expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
      const again = await wildix(["export", ...range, "--out", out], env);
      expect(again.out.match(/stood already/g)).toHaveLength(7);
    },
  );
  it.each([
    ["start-filter-ignored", "WMS_FILTER_IGNORED"],
    ["empty-body", "WMS_ANSWER_EMPTY"],
    ["connect-refused", "WMS_UNREACHABLE"],
  ])(
    "%s: exit code 1 and no manifest",
    async (fault, code) => {
      const { env } = await startPbx({ faults: [fault] });
      const out = await newDirectory();
      const told = await wildix(["export", ...range, "--out", out, "--json"], env);
      expect([told.code, JSON.parse(told.err)]).toMatchObject([1, { error: { code } }]);
      expect(await readdir(out)).toEqual([".wildix-tmp"]);
    },
    60_000,
  );
  it("Ctrl-C in the middle: exit code 1, no half file, and what was done stays", async () => {
    const { env } = await startPbx({ faults: ["slow=40"] });
    const out = await newDirectory();
    const child = spawn(
      process.execPath,
      [new URL("../../cli/bin.mjs", import.meta.url).pathname, "export", ...range, "--out", out],
      { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += String(chunk);
    });
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(err).toMatch(/given up|stopped|aborted/);
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
    expect(await readdir(join(out, ".wildix-tmp"))).toEqual([]);
  });
  it("verify finds what is wrong, and that there is nothing", async () => {
    const { env } = await startPbx();
    const out = await newDirectory();
    await wildix(["export", "--from", daysAgo(3), "--to", daysAgo(3), "--out", out], env);
    await writeFile(join(out, `calls/dt=${daysAgo(3)}/pbx=default/part-00002.ndjson.gz`), "x");
    const { code, out: text } = await wildix(["verify", out]);
    expect([code, text]).toEqual([1, expect.stringContaining("part too many")]);
    expect((await wildix(["verify", await newDirectory()])).code).toBe(2);
  });
});

describe("wildix doctor names the cause", () => {
  it.each([
    ["clock", "clock-skew=600", {}],
    ["this pbx", "foreign-app", {}],
    ["rights", "forbidden", {}],
    ["version", "old-version", {}],
    ["is a pbx", "html", {}],
    ["tls", "self-signed", {}],
    ["connection", "connect-refused", {}],
    ["app id", "", { WILDIX_APP_ID: "another" }],
    ["app name", "", { WILDIX_APP_NAME: "another" }],
    ["secret", "", { WILDIX_SECRET_KEY: "another-0123456789abcdef" }],
    ["dns", "", { WILDIX_HOST: "https://no-such-pbx.invalid" }],
  ])(
    "%s",
    async (name, fault, change) => {
      const { env } = await startPbx(fault === "" ? {} : { faults: [fault] });
      const { code, out } = await wildix(["doctor", "--json"], { ...env, ...change });
      const last = (JSON.parse(out) as { name: string; ok: boolean; cure?: string }[]).at(-1);
      expect([code, last]).toMatchObject([1, { name, ok: false, cure: expect.any(String) }]);
    },
    30_000,
  );
  it("or that all is well, also for all of a file", async () => {
    const { env, pbx } = await startPbx();
    expect(await wildix(["doctor"], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining("All is well."),
    });
    const file = join(await newDirectory(), "pbxs.json");
    const good = { host: pbx.url, token: simulatorDefaults.token };
    await writeFile(
      file,
      JSON.stringify({ pbxs: { a: good, b: { ...good, token: "access_x" }, c: { host: "x" } } }),
    );
    const { code, out } = await wildix(["doctor", "--all", "--pbxs", file]);
    expect([code, out.split("\n").map((line) => line.slice(0, 3))]).toEqual([1, ["✓ a", "✗ b", "✗ c"]]);
  });
});

describe("bad input gets a clear message and its exit code", () => {
  it.each<[string, string[], Record<string, string>, number, string]>([
    ["no credentials", ["queues"], {}, 1, "host is missing"],
    [
      "half of the credentials",
      ["queues"],
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_ID: "a" },
      1,
      "lacks app_name",
    ],
    [
      "a bad day",
      ["export", "--from", "2026-13-01", "--to", "2026-13-02", "--out", "/tmp/x"],
      {},
      1,
      "no calendar has",
    ],
    [
      "a day in another form",
      ["export", "--from", "01/11/2026", "--to", "2026-11-02", "--out", "/tmp/x"],
      {},
      1,
      "YYYY-MM-DD",
    ],
    [
      "from after to",
      ["export", "--from", "2026-11-02", "--to", "2026-11-01", "--out", "/tmp/x"],
      {},
      1,
      "Swap them",
    ],
    [
      "http to a PBX that is not here",
      ["doctor"],
      { WILDIX_HOST: "http://pbx.example.com", WILDIX_TOKEN: "access_x" },
      1,
      "Use https",
    ],
    ["no --out", ["export", "--from", "2026-11-02", "--to", "2026-11-01"], {}, 2, "--out"],
    ["an unknown command", ["exprot"], {}, 2, "Did you mean export"],
    ["an unknown fault", ["pbx", "--fault", "slw"], {}, 2, 'no fault is called "slw"'],
    ["an unknown function", ["invoke", "orginate"], {}, 2, "no function is called"],
    ["no file of PBXs", ["queues", "--pbxs", "/nowhere.json"], {}, 1, "cannot be read"],
  ])("%s", async (_name, args, env, code, words) => {
    const told = await wildix(args, env);
    expect(told.code).toBe(code);
    expect(told.err).toContain(words);
  });
  it("an unknown PBX, an unknown key of a file, a zone that is none, a directory that is a file", async () => {
    const { env, pbx } = await startPbx();
    const directory = await newDirectory();
    const file = join(directory, "pbxs.json");
    const token = simulatorDefaults.token;
    await writeFile(
      file,
      JSON.stringify({
        pbxs: {
          a: { host: pbx.url, token },
          b: { host: pbx.url, tokn: token },
          c: { host: pbx.url, token, timezone: "CET+1" },
        },
      }),
    );
    expect((await wildix(["queues", "--pbxs", file])).err).toContain("name one with --pbx: a, b, c");
    expect((await wildix(["queues", "--pbxs", file, "--pbx", "d"])).err).toContain('no PBX is called "d"');
    expect((await wildix(["queues", "--pbxs", file, "--pbx", "b"])).err).toContain("Did you mean token?");
    const day = ["--from", daysAgo(3), "--to", daysAgo(3)];
    expect(
      (await wildix(["export", ...day, "--pbxs", file, "--pbx", "c", "--out", directory])).err,
    ).toContain("Europe/Rome");
    expect((await wildix(["export", ...day, "--out", file], env)).err).toContain(
      "a file stands where a directory is needed",
    );
  });
  it("help has examples for every command", async () => {
    const { code, out } = await wildix(["--help"]);
    expect(code).toBe(0);
    for (const name of [
      "sign",
      "request",
      "originate",
      "queues",
      "history",
      "export",
      "verify",
      "sound",
      "doctor",
      "pbx",
      "invoke",
    ]) {
      expect(out).toContain(`  ${name}`);
      expect((await wildix([name, "--help"])).out).toContain(`$ wildix ${name}`);
    }
  });
});

describe("wildix pbx", () => {
  it("serves until it is stopped", async () => {
    const child = spawn(
      process.execPath,
      [new URL("../../cli/bin.mjs", import.meta.url).pathname, "pbx", "--port", "0", "--calls", "5"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [text] = (await once(child.stdout, "data")) as [Buffer];
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(text))?.[0] ?? "";
    const page = await (await fetch(`${url}/`)).text();
    expect(page).toContain("PBX simulator");
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
  });
});
