import { readdir } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { newDirectory, wildix } from "../../support/cli.ts";

it.each([
  [["originate", "--extension", "108", "--to", "109"]],
  [["request", "GET", "/api/v1/PBX/ping/"]],
  [["sound", "--filename", "a", "--text", "b", "--voice", "c"]],
  [["serve", "--port", "0"]],
  [["stop", "--all"]],
  [["resume", "--all"]],
  [["invoke", "call-queues"]],
  [["mapping", "test", "--mapping", "a.json", "--body", "b.json"]],
  [["callback", "list"]],
  [["dnc", "list"]],
  [["status"]],
  [["backfill", "--from", "2026-11-01", "--to", "2026-11-02"]],
])("an empty --out is not the working directory: %j", async (args) => {
  const directory = await newDirectory();
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(directory);
  for (const empty of ["", " "])
    expect(await wildix([...args, "--out", empty])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`option '--out <directory>' argument '${empty}' is invalid. It is empty.`),
    });
  expect(await readdir(directory)).toEqual([]);
});

it("an empty --keys is no file", async () =>
  expect(await wildix(["key", "list", "--keys", ""])).toMatchObject({
    code: 2,
    err: expect.stringContaining("argument '' is invalid. It is empty."),
  }));
