import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, wildix } from "../../support/cli.ts";

/** Files that other users can read, in the working directory of this test. */
const workIn = async (...names: string[]): Promise<void> => {
  const directory = await newDirectory();
  for (const name of names) {
    await writeFile(join(directory, name), '{"pbxs":{}}');
    await chmod(join(directory, name), 0o644);
  }
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(directory);
};

describe.skipIf(process.platform === "win32")("a file of secrets that others can read", () => {
  const entry = { host: "http://127.0.0.1:9", token: "access_x" };
  it.each([
    [0o644, true],
    [0o640, true],
    [0o600, false],
  ])("of mode %o: warned about is %s", async (mode, warned) => {
    const file = join(await newDirectory(), "pbxs.json");
    await writeFile(file, JSON.stringify({ pbxs: { milan: entry } }));
    await chmod(file, mode);
    const { err } = await wildix(["queues", "--pbxs", file, "--pbx", "rome"]);
    expect(err.includes(`chmod 600 ${file}`)).toBe(warned);
  });
  it("is only warned about if it is a file", async () => {
    const directory = join(await newDirectory(), "pbxs.json");
    await mkdir(directory);
    await chmod(directory, 0o755);
    const { err } = await wildix(["queues", "--pbxs", directory]);
    expect(err).toContain(`\`${directory}\` cannot be read.`);
    expect(err).not.toContain("chmod");
  });
  it("of API keys is warned about too", async () => {
    const file = join(await newDirectory(), "keys.json");
    await writeFile(file, "{}");
    await chmod(file, 0o644);
    expect((await wildix(["key", "list"], { WILDIX_KEYS: file })).err).toContain(`chmod 600 ${file}`);
  });
  it("that is imported is warned about too", async () => {
    await workIn("pbxs.json");
    expect((await wildix(["secret", "import", "pbxs.json"])).err).toContain("chmod 600 pbxs.json");
    expect((await wildix(["secret", "import", "-"], {}, '{"pbxs":{}}')).err).toBe("");
  });
  it("is warned about only if the command reads it", async () => {
    await workIn("pbxs.json", "keys.json");
    const queues = ["queues", "--pbx", "rome"];
    expect((await wildix(queues)).err).toContain("chmod 600 pbxs.json");
    expect((await wildix(queues, { WILDIX_HOST: "http://127.0.0.1:9" })).err).not.toContain("chmod");
    expect((await wildix(["key", "list"])).err).toContain("chmod 600 keys.json");
    expect((await wildix(["key", "list"])).err).not.toContain("pbxs.json");
  });
});

describe("a file of secrets that cannot be looked at", () => {
  const paths = async (): Promise<string[]> => {
    const loop = join(await newDirectory(), "pbxs.json");
    await symlink(loop, loop);
    // JSON in place of a file
    return [loop, `{"pbxs": {"milan": {"host": "${"x".repeat(300)}"}}}`];
  };
  it("is an error of the command that reads it", async () => {
    for (const path of await paths()) {
      const pbxs = await wildix(["queues", "--pbxs", path]);
      expect(pbxs.err).toContain("cannot be read. Check the path");
      expect(pbxs.err).toContain("(REGISTRY_UNAVAILABLE)");
      const keys = await wildix(["key", "list", "--keys", path]);
      expect(keys.err).toContain("(KEYS_UNAVAILABLE)");
      expect((await wildix(["key", "list"], { WILDIX_KEYS: path })).err).toContain("(KEYS_UNAVAILABLE)");
    }
  });
});
