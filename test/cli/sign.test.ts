import { describe, expect, it } from "vitest";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { startPbx, wildix } from "../support/cli.ts";
import { vectors } from "../support/vectors.ts";

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
  it("says on standard error how many of a list failed", async () => {
    const { code, err } = await wildix(["sign", JSON.stringify([specs[0], { endpoint: 1 }])]);
    expect([code, err]).toEqual([0, "! 1 of 2 requests failed. Read `error` in the list."]);
    expect((await wildix(["sign", JSON.stringify([specs[0]])])).err).toBe("");
  });
  it("reads a file with a byte order mark", async () => {
    const { code } = await wildix(
      ["sign", "-", "--at", "1697700000"],
      {},
      `\uFEFF${JSON.stringify(specs[0])}`,
    );
    expect(code).toBe(0);
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
