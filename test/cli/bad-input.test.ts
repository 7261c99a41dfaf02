import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";

describe("a number of an option", () => {
  const originate = ["originate", "--extension", "108", "--to", "109", "--dry-run"];
  const exported = ["export", "--from", daysAgo(3), "--to", daysAgo(3), "--out", "/tmp/x"];
  const history = ["history", "--from", daysAgo(3), "--to", daysAgo(3)];
  const backfill = ["backfill", "--from", daysAgo(3), "--to", daysAgo(3)];
  const key = ["key", "create", "--label", "x", "--scope", "queues:read", "--all-pbxs"];
  it.each<[string, string[], string]>([
    ["--ring-seconds", originate, "seconds as a number, for example 25"],
    ["--rows-per-part", exported, "a whole number above 0, of up to 9 digits"],
    ["--limit", history, "a whole number above 0, of up to 9 digits"],
    ["--days", ["status"], "a whole number above 0, of up to 6 digits"],
    ["--days", ["redrive", "--stage", "prod"], "a whole number above 0, of up to 6 digits"],
    ["--at-once", [...backfill, "--stage", "prod"], "a whole number above 0, of up to 6 digits"],
    ["--per-day", key, "a whole number above 0, of up to 9 digits"],
    ["--port", ["serve"], "a port from 0 to 65535"],
    ["--port", ["pbx"], "a port from 0 to 65535"],
    ["--seed", ["pbx"], "a whole number of up to 9 digits"],
    ["--keep-hours", ["key", "rotate", "x"], "a number from 0 to 720"],
  ])("%s is read from digits only, in %j", async (option, args, words) => {
    const { env } = await startPbx();
    for (const text of ["1e1", "0x10", " 16", "", "\u0661\u0666", "16 "])
      expect(await wildix([...args, `${option}=${text}`], env), text).toMatchObject({
        code: 2,
        err: expect.stringContaining(`\`${option}\` must be ${words}; got ${text || "an empty string"}`),
      });
  });
});

it("verify names the options that leave every day out", async () => {
  const { env } = await startPbx();
  const out = await newDirectory();
  const day = daysAgo(3);
  await wildix(["export", "--from", day, "--to", day, "--out", out], env);
  expect(await wildix(["verify", out, "--pbx", "milna", "--from", day])).toMatchObject({
    code: 2,
    err: expect.stringContaining(
      `There is no export in ${out} for \`--pbx milna\`, \`--from ${day}\`. Check these options.`,
    ),
  });
});

it("verify suggests a PBX of the export", async () => {
  const { env } = await startPbx();
  const out = await newDirectory();
  await wildix(["export", "--from", daysAgo(3), "--to", daysAgo(3), "--out", out], env);
  expect(await wildix(["verify", out, "--pbx", "defualt"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("Did you mean `--pbx default`?"),
  });
});

describe("the name of a key and its extensions", () => {
  const create = ["key", "create", "--scope", "calls:create", "--all-pbxs"];
  it.each(["", " ", "a\u202eb", "a\u001b[31m", "a\nb", "x".repeat(101)])(
    "the label %j is refused",
    async (label) =>
      expect(await wildix([...create, "--all-extensions", "--label", label])).toMatchObject({
        code: 2,
        err: expect.stringContaining("`--label` must be 1 to 100 visible characters."),
      }),
  );
  it.each(["\uff11\uff10\uff18", "+39333123", "108 ", "1*", "12345678901"])(
    "the extension %j is refused",
    async (extension) =>
      expect(await wildix([...create, "--label", "x", "--extension", extension])).toMatchObject({
        code: 2,
        err: expect.stringContaining("`--extension` must be 1 to 10 digits, for example 108; got "),
      }),
  );
});

describe("bad input gets a clear message and its exit code", () => {
  it.each<[string, string[], Record<string, string>, number, string]>([
    [
      "nothing set",
      ["queues"],
      {},
      1,
      "`WILDIX_HOST` must be set, with WILDIX_APP_ID, WILDIX_APP_NAME and WILDIX_SECRET_KEY, or WILDIX_API_KEY",
    ],
    ["no host", ["doctor"], { WILDIX_TOKEN: "access_x" }, 1, "`WILDIX_HOST` must be set"],
    [
      "no credentials",
      ["queues"],
      { WILDIX_HOST: "https://pbx.example.com" },
      1,
      "`WILDIX_APP_ID` must be set: the credentials of the PBX are WILDIX_APP_ID",
    ],
    [
      "half of the credentials",
      ["queues"],
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_ID: "a" },
      1,
      "`WILDIX_APP_NAME`, `WILDIX_SECRET_KEY` must be set",
    ],
    [
      "two kinds of credentials",
      ["queues"],
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_API_KEY: "wsk-v1-x", WILDIX_TOKEN: "access_x" },
      1,
      "Keep one",
    ],
    [
      "a host without a scheme",
      ["queues"],
      { WILDIX_HOST: "pbx.example.com", WILDIX_TOKEN: "access_x" },
      1,
      "`WILDIX_HOST` must begin with https://",
    ],
    [
      "a bad day",
      ["export", "--from", "2026-13-01", "--to", "2026-13-02", "--out", "/tmp/x"],
      {},
      2,
      "`--from` must be a day of the calendar; got 2026-13-01.",
    ],
    [
      "a directory without a name, as a variable that is not set gives it",
      ["export", "--from", "2026-11-01", "--to", "2026-11-02", "--out", ""],
      {},
      2,
      "'--out <directory>' argument '' is invalid",
    ],
    ["an export without a name", ["verify", ""], {}, 2, "invalid for argument 'place'"],
    [
      "a day in another form",
      ["export", "--from", "01/11/2026", "--to", "2026-11-02", "--out", "/tmp/x"],
      {},
      2,
      "`--from` must be a day such as 2026-11-01; got 01/11/2026.",
    ],
    [
      "from after to",
      ["export", "--from", "2026-11-02", "--to", "2026-11-01", "--out", "/tmp/x"],
      {},
      2,
      "Swap them",
    ],
    [
      "http to a PBX that is not here",
      ["doctor"],
      { WILDIX_HOST: "http://pbx.example.com", WILDIX_TOKEN: "access_x" },
      1,
      "must use https",
    ],
    ["no --out", ["export", "--from", "2026-11-02", "--to", "2026-11-01"], {}, 2, "--out"],
    ["an unknown command", ["exprot"], {}, 2, "Did you mean export"],
    ["an unknown option", ["queues", "--jsn"], {}, 2, "Did you mean --json"],
    ["no subcommand", [], {}, 2, "Usage: wildix"],
    ["a method that is none", ["request", "FETCH", "/x"], {}, 2, "GET, POST, PUT, DELETE"],
    ["an unknown fault", ["pbx", "--fault", "slw"], {}, 2, 'no fault is called "slw"'],
    [
      "a fault's value that is no number",
      ["pbx", "--fault", "slow=x"],
      {},
      2,
      "takes a whole number from 0 (milliseconds)",
    ],
    ["a fault's value out of bounds", ["pbx", "--fault", "status=99"], {}, 2, "from 400 to 599"],
    ["a fault without a value that gets one", ["pbx", "--fault", "html=1"], {}, 2, "takes no value"],
    [
      "a zone that is none",
      ["pbx", "--timezone", "Mars/Base"],
      {},
      2,
      "`--timezone` must be an IANA time zone",
    ],
    ["an offset as a zone", ["pbx", "--timezone", "+01:00"], {}, 2, "got +01:00."],
    ["an abbreviation as a zone", ["pbx", "--timezone", "EST"], {}, 2, "got EST."],
    ["a port that is none", ["pbx", "--port", "99999"], {}, 2, "0 to 65535"],
    [
      "an unknown function",
      ["invoke", "orginate"],
      {},
      2,
      "The function must be one of originate, create-sound",
    ],
    ["no file of PBXs", ["queues", "--pbxs", "/nowhere.json"], {}, 1, "cannot be read"],
  ])("%s", async (_name, args, env, code, words) => {
    const told = await wildix(args, env);
    expect(told.code).toBe(code);
    expect(told.err).toContain(words);
  });
  it("an error names the variable or the option that was typed, and no general line follows", async () => {
    const host = await wildix(["queues"], { WILDIX_HOST: "pbx.example.com", WILDIX_TOKEN: "access_x" });
    expect(host.err.split("\n")).toEqual([
      expect.stringMatching(/^✗ `WILDIX_HOST` must begin with https:\/\/; got "pbx\.example\.com"/),
    ]);
    const own = { WILDIX_HOST: "https://pbx.example.com", WILDIX_TOKEN: "access_x" };
    const settings = await wildix(["queues"], { ...own, WILDIX_SETTINGS: '{"contry":"IT"}' });
    expect(settings.err).toMatch(/^✗ `WILDIX_SETTINGS`.*Did you mean .*country.*\? \(PBX_SECRET_INVALID\)$/);
    const zone = ["history", "--from", "yesterday", "--to", "today"];
    expect((await wildix(zone, { ...own, WILDIX_TIMEZONE: "EST" })).err).toMatch(
      /^✗ `WILDIX_TIMEZONE` must be an IANA time zone .*got EST\. \(INPUT_INVALID\)$/,
    );
    const day = ["--from", "2026-11-02", "--to", "2026-13-01"];
    const wrong = await wildix(["export", ...day, "--out", "x", "--json"]);
    expect(JSON.parse(wrong.err)).toMatchObject({ error: { message: expect.stringContaining("`--to`") } });
    expect((await wildix(["export", ...day, "--out", "x"])).err.split("\n")).toHaveLength(1);
  });
  it.each([
    [
      "two kinds of credentials",
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_API_KEY: "wsk-v1-x", WILDIX_TOKEN: "y" },
      "`WILDIX_API_KEY`, `WILDIX_TOKEN` must not be set together, because a PBX has one kind of credentials. Keep one kind.",
    ],
    [
      "a host in quotation marks",
      { WILDIX_HOST: "\u201chttp://127.0.0.1:1\u201d", WILDIX_TOKEN: "y" },
      "`WILDIX_HOST` must not have quotation marks; got \u201chttp://127.0.0.1:1\u201d. Write http://127.0.0.1:1.",
    ],
    [
      "an address with a path",
      { WILDIX_HOST: "https://192.168.100.200/x", WILDIX_TOKEN: "y" },
      '`WILDIX_HOST` must not have a path, query or fragment; got "https://192.168.100.200/x". Write https://192.168.100.200.',
    ],
    [
      "an address of a cloud",
      { WILDIX_HOST: "https://169.254.169.254", WILDIX_TOKEN: "y" },
      'got "https://169.254.169.254". Write the PBX\'s own name.',
    ],
    [
      "a setting beyond its bounds",
      { WILDIX_HOST: "http://127.0.0.1:1", WILDIX_TOKEN: "y", WILDIX_SETTINGS: '{"caps":{"per_day":-1}}' },
      "must be a whole number from 0 to 1 million",
    ],
  ])("%s: one line names the variable, the value and the fix", async (_name, env, words) => {
    const { code, err } = await wildix(["queues"], env);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    expect(err.split("\n")).toHaveLength(1);
  });
  it.each([
    ["WILDIX_LOOKBACK_DAYS", "three", 'must be a whole number from 0 to 3650; got "three".'],
    ["WILDIX_START_DATE", "01.11.2026", 'must be a day such as 2026-11-01; got "01.11.2026".'],
    ["WILDIX_START_DATE", "2026-02-31", 'must be a day of the calendar; got "2026-02-31".'],
  ])("the variable %s is %s: no general line follows", async (name, value, words) => {
    const { env } = await startPbx();
    const out = await newDirectory();
    expect((await wildix(["status", "--out", out], { ...env, [name]: value })).err).toBe(
      `✗ \`${name}\` ${words} (CONFIG_INVALID)`,
    );
  });
  it("a number behind the wrong option is masked, as JSON too", async () => {
    const given = "+393331234567";
    for (const args of [
      ["callback", "add", "--to", "108", "--at", given],
      ["history", "--from", "yesterday", "--to", given],
      ["history", "--from", "yesterday", "--to", "today", "--limit", given],
      ["history", "--from", "yesterday", "--to", "today", "--columns", given],
      ["originate", "--extension", "108", "--to", "109", "--ring-seconds", given],
      ["key", "create", "--label", "x", "--scope", "queues:read", "--all-pbxs", "--per-day", given],
      ["key", "create", "--label", "x", "--scope", given, "--all-pbxs"],
    ])
      for (const more of [[], ["--json"]]) {
        const { code, err } = await wildix([...args, ...more]);
        expect([code, err]).toEqual([2, expect.stringContaining("got …67")]);
      }
  });
  it("an empty value is called so", async () => {
    for (const [option, args] of [
      ["--from", ["history", "--to", "today"]],
      ["--columns", ["history", "--from", "yesterday", "--to", "today"]],
      ["--at", ["callback", "add", "--to", "108"]],
      ["--expires", ["key", "create", "--label", "x", "--scope", "queues:read", "--all-pbxs"]],
    ] as const)
      expect((await wildix([...args, option, ""])).err).toMatch(
        new RegExp(`\`${option}\` must be .*; got an empty string\\.`),
      );
  });
  it("an emergency number is not to be allowed in the settings", async () => {
    const { env } = await startPbx();
    const out = await newDirectory();
    const args = ["originate", "--extension", "108", "--to", "911", "--out", out];
    expect((await wildix(args, env)).err).toBe(
      "✗ `--to` must not be an emergency number; got one. Dial it on a phone. (CALL_FORBIDDEN)",
    );
  });
  it("a directory or a file that cannot be used is named with its option", async () => {
    const { env } = await startPbx();
    const file = join(await newDirectory(), "x.json");
    await writeFile(file, "{}");
    const call = ["originate", "--extension", "108", "--to", "+16144841500", "--out", file];
    expect((await wildix(call, env)).err).toBe(
      `✗ \`--out\` ${file} cannot be written: a file has the name of a directory that is needed. Give another directory. (STORE_UNAVAILABLE)`,
    );
    const keys = join(file, "k.json");
    expect((await wildix(["key", "list", "--keys", keys])).err).toBe(
      `✗ \`--keys\` ${keys} cannot be read or written (ENOTDIR). Check the path and the permissions of this user. (KEYS_UNAVAILABLE)`,
    );
  });
  it("--json gives wrong usage as JSON too", async () => {
    for (const args of [["queues", "--jsn"], ["exprot"], ["export", "--from", "2026-11-01"], ["stop"]]) {
      const { code, out, err } = await wildix([...args, "--json"]);
      expect([code, out, JSON.parse(err)]).toEqual([
        2,
        "",
        { error: expect.objectContaining({ code: "USAGE", message: expect.any(String) }) },
      ]);
    }
  });
  it("an unknown queue is named, with a near one", async () => {
    const { env } = await startPbx();
    const { code, err } = await wildix(["queues", "suport", "--json"], env);
    expect([code, JSON.parse(err)]).toMatchObject([
      1,
      { error: { code: "NOT_FOUND", message: "default has no queue suport. Did you mean 1 (Support)?" } },
    ]);
  });
  it("a day that is not over is not exported: more calls would come", async () => {
    const { env } = await startPbx();
    for (const to of [daysAgo(0), daysAgo(-30)]) {
      const out = join(await newDirectory(), "out");
      const { code, err } = await wildix(["export", "--from", daysAgo(2), "--to", to, "--out", out], env);
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`\`--to\` must be a day that is over in Europe/Rome; got ${to}.`),
      ]);
      expect(await readdir(out).catch(() => [])).toEqual([]);
    }
  });
  it("an error of the connection names PBX and host, has a cause and a fix, and no stack", async () => {
    const { env } = await startPbx();
    const changes: [Record<string, string>, string][] = [
      [{ WILDIX_HOST: "http://127.0.0.1:1" }, "WMS_UNREACHABLE"],
      [{ WILDIX_HOST: env["WILDIX_HOST"]?.replace("http:", "https:") ?? "" }, "WMS_TLS"],
      [{ WILDIX_SECRET_KEY: "another-0123456789abcdef" }, "WMS_UNAUTHORIZED"],
    ];
    for (const [change, code] of changes) {
      const told = await wildix(["queues"], { ...env, ...change });
      expect([told.code, told.err]).toEqual([1, expect.stringContaining(`(${code})`)]);
      expect(told.err).toMatch(/Likely cause: .*\n {2}Fix: .*/);
      expect(told.err).toMatch(/^✗ default \(https?:\/\/127\.0\.0\.1:\d+\): /);
      expect(told.err).not.toMatch(/^\s+at /m);
      const json = await wildix(["queues", "--json"], { ...env, ...change });
      expect(JSON.parse(json.err)).toMatchObject({
        error: { code, cause: expect.any(String), cure: expect.any(String) },
      });
    }
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
    expect((await wildix(["queues", "--pbxs", file])).err).toContain("Name one with `--pbx`: a, b, c");
    expect((await wildix(["queues", "--pbxs", file, "--pbx", "d"])).err).toContain(
      "`--pbx` must be the id of a registered PBX; got d.",
    );
    expect((await wildix(["queues", "--pbxs", file, "--pbx", "b"])).err).toContain("Did you mean token?");
    const day = ["--from", daysAgo(3), "--to", daysAgo(3)];
    expect(
      (await wildix(["export", ...day, "--pbxs", file, "--pbx", "c", "--out", directory])).err,
    ).toContain("Europe/Rome");
    expect((await wildix(["export", ...day, "--out", file], env)).err).toContain(
      "a file has the name of a directory that is needed",
    );
  });
  it("help has examples for every command", async () => {
    const { code, out } = await wildix(["--help"]);
    expect(code).toBe(0);
    for (const name of [
      "sign",
      "request",
      "originate",
      "stop",
      "resume",
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
