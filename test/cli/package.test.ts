import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../../cli/programs/program.ts";
import { copyPackageSources } from "../../scripts/package-sources.ts";
import { startPbx } from "../support/cli.ts";
import { environmentAt, testClock } from "../support/clocks.ts";

const root = new URL("../..", import.meta.url).pathname;
const run = promisify(execFile);

describe("the package that npm pack makes", () => {
  let files: string[];
  let place: string;
  const directories: string[] = [];
  const directoryFor = async (name: string): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), `wildix-${name}-`));
    directories.push(directory);
    return directory;
  };
  beforeAll(async () => {
    const [directory, clone] = [await directoryFor("packed"), await directoryFor("sources")];
    copyPackageSources(root, clone);
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory], { cwd: clone });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as {
      filename: string;
      files: { path: string }[];
    }[];
    files = packed?.files.map(({ path }) => path) ?? [];
    place = join(directory, "node_modules", "wildix-functions");
    await mkdir(place, { recursive: true });
    await run("tar", ["xzf", join(directory, packed?.filename ?? ""), "--strip-components=1", "-C", place]);
    // the dependencies, as an installation has them
    await symlink(join(root, "node_modules"), join(place, "node_modules"));
  });
  afterAll(async () => {
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });
  it("runs in any folder, from inside node_modules", async () => {
    const { env } = await startPbx();
    const wildix = (...args: string[]) =>
      run(process.execPath, [join(place, "cli/bin.mjs"), ...args], {
        cwd: join(place, "../.."),
        env: { ...process.env, ...environmentAt(testClock), ...env },
      });
    expect((await wildix("--version")).stdout).toBe("0.1.0\n");
    expect(JSON.parse((await wildix("queues", "--json")).stdout)).toHaveLength(3);
    // the sample event comes with the package
    expect(JSON.parse((await wildix("invoke", "call-queues", "--out", "out")).stdout)).toMatchObject({
      statusCode: 200,
    });
  });
  it("has no TypeScript, no test and no secret", () => {
    expect(files).toContain("dist/cli/main.js");
    expect(
      files.filter((file) => !/^(?:cli\/bin\.mjs|dist\/|LICENSE$|README\.md$|package\.json$)/.test(file)),
    ).toEqual([]);
    expect(
      files.filter((file) => /\.ts$|(?:^|\/)(?:test|bench|serverless|pbxs\.json|keys\.json)/.test(file)),
    ).toEqual([]);
  });
});

describe("completion", () => {
  const wildix = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "cli/bin.mjs"), ...args], { encoding: "utf8" });
  it.each(["bash", "zsh", "fish"])("prints a script for %s", (shell) => {
    const { status, stdout } = wildix("completion", shell);
    expect([status, stdout]).toEqual([0, expect.stringContaining("wildix complete --")]);
  });
  it("the script for bash is valid", () => {
    const { stdout } = wildix("completion", "bash");
    // bash warns of a language that the machine does not have
    const env = { ...process.env, LC_ALL: "C" };
    expect(spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8", env })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
  it.each([
    [["st"], ["stop", "status"]],
    [["secret", "im"], ["import"]],
    [
      ["originate", "--ext"],
      ["--extension", "--exten"],
    ],
  ])("of %j offers %j", (typed, offered) => {
    const lines = wildix("complete", "--", ...typed).stdout.split("\n");
    expect(lines.filter((line) => line.includes("\t")).map((line) => line.split("\t")[0])).toEqual(offered);
  });
  it("another shell is wrong usage", () => expect(wildix("completion", "nosh").status).toBe(2));
});

describe("wildix --help", () => {
  let program: ReturnType<typeof buildProgram>;
  beforeAll(() => {
    program = buildProgram(
      {
        output: { out: () => undefined, err: () => undefined, colours: false, live: false },
        env: {},
        stdin: async () => "",
        clock: testClock,
        signal: new AbortController().signal,
        inTypedNames: (error: unknown) => error,
      },
      () => undefined,
    );
  });
  it("lists every command under a heading", () => {
    const without = program.commands.filter((command) => command.helpGroup() === "Commands:");
    expect(without.map((command) => command.name())).toEqual(["complete"]);
  });
});
