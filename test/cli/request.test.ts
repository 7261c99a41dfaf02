import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { nested } from "../../cli/commands/request.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { daysAgo, newDirectory, spawnWildix, startPbx, wildix } from "../support/cli.ts";

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
    expect(nested(["a[b][]=1", "a[b][]=2", "c=x=y"], "--param")).toEqual({
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
  it("prints only the body, or the answer as it came", async () => {
    const { env } = await startPbx();
    const ping = ["request", "GET", "/api/v1/PBX/settings/CallQueues/1/"];
    const whole = JSON.parse((await wildix(ping, env)).out) as { body: unknown };
    const body = await wildix([...ping, "--body-only"], env);
    expect([body.code, JSON.parse(body.out)]).toEqual([0, whole.body]);
    const included = await wildix([...ping, "-i"], env);
    expect(included.out).toMatch(/^HTTP\/1\.1 200\n(?:[\w-]+: .*\n)+\n\{/);
    expect(included.out.endsWith(body.out)).toBe(true);
  });
  it.each([
    [["--header", "Authorization Bearer supersecret123"], "`--header` must have the form NAME:VALUE"],
    [["--header", ":supersecret123"], "got text without a name."],
    [["--param", "supersecret123"], "`--param` must have the form NAME=VALUE; got text without `=`."],
    [["--body", "supersecret123"], "`--body` must have the form NAME=VALUE; got text without `=`."],
    [["--header", "a: 1", "--header", "A: 2"], "`--header` must not repeat a name; got A twice."],
    [
      ["--param", "a=1", "--param", "a=2"],
      "`--param` must not give a name twice; got a. For a list, repeat `a[]=VALUE`.",
    ],
    [["--param", "a[b]=1", "--param", "a=2"], "`--param` must not give a name twice; got a."],
    [["--body", "a=1", "--body", "a[b]=2"], "`--body` must not give a name twice; got a[b]."],
    [["--param", "a[=b"], "`--param` must have a name such as a, a[b] or a[]; got a[. Close each bracket."],
    [["--header", "host: x"], "`--header host` must not be given"],
    [
      ["--header", "a b: supersecret123"],
      '`--header` must have names without characters that HTTP forbids; got "a …". Rename the header.',
    ],
    [["--param", "a.b=1"], "`--param a.b`"],
    [["--spec", "x.json"], "Give a method and a path, or `--spec`, not both."],
  ])("refuses %j as wrong usage, and shows no value", async (options, says) => {
    const { pbx, env } = await startPbx();
    const { code, err } = await wildix(["request", "GET", "/api/v1/PBX/ping/", ...options], env);
    expect([code, err, pbx.seen.length]).toEqual([2, expect.stringContaining(says), 0]);
    expect(err).not.toContain("supersecret");
  });
  it("refuses a path with a host as wrong usage", async () => {
    const { env } = await startPbx();
    expect(await wildix(["request", "GET", "https://x/y"], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining("`path` must"),
    });
  });
  it.each([
    [{ methd: "DELETE" }, "`methd` is not known. Did you mean `method`?"],
    [{ prams: { a: 1 } }, "`prams` is not known. Did you mean `params`?"],
    [
      { config: { host: "http://127.0.0.1:9", tokn: "t" } },
      "`config.tokn` is not known. Did you mean `config.token`?",
    ],
    [{ config: "x" }, "`config` must be an object; got a string."],
    [{ config: null }, "`config` must be an object; got null."],
    [{ params: "a=b" }, "`params` must be an object; got a string."],
  ])("refuses the spec %j", async (change, says) => {
    const { pbx, env } = await startPbx();
    const spec = JSON.stringify({ endpoint: "/api/v1/PBX/ping/", ...change });
    const { code, out } = await wildix(["request", "--spec", "-"], env, spec);
    expect([code, JSON.parse(out), pbx.seen.length]).toMatchObject([
      1,
      { error: { message: expect.stringContaining(says) } },
      0,
    ]);
  });
  it("names the host of each spec if nothing answers there", async () => {
    const { env } = await startPbx({ faults: ["connect-refused"] });
    const { WILDIX_HOST: host = "" } = env;
    const ping = { method: "GET", endpoint: "/api/v1/PBX/ping/" };
    const specs = [ping, { ...ping, config: { host, token: "t" } }];
    const { out } = await wildix(["request", "--spec", "-"], env, JSON.stringify(specs));
    expect(JSON.parse(out)).toMatchObject([
      { error: { message: expect.stringContaining(`default (${host}): no connection`) } },
      { error: { message: expect.stringContaining(`${host}: no connection`) } },
    ]);
  });
  it("goes on if nobody reads its warning", async () => {
    const { pbx, env } = await startPbx();
    const call = ["Channel=Local/108@users", "Context=users", "Exten=16144841500", "Priority=1"];
    const child = spawnWildix(
      [
        ...["request", "POST", "/api/v1/Originate/", "--out", await newDirectory()],
        ...call.flatMap((pair) => ["--body", pair.toLowerCase()]),
      ],
      env,
    );
    child.stderr.destroy();
    child.stdout.resume();
    await once(child, "close");
    expect(pbx.seen.map(({ target }) => target)).toEqual(["/api/v1/Originate/"]);
  });
});
