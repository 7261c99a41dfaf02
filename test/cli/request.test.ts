import { describe, expect, it } from "vitest";
import { nested } from "../../cli/commands/request.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { daysAgo, startPbx, wildix } from "../support/cli.ts";

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
});
