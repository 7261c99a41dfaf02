import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { createsKey, newDirectory, startPbx, type Told, wildix } from "../../support/cli.ts";

const to = "+16144841500";

/** Files of a directory, by their names; `run` has no PBX in its environment unless it is given. */
const setUp = async (files: Readonly<Record<string, unknown>>) => {
  const directory = await newDirectory();
  for (const [name, value] of Object.entries(files))
    await writeFile(join(directory, name), typeof value === "string" ? value : JSON.stringify(value), {
      mode: 0o600,
    });
  const at = (name: string): string => join(directory, name);
  const plain = async (args: readonly string[], env: Record<string, string> = {}): Promise<Told> => {
    const told = await wildix(args, env);
    return { ...told, err: told.err.replaceAll(`${directory}/`, "") };
  };
  const run: typeof plain = (args, env) => plain([...args, "--out", directory], env);
  return { at, plain, run };
};
const pbxFile = { pbxs: { milan: { host: "http://127.0.0.1:1", token: simulatorDefaults.token } } };

describe("a command for one PBX names the file of PBXs", () => {
  it.each([
    [{ pbxs: {} }, 'must have a PBX in "pbxs"; got none. Add one (docs/configuration.md).'],
    [
      { pbxs: { "Mi lan": pbxFile.pbxs.milan } },
      'must have ids of 1 to 63 letters, digits, dots, underscores or hyphens that begin with a letter or digit; got "Mi lan". Rename the PBX.',
    ],
  ])("%j", async (list, says) => {
    const { at, plain } = await setUp({ "r.json": list });
    const commands = [
      ["queues"],
      ["doctor"],
      ["request", "GET", "/api/v1/PBX/version/"],
      ["history", "--from", "yesterday", "--to", "yesterday"],
      ["originate", "--extension", "108", "--to", to, "--out", at("out")],
      ["callback", "list", "--out", at("out")],
      ["dnc", "list", "--out", at("out")],
      ["webhook", "send", "-"],
    ];
    for (const command of commands) {
      const { code, err } = await plain([...command, "--pbxs", at("r.json")]);
      expect([command[0], code, err]).toEqual([command[0], 1, `✗ \`r.json\` ${says} (REGISTRY_UNAVAILABLE)`]);
    }
  });
});

describe("the PBX of a call", () => {
  const call = ["originate", "--extension", "108", "--to", to, "--dry-run"];
  it("is of WILDIX_DEFAULT_PBX", async () => {
    const { run, at } = await setUp({ "pbxs.json": pbxFile });
    const { code, err } = await run(call, { WILDIX_PBXS: at("pbxs.json"), WILDIX_DEFAULT_PBX: "mailand" });
    expect([code, err.split("\n")[0]]).toEqual([
      1,
      "✗ `WILDIX_DEFAULT_PBX` must be the id of a registered PBX; got mailand. Did you mean milan? (CONFIG_INVALID)",
    ]);
  });
  it("is of the option, if it was typed", async () => {
    const { run, at } = await setUp({ "pbxs.json": pbxFile });
    const { code, err } = await run([...call, "--pbxs", at("pbxs.json"), "--pbx", "mailand"]);
    expect([code, err]).toEqual([
      2,
      "✗ `--pbx` must be the id of a registered PBX; got mailand. Did you mean milan? (PBX_UNKNOWN)",
    ]);
  });
  it("is of `credentials_from`, if a secret names it", async () => {
    const { run, at } = await setUp({
      "pbxs.json": {
        pbxs: { ...pbxFile.pbxs, rome: { host: "http://127.0.0.1:1", credentials_from: "mlan" } },
      },
    });
    const { code, err } = await run([...call, "--pbxs", at("pbxs.json"), "--pbx", "rome"]);
    expect([code, err]).toEqual([
      1,
      "✗ the secret of rome: `credentials_from` must be the id of a registered PBX; got mlan. Did you mean milan? (PBX_SECRET_INVALID)",
    ]);
  });
});

describe("a value of a mapping", () => {
  const test = ["mapping", "test", "--mapping"];
  const mapping = (values: object, pointers: object = {}) => ({
    pointers: { to: "/phone", ...pointers },
    values: { extension: "108", ...values },
  });
  it.each([
    [
      "values.pbx",
      mapping({ pbx: "mailand" }),
      "`/values/pbx` in m.json must be the id of a registered PBX; got mailand.",
    ],
    [
      "pointers.pbx",
      mapping({}, { pbx: "/place" }),
      "`/place` in b.json must be the id of a registered PBX; got rom.",
    ],
    [
      "values.ring_seconds",
      mapping({ ring_seconds: 1 }),
      "`/values/ring_seconds` in m.json must be from 5 to 60; got 1.",
    ],
    ["the number", mapping({}), "`/phone` in b.json must be "],
  ])("%s is named by its pointer and file", async (_, made, says) => {
    const { run, at } = await setUp({
      "m.json": made,
      "b.json": { phone: "+39", place: "rom" },
      "pbxs.json": pbxFile,
    });
    const files = [at("m.json"), "--body", at("b.json"), "--pbxs", at("pbxs.json")];
    const { code, err } = await run([...test, ...files]);
    expect([code, err]).toEqual([1, expect.stringContaining(`✗ ${says}`)]);
  });
  it("is of `--pbx` if that was typed", async () => {
    const { run, at } = await setUp({
      "m.json": mapping({ pbx: "milan" }),
      "b.json": { phone: to },
      "pbxs.json": pbxFile,
    });
    const files = [at("m.json"), "--body", at("b.json"), "--pbxs", at("pbxs.json"), "--pbx", "x"];
    expect(await run([...test, ...files])).toMatchObject({
      code: 2,
      err: expect.stringContaining("✗ `--pbx` must be the id of a registered PBX; got x."),
    });
  });
  it.each(["[]", "null"])("a mapping that is %s is named, not the body", async (text) => {
    const { run, plain, at } = await setUp({ "m.json": text, "b.json": {} });
    const told = await run([...test, at("m.json"), "--body", at("b.json")]);
    expect(told).toMatchObject({
      code: 2,
      err: "✗ `--mapping m.json` must be an object. (INPUT_INVALID)",
    });
    const { code, err } = await plain([...createsKey, "--keys", at("k.json"), "--mapping", at("m.json")]);
    expect([code, err]).toEqual([told.code, told.err]);
  });
});

describe("an event", () => {
  it("is named, not an option", async () => {
    const { env } = await startPbx();
    const { run, at } = await setUp({ "e.json": { day: "2026-11-20", pbx: "zz" } });
    const named = "must be the id of a registered PBX; got zz. Check the spelling. (INPUT_INVALID)";
    expect(await run(["invoke", "export-history", at("e.json")], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`✗ \`/pbx\` in e.json ${named}`),
    });
    expect(await run(["invoke", "export-history", '{"day":"2026-11-20","pbx":"zz"}'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`✗ \`/pbx\` in \`event\` ${named}`),
    });
  });
  it("must be an object", async () => {
    const { env } = await startPbx();
    const { run } = await setUp({});
    expect(await run(["invoke", "originate", "[]"], env)).toMatchObject({
      code: 2,
      err: "✗ `event` must be a JSON object; got a list. Give one event, as {…}. (USAGE)",
    });
  });
});

describe("an option of originate", () => {
  it.each([
    [["--to", to, "--idempotency-key", ""], "`--idempotency-key` must be 1 to 255 visible ASCII characters"],
    [
      ["--to", to, "--idempotency-key", "a b"],
      "`--idempotency-key` must be 1 to 255 visible ASCII characters",
    ],
    [[], "`--to` must be set. Give the number to dial, with `--to` or `--exten`."],
  ])("%j: %s", async (args, says) => {
    const { env } = await startPbx();
    const { run } = await setUp({});
    const { code, err } = await run(["originate", "--extension", "108", ...args], env);
    expect([code, err]).toEqual([2, expect.stringContaining(`✗ ${says}`)]);
    expect(err.split("\n")).toHaveLength(1);
  });
});
