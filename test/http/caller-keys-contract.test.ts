import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secretKeys } from "../../lib/aws/caller-keys.ts";
import type { CallerKeys } from "../../lib/http/keys.ts";
import { fileKeys, memoryKeys } from "../../lib/local/caller-keys.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const act of cleanUp) await act();
});

const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-keys-"));
  cleanUp.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
};

/** Two users of one store each. */
const stores: Record<string, () => Promise<readonly [CallerKeys, CallerKeys]>> = {
  memory: async () => {
    const keys = memoryKeys();
    return [keys, keys];
  },
  "a file": async () => {
    const path = join(await newDirectory(), "keys.json");
    return [fileKeys(path), fileKeys(path)];
  },
  "Secrets Manager": async () => {
    const stub = await startSecretsManager([]);
    cleanUp.push(stub.close);
    return [secretKeys(stub.client, "/wildix/dev/keys"), secretKeys(stub.client, "/wildix/dev/keys")];
  },
};

describe.each(Object.entries(stores))("callers' keys in %s", (_name, make) => {
  it("begin as none, and are made once", async () => {
    const [one, other] = await make();
    expect(await one.read()).toBeUndefined();
    expect(await one.write("a", undefined)).toBe(true);
    expect(await other.write("b", undefined)).toBe(false);
    expect((await other.read())?.text).toBe("a");
  });
  it("are changed only by whoever read them as they stand", async () => {
    const [one, other] = await make();
    await one.write("a", undefined);
    const [seen, alsoSeen] = [await one.read(), await other.read()];
    expect(await one.write("b", seen?.version)).toBe(true);
    expect(await other.write("c", alsoSeen?.version)).toBe(false);
    expect((await one.read())?.text).toBe("b");
    expect(await other.write("c", (await other.read())?.version)).toBe(true);
    expect((await one.read())?.text).toBe("c");
  });
  it("have another version after each change, and the same without one", async () => {
    const [one] = await make();
    const versions: unknown[] = [];
    for (const text of ["a", "b", "c"]) {
      await one.write(text, (await one.read())?.version);
      const [first, second] = [await one.read(), await one.read()];
      expect(first?.version).toBe(second?.version);
      versions.push(first?.version);
    }
    expect(new Set(versions).size).toBe(3);
  });
  it("lose no change of 20 at once: one succeeds, and 19 are told", async () => {
    const [one, other] = await make();
    await one.write("start", undefined);
    const version = (await one.read())?.version;
    const done = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).write(`text ${n}`, version)),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
    expect((await one.read())?.text).toBe(`text ${done.indexOf(true)}`);
  });
  it("an old version is not good again, whatever stands", async () => {
    const [one] = await make();
    await one.write("a", undefined);
    const first = (await one.read())?.version;
    await one.write("b", first);
    expect(await one.write("c", first)).toBe(false);
    expect(await one.write("c", "unheard-of")).toBe(false);
    expect(await one.write("c", undefined)).toBe(false);
  });
});

describe("the file of keys", () => {
  it("may be read by its owner alone, and leaves nothing beside it", async () => {
    const directory = await newDirectory();
    const keys = fileKeys(join(directory, "keys.json"));
    await keys.write("a", undefined);
    expect((await stat(join(directory, "keys.json"))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["keys.json"]);
  });
  it("is not locked for ever by a process that was killed", async () => {
    const path = join(await newDirectory(), "keys.json");
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    await writeFile(`${path}.lock`, String(dead));
    expect(await fileKeys(path).write("a", undefined)).toBe(true);
  });
  it("says that it cannot be reached", async () => {
    const keys = fileKeys(join(await newDirectory(), "nowhere", "keys.json"));
    await expect(keys.write("a", undefined)).rejects.toMatchObject({
      code: "KEYS_UNAVAILABLE",
      message: expect.stringContaining("ENOENT"),
    });
    await expect(fileKeys(tmpdir()).read()).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  });
});

describe("the secret of keys", () => {
  it("says that it cannot be reached", async () => {
    const stub = await startSecretsManager([{ name: "/wildix/dev/keys", value: "denied" }]);
    cleanUp.push(stub.close);
    await expect(secretKeys(stub.client, "/wildix/dev/keys").read()).rejects.toMatchObject({
      code: "KEYS_UNAVAILABLE",
      message: expect.stringContaining("AccessDeniedException"),
    });
  });
});
