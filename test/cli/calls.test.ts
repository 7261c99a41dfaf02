import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";
import { startCloudFormation } from "../support/cloudformation.ts";
import { startDynamo } from "../support/dynamo.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const setUp = async (faults: readonly string[] = []) => {
  const { pbx, env } = await startPbx({ faults });
  const out = await newDirectory();
  const originate = (...args: string[]) =>
    wildix(["originate", "--extension", "108", "--to", "+16144841500", "--out", out, ...args], env);
  return { pbx, env, out, originate, rings: () => pbx.pbx.phones.calls.length };
};

describe("wildix originate", () => {
  it("rings once for a key, and says when it is an earlier call", async () => {
    const { originate, rings, out } = await setUp();
    const first = await originate("--idempotency-key", "order-7");
    expect([first.code, first.out]).toEqual([
      0,
      expect.stringMatching(
        /^✓ Local\/108@users rings; after it answers, 16144841500 is dialled: call [a-z2-7]{26}$/,
      ),
    ]);
    const again = await originate("--idempotency-key", "order-7");
    expect([again.code, again.out]).toEqual([
      0,
      `${first.out} (placed by an earlier request; nothing was sent now)`,
    ]);
    expect(rings()).toBe(1);
    expect(JSON.parse(await readFile(join(out, ".wildix-audit.ndjson"), "utf8"))).toMatchObject({
      decision: "allowed",
      caller: "command",
      to: "…00",
    });
  });
  it("rings once when it is typed twice", async () => {
    const { originate, rings } = await setUp();
    await originate();
    expect((await originate("--json")).out).toContain('"replayed":true');
    expect(rings()).toBe(1);
  });
  it("rings a colleague by e-mail, with its own ring time and caller id", async () => {
    const { pbx, env, out } = await setUp();
    const args = ["originate", "--agent", "zoe@example.com", "--to", "16144841500", "--ring-seconds", "7"];
    expect((await wildix([...args, "--callerid", '"Ada" <1>', "--out", out], env)).code).toBe(0);
    expect(pbx.pbx.phones.calls).toMatchObject([{ first: { number: "102" }, callerid: '"Ada" <1>' }]);
  });
  it("shows what it would send, whole", async () => {
    const { originate, rings } = await setUp();
    const { code, out } = await originate("--dry-run");
    expect([code, JSON.parse(out), rings()]).toMatchObject([
      0,
      { channel: "Local/108@users", exten: "16144841500" },
      0,
    ]);
  });
  it("of which nobody knows the end says what to do, exit code 1", async () => {
    const { originate, rings } = await setUp(["reset-after-body@Originate"]);
    const { code, err, out } = await originate("--idempotency-key", "k");
    expect([code, out, rings()]).toEqual([1, "", 1]);
    expect(err).toMatch(
      /^\? It is not known whether Local\/108@users rings: call [a-z2-7]{26}\n {2}Look at the phone 108/,
    );
    expect(err).toMatch(/`wildix history` .*`--idempotency-key`, no phone rings again\.$/);
    expect(err).not.toContain("GET /calls");
    expect((await originate("--idempotency-key", "k", "--json")).out).toContain("wildix history");
    expect((await originate()).err).toMatch(/a phone may ring again\.$/);
  });
  it.each([
    ["connect-refused", "CALL_NOT_SENT"],
    ["forbidden", "PBX_REFUSED"],
  ])("that is refused (%s) says why, exit code 1", async (fault, code) => {
    const { originate } = await setUp([fault]);
    expect(await originate()).toMatchObject({ code: 1, err: expect.stringContaining(`(${code})`) });
    const json = JSON.parse((await originate("--json")).out);
    expect(json).toMatchObject({ state: "REFUSED" });
  });
  it.each([
    ["--extension", "108", "CALL_NOT_SENT"],
    ["--agent", "zoe@example.com", "WMS_UNREACHABLE"],
  ])("names the PBX and its host if nothing answers there: %s", async (option, phone, code) => {
    const { env, out } = await setUp(["connect-refused"]);
    const args = ["originate", option, phone, "--to", "+16144841500", "--out", out];
    expect(await wildix(args, env)).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        new RegExp(`default \\(${env["WILDIX_HOST"]}\\): no connection .*\\(${code}\\)`),
      ),
    });
  });
  it("is closed until the PBX's settings open it", async () => {
    const { env, out } = await setUp();
    const args = ["originate", "--extension", "108", "--to", "+16144841500", "--out", out];
    const told = await wildix(args, { ...env, WILDIX_SETTINGS: "{}" });
    expect([told.code, told.err]).toEqual([
      1,
      expect.stringContaining("the setting `contexts` of this PBX is empty"),
    ]);
    const open = {
      country: "US",
      contexts: ["users"],
      extension_pattern: "[0-9]{3}",
      allowed_countries: ["US"],
    };
    expect((await wildix(args, { ...env, WILDIX_SETTINGS: `\uFEFF${JSON.stringify(open)}` })).code).toBe(0);
    const broken = await wildix(args, { ...env, WILDIX_SETTINGS: "{" });
    expect(broken.err).toContain(
      "`WILDIX_SETTINGS` must be JSON; got a mistake in line 1, column 2. Look there for a comment or a trailing comma. (PBX_SECRET_INVALID)",
    );
    const twice = await wildix(args, { ...env, WILDIX_SETTINGS: '{"country":"US","country":"IT"}' });
    expect(twice.err).toContain(
      "`WILDIX_SETTINGS` must have each field once; got `/country` twice in line 1.",
    );
    const odd = await wildix(args, { ...env, WILDIX_SETTINGS: '{"contry":"US"}' });
    expect(odd.err).toContain("Did you mean country?");
  });
  it("with a key that is none, or a number that may not be, is refused", async () => {
    const { originate, env, out } = await setUp();
    expect((await originate("--idempotency-key", "a b")).err).toContain("idempotency-key");
    const premium = ["originate", "--extension", "108", "--to", "+19005551234", "--out", out];
    expect((await wildix(premium, env)).err).toContain("got premium");
  });
  it("remembers in the file that WILDIX_STATE names", async () => {
    const { env, out, rings } = await setUp();
    const state = join(await newDirectory(), "state.sqlite");
    const args = ["originate", "--extension", "108", "--to", "109", "--idempotency-key", "k", "--out"];
    await wildix([...args, out], { ...env, WILDIX_STATE: state });
    await wildix([...args, await newDirectory()], { ...env, WILDIX_STATE: state });
    expect(rings()).toBe(1);
  });
});

describe("wildix stop and resume", () => {
  it("hold for calls that are placed from this machine", async () => {
    const { originate, out } = await setUp();
    const stopped = await wildix(["stop", "--pbx", "default", "--out", out]);
    expect([stopped.code, stopped.out]).toEqual([
      0,
      expect.stringMatching(
        /^✓ calls through default are stopped\n {2}stopped: calls through default, since 20/,
      ),
    ]);
    expect((await originate()).err).toContain("calls through default have been stopped since");
    expect((await wildix(["stop", "--pbx", "default", "--out", out])).out).toContain("were already stopped");
    expect((await wildix(["resume", "--pbx", "default", "--out", out])).out).toBe(
      "✓ calls through default are no longer stopped",
    );
    expect((await originate()).code).toBe(0);
  });
  it("stop all, and say so in JSON", async () => {
    const { originate, out } = await setUp();
    const told = await wildix(["stop", "--all", "--json", "--out", out]);
    expect(JSON.parse(told.out)).toEqual({
      stopped: [{ stops: "all", at: expect.stringMatching(/^2026-11-24T10:.*Z$/) }],
    });
    expect((await originate()).err).toContain("all calls have been stopped since");
    expect((await wildix(["resume", "--pbx", "x", "--out", out])).out).toContain(
      "✓ calls through x were not stopped",
    );
    expect(JSON.parse((await wildix(["resume", "--all", "--json", "--out", out])).out)).toEqual({
      stopped: [],
    });
    expect((await wildix(["resume", "--all", "--out", out])).out).toBe("✓ there was no stop of all calls");
  });
  it.each([
    [["stop"], "Give either `--pbx` or `--all`."],
    [["resume", "--pbx", "a", "--all"], "Give either `--pbx` or `--all`."],
    [["stop", "--all", "--stage", "a b"], "`--stage` must be the name of a stage"],
  ])("%j is wrong usage", async (args, words) => {
    expect(await wildix(args)).toMatchObject({ code: 2, err: expect.stringContaining(words) });
  });
  it("hold in every directory, and for a request that places a call", async () => {
    const { env, rings } = await setUp();
    const [home, here, there] = [await newDirectory(), await newDirectory(), await newDirectory()];
    const own = { ...env, XDG_STATE_HOME: join(home, "not", "there") };
    expect((await wildix(["stop", "--pbx", "default", "--out", here], own)).code).toBe(0);
    const call = ["originate", "--extension", "108", "--to", "+16144841500", "--out", there];
    expect(await wildix(call, own)).toMatchObject({
      code: 1,
      err: expect.stringContaining("(CALLS_STOPPED)"),
    });
    const body = [
      "--body",
      "channel=Local/108@users",
      "--body",
      "context=users",
      "--body",
      "exten=16144841500",
    ];
    const request = [
      "request",
      "POST",
      "/api/v1/Originate/",
      ...body,
      "--body",
      "priority=1",
      "--out",
      there,
    ];
    expect(await wildix(request, own)).toMatchObject({
      code: 1,
      err: expect.stringContaining("(CALLS_STOPPED)"),
    });
    const spec = JSON.stringify({ method: "POST", endpoint: "api/v1/%4friginate/", body: { async: "true" } });
    const told = await wildix(["request", "--spec", "-", "--out", there], own, spec);
    expect([told.code, JSON.parse(told.out)]).toMatchObject([1, { error: { code: "CALLS_STOPPED" } }]);
    for (const path of [
      "/api/v1/Originate/.",
      "/api/v1/originate;x",
      "/api/v1/Originate/%20",
      "/a/ORIGINATE/../x",
    ])
      expect(await wildix(request.with(2, path), own), path).toMatchObject({
        code: 1,
        err: expect.stringContaining("(CALLS_STOPPED)"),
      });
    expect(rings()).toBe(0);
    expect((await wildix(["resume", "--pbx", "default", "--out", there], own)).code).toBe(0);
    const sent = await wildix(request, own);
    expect([sent.code, sent.err, rings()]).toEqual([0, expect.stringContaining("without the dial rules"), 1]);
  });
  it("refuse a PBX that is not registered, with a near one", async () => {
    const file = join(await newDirectory(), "pbxs.json");
    await writeFile(file, '{"pbxs":{"milan":{},"rome":{}}}');
    const out = await newDirectory();
    for (const name of ["stop", "resume"])
      expect(await wildix([name, "--pbx", "milna", "--pbxs", file, "--out", out])).toEqual({
        code: 2,
        out: "",
        err: expect.stringContaining(
          "✗ `--pbx` must be the id of a registered PBX; got milna. Did you mean milan? (PBX_UNKNOWN)",
        ),
      });
    expect((await wildix(["stop", "--pbx", "milan", "--pbxs", file, "--out", out])).code).toBe(0);
    await writeFile(file, '{"pbxs":{"rome":{}}}');
    expect((await wildix(["resume", "--pbx", "milan", "--pbxs", file, "--out", out])).out).toContain(
      "no longer stopped",
    );
    // the kill switch works without a list of PBXs
    const unread = await wildix(["stop", "--pbx", "milan", "--pbxs", "/nowhere.json", "--out", out]);
    expect([unread.code, unread.err]).toEqual([0, expect.stringContaining("milan is not checked")]);
  });
  it("reach a deployment's table", async () => {
    const secrets = await startSecretsManager([{ name: "/wildix/prod/pbx/milan", value: "{}" }]);
    onTestFinished(secrets.close);
    const dynamo = await startDynamo("the-table");
    onTestFinished(dynamo.close);
    const stack = await startCloudFormation({ StateTableName: "the-table" });
    onTestFinished(stack.close);
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_CLOUDFORMATION: stack.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    try {
      const at = ["--stage", "prod", "--region", "eu-central-1"];
      expect((await wildix(["stop", "--pbx", "milan", ...at])).out).toContain(
        "calls through milan are stopped",
      );
      expect((await wildix(["stop", "--pbx", "milna", ...at])).err).toContain("Did you mean milan?");
      expect((await wildix(["resume", "--pbx", "milan", ...at], { AWS_REGION: "x" })).code).toBe(0);
    } finally {
      process.env = before;
    }
  });
});
