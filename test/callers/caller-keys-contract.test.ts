import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secretKeys } from "../../lib/aws/caller-keys.ts";
import type { CallerKeys } from "../../lib/callers/keys.ts";
import { fileKeys, memoryKeys } from "../../lib/local/caller-keys.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";
import { callerKeysContract } from "./caller-keys-contract.ts";

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

describe.each(Object.entries(stores))("callers' keys in %s", (_name, make) => callerKeysContract(make));

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
  it("names its lock and the process that holds it", async () => {
    const path = join(await newDirectory(), "keys.json");
    await writeFile(`${path}.lock`, String(process.pid));
    await expect(fileKeys(path).write("a", undefined)).rejects.toMatchObject({
      code: "KEYS_UNAVAILABLE",
      message: expect.stringContaining(`is locked by process ${process.pid}`),
    });
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
