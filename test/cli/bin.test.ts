import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { newDirectory } from "../support/cli.ts";

const bin = new URL("../../cli/bin.mjs", import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const said = { stdout: `${version}\n`, stderr: "" };
const run = (env: NodeJS.ProcessEnv, cwd?: string) =>
  promisify(execFile)(process.execPath, [bin, "--version"], { env, cwd });

describe("cli/bin.mjs", () => {
  it.each([
    ["HOME", ".cache/wildix"],
    ["XDG_CACHE_HOME", "wildix"],
  ])("keeps compiled code under %s, and says the same with it", async (variable, folder) => {
    const directory = await newDirectory();
    const env = { PATH: process.env["PATH"], HOME: "/nowhere", [variable]: directory };
    const first = await run(env);
    expect(await readdir(join(directory, folder))).toHaveLength(1);
    expect([first, await run(env)]).toEqual([said, said]);
  });
  it.each(["/dev/null", "/proc"])("runs where it can write nothing: %s", async (HOME) => {
    expect(await run({ PATH: process.env["PATH"], HOME })).toEqual(said);
  });
  it.each([{ HOME: "" }, { HOME: "home", XDG_CACHE_HOME: "cache" }, {}])(
    "keeps nothing without an absolute directory: %j",
    async (places) => {
      const cwd = await newDirectory();
      expect(await run({ PATH: process.env["PATH"], ...places }, cwd)).toEqual(said);
      expect(await readdir(cwd)).toEqual([]);
    },
  );
});
