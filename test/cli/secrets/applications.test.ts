import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ImportOptions, importSecrets } from "../../../cli/commands/import-secrets.ts";
import { rotateSecrets } from "../../../cli/commands/rotate-secrets.ts";
import type { StoredSecret } from "../../../lib/aws/pbx-secrets.ts";
import { newDirectory } from "../../support/cli.ts";
import { giveSecret, leaksIn } from "../../support/leaks.ts";
import { setUp, standing } from "../../support/secret-command.ts";

const secret = giveSecret("application-secret-0123456789abcdef");
const crm = { id: 7, appId: "s2s-crm-1", name: "crm", secretKey: secret };
const other = { id: "s2s-old-1", name: "old", secret: `${secret}-old` };
const answerOf = (...records: object[]) => ({ type: "result", result: { records, total: records.length } });

const run = async (
  value: unknown,
  options: Partial<ImportOptions> = {},
  { name = "milan.json", secrets = {} }: { name?: string; secrets?: Record<string, StoredSecret> } = {},
) => {
  const set = setUp(secrets);
  const file = join(await newDirectory(), name);
  await writeFile(file, JSON.stringify(value));
  const code = await importSecrets(set.context, set.opened, [file], { stage: "prod", ...options });
  expect(leaksIn(set.out.join("\n"))).toEqual([]);
  return { ...set, file, code };
};
const host = "https://{pbx}.wildixin.com";

describe("WMS's list of S2S applications", () => {
  it.each<[string, unknown]>([
    ["as WMS answers", answerOf(crm)],
    ["with the records as result", { type: "result", result: [crm] }],
    ["as wildix request prints it", { status: 200, headers: {}, body: answerOf(crm) }],
    ["as a list alone", [crm]],
  ])("%s registers the PBX that the file is named after", async (_, value) => {
    const { code, stored } = await run(value, { host });
    expect(code).toBe(0);
    expect(stored().secret).toEqual({
      host: "https://milan.wildixin.com",
      app_id: "s2s-crm-1",
      app_name: "crm",
      secret_key: secret,
    });
  });
  it("changes the credentials of a registered PBX only", async () => {
    const { stored } = await run(answerOf(crm), { host }, { secrets: { milan: standing() } });
    expect(stored()).toMatchObject({
      secret: { host: "https://milan.example.com", app_id: "s2s-crm-1", settings: { country: "IT" } },
      tags: { "wildix:timezone": "Europe/Rome" },
    });
  });
  it("of several, one is chosen by its name", async () => {
    const { stored } = await run(answerOf(other, crm), { host, appName: "crm" });
    expect(stored().secret.app_id).toBe("s2s-crm-1");
  });
  it("rotates the credentials", async () => {
    const set = setUp({ milan: standing() });
    const file = join(await newDirectory(), "milan.json");
    await writeFile(file, JSON.stringify(answerOf(other, crm)));
    expect(
      await rotateSecrets(set.context, set.opened, [file], { stage: "prod", appName: "crm" }, set.nobody),
    ).toBe(0);
    expect(set.out).toEqual(["✓ milan: app_id, app_name, secret_key", "1 rotated, 0 unchanged"]);
  });
  it.each<[string, unknown, Partial<ImportOptions>, string]>([
    [
      "several and no name",
      answerOf(crm, other),
      {},
      "(milan): The list has 2 applications. Name one with `--app-name`.",
    ],
    [
      "the same name twice",
      answerOf(crm, crm),
      { appName: "crm" },
      'The list has 2 applications "crm". Use a table instead.',
    ],
    [
      "another name",
      answerOf(crm),
      { appName: "x" },
      'The list has no application "x". Give `--app-name` as WMS shows it.',
    ],
    ["no application", answerOf(), {}, "The list has no S2S application."],
    [
      "no secret key",
      answerOf({ ...crm, secretKey: "" }),
      {},
      "The list has no secret key of the application.",
    ],
    [
      "stars in place of the secret key",
      answerOf({ ...crm, secretKey: "********" }),
      {},
      "The list has no secret key of the application.",
    ],
    [
      "no name",
      answerOf({ ...crm, name: undefined }),
      {},
      "In a list of PBXs, each PBX must have its id as `pbx`.",
    ],
    [
      "a secret key alone",
      [{ secretKey: secret }],
      {},
      "The application must have an id and a name. In a list of PBXs",
    ],
    [
      "no host for a new PBX",
      answerOf(crm),
      { host: undefined as never },
      "There is no PBX with this id, and a new PBX must have a `host`.",
    ],
  ])("with %s is refused", async (_, value, options, says) => {
    const { out, written, code } = await run(value, { host, ...options });
    expect([code, written]).toEqual([1, []]);
    expect(out[0]).toContain(says);
  });
  it("in a file with another name than the id of a PBX is refused", async () => {
    const { out } = await run([crm], { host }, { name: "my list.json" });
    expect(out[0]).toMatch(
      /^✗ line 1 of .*: A list of applications must be a file with the id of its PBX as its name/,
    );
  });
  it("that is an error of the PBX is not a list", async () => {
    await expect(run({ type: "error", reason: "no" })).rejects.toThrow(
      "or be a list of S2S applications from WMS",
    );
  });
});
