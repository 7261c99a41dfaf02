import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it, onTestFinished } from "vitest";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { startSimulator } from "../../../simulator/server.ts";
import { newDirectory } from "../../support/cli.ts";
import { giveSecret, leaksIn } from "../../support/leaks.ts";
import { clientSettings, stack, wildix } from "../support/client.ts";

const { appId, appName, secret } = simulatorDefaults;
const old = giveSecret("secrets-of-aws-test-0123456789abcdef");
const hooks = ["first-hook-of-aws-test-0123456789", "second-hook-of-aws-test-01234567"].map(giveSecret);
const client = new SecretsManagerClient(clientSettings);

/** PBXs under a prefix that no function of the deployment reads. */
const setUp = async () => {
  const pbx = await startSimulator({ zone: stack.zone, days: 3, calls: 20 });
  onTestFinished(pbx.close);
  const prefix = `/own/${randomUUID()}/`;
  const directory = await newDirectory();
  const run = async (args: readonly string[], content?: string, stdin = "") => {
    const file = join(directory, "pbxs.csv");
    if (content !== undefined) await writeFile(file, content, { mode: 0o600 });
    const where = ["--stage", stack.stage, "--prefix", prefix];
    const [name = "", ...options] = args;
    const said = await wildix(
      ["secret", name, ...(content === undefined ? [] : [file]), ...options, ...where],
      stdin,
    );
    expect(leaksIn(said.out + said.err)).toEqual([]);
    return said;
  };
  const read = async (id: string, VersionStage = "AWSCURRENT"): Promise<object> => {
    const { SecretString = "{}" } = await client.send(
      new GetSecretValueCommand({ SecretId: prefix + id, VersionStage }),
    );
    return JSON.parse(SecretString);
  };
  const row = (id: string, key: string): string =>
    `${id};${pbx.url};${appId};${appName};${key};${stack.zone}`;
  const table = (...rows: string[]): string =>
    ["\uFEFFPBX;Host;App ID;App Name;Secret Key;Timezone", ...rows].join("\r\n");
  return { pbx, run, read, row, table };
};

describe("PBXs of a table in Secrets Manager", () => {
  it("are compared, asked, written, rotated, and keep the old credentials as the previous version", async () => {
    const { run, read, row, table } = await setUp();
    const both = table(row("milan", old), row("rome", old));
    expect(await run(["import", "--dry-run"], both)).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 new"),
    });
    // the PBX refuses these credentials
    expect(await run(["import"], both)).toMatchObject({
      code: 1,
      out: expect.stringContaining("2 not written"),
    });
    expect(await run(["import", "--no-probe"], both)).toMatchObject({ code: 0 });
    expect(await read("milan")).toMatchObject({ secret_key: old });

    const rotate = (key: string) =>
      run(["rotate", "--json"], `pbx,secret_key\nmilan,${secret}\nrome,${key}\n`);
    const first = await rotate(`${old}-again`);
    expect([first.code, JSON.parse(first.out)]).toMatchObject([
      1,
      { rotated: ["milan"], failed: [{ pbx: "rome" }] },
    ]);
    const second = await rotate(secret);
    expect([second.code, JSON.parse(second.out)]).toMatchObject([
      0,
      { rotated: ["rome"], unchanged: ["milan"] },
    ]);
    for (const id of ["milan", "rome"]) {
      expect(await read(id)).toMatchObject({ secret_key: secret });
      expect(await read(id, "AWSPREVIOUS")).toMatchObject({ secret_key: old });
    }
    const ends = await run(["list", "--ending", "--json"]);
    expect(JSON.parse(ends.out)).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ id: "rome", kind: "s2s", from: "report" })]),
    );
  });
  it("that share a secret are rotated together, and have keys of events", async () => {
    const { run, read, row, table } = await setUp();
    const both = table(row("milan", old), row("rome", old));
    expect(await run(["import", "--shared", "--no-probe"], both)).toMatchObject({ code: 0 });
    expect(await run(["rotate"], `pbx,secret_key\nmilan,${secret}\nrome,${secret}\n`)).toMatchObject({
      code: 0,
    });
    const of = (key: string) => ({ pbxs: { milan: { secret_key: key }, rome: { secret_key: key } } });
    expect(await read("_1")).toMatchObject(of(secret));
    expect(await read("_1", "AWSPREVIOUS")).toMatchObject(of(old));
    for (const hook of hooks)
      expect(await run(["put", "rome", "--webhook-secret"], undefined, `${hook}\n`)).toMatchObject({
        code: 0,
      });
    expect(await read("_1")).toMatchObject({
      pbxs: { rome: { webhook_secrets: hooks, secret_key: secret } },
    });
    expect(await run(["list", "--ending"])).toMatchObject({ code: 0, out: expect.stringContaining("milan") });
  });
});
