import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { newDirectory } from "../support/cli.ts";

const bin = new URL("../../cli/bin.mjs", import.meta.url).pathname;

describe("cli/bin.mjs", () => {
  it.each([
    ["HOME", ".cache/wildix"],
    ["XDG_CACHE_HOME", "wildix"],
  ])("keeps compiled code under %s, and says the same with it", async (variable, folder) => {
    const directory = await newDirectory();
    const env = { PATH: process.env["PATH"], HOME: "/nowhere", [variable]: directory };
    const version = async (): Promise<string> =>
      (await promisify(execFile)(process.execPath, [bin, "--version"], { env })).stdout;
    const first = await version();
    expect(await readdir(join(directory, folder))).toHaveLength(1);
    expect([first, await version()]).toEqual(["0.1.0\n", "0.1.0\n"]);
  });
  it("runs where it can write nothing", async () => {
    const env = { PATH: process.env["PATH"], HOME: "/dev/null" };
    const told = await promisify(execFile)(process.execPath, [bin, "--version"], { env });
    expect(told).toEqual({ stdout: "0.1.0\n", stderr: "" });
  });
});
