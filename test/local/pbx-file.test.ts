import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentRegistry, fileRegistry } from "../../lib/local/pbx-file.ts";
import { readPbx } from "../../lib/pbxs/registry.ts";
import { newDirectory } from "../support/cli.ts";
import { giveSecret } from "../support/leaks.ts";

const secretKey = giveSecret("pbxs-test-secret-0123456789abcdef");
// what bad-secrets.json has for secret keys, in full and in part
giveSecret("0123456789abcdef");
const secret = { host: "https://pbx.example.com", app_id: "app-1", app_name: "crm", secret_key: secretKey };

describe("a file of PBXs", () => {
  it("is read again when it changes, also if its size and date stay", async () => {
    const file = join(await newDirectory(), "pbxs.json");
    const registry = fileRegistry(file);
    const write = async (id: string): Promise<void> => {
      await writeFile(file, JSON.stringify({ pbxs: { [id]: secret } }));
      await utimes(file, 1, 1);
    };
    await write("milan");
    expect(await readPbx(registry, "milan")).toMatchObject({ connection: { host: secret.host } });
    await write("turin");
    expect((await registry.list()).map(({ id }) => id)).toEqual(["turin"]);
    await expect(readPbx(registry, "milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
    await writeFile(file, "{");
    await expect(registry.list()).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });
});

describe("the PBX of the environment", () => {
  it("is called default", async () => {
    const registry = environmentRegistry({
      WILDIX_HOST: secret.host,
      WILDIX_API_KEY: "wsk-v1-x",
      WILDIX_TIMEZONE: "Europe/Rome",
    });
    expect(await registry.list()).toEqual([
      { id: "default", timezone: "Europe/Rome", exported: true, registeredAt: undefined },
    ]);
    expect((await readPbx(registry, "default")).connection).toEqual({
      host: secret.host,
      auth: { kind: "api_key", api_key: "wsk-v1-x" },
    });
    await expect(readPbx(registry, "milan")).rejects.toMatchObject({ code: "PBX_UNKNOWN" });
  });
  it("is not in the list if the environment has no PBX", async () => {
    await expect(environmentRegistry({ WILDIX_TIMEZONE: "Europe/Rome" }).list()).rejects.toMatchObject({
      code: "CONFIG_MISSING",
      message: expect.stringContaining("Or give a file of PBXs with `--pbxs`."),
    });
  });
  it.each<[Record<string, string>, string]>([
    [{}, "WILDIX_HOST"],
    [{ WILDIX_TOKEN: "access_x" }, "WILDIX_HOST"],
    [{ WILDIX_HOST: "https://pbx.example.com" }, "WILDIX_APP_ID"],
    [{ WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_NAME: "a" }, "WILDIX_APP_ID"],
    [
      { WILDIX_HOST: "https://pbx.example.com", WILDIX_APP_ID: "a", WILDIX_SECRET_KEY: "s" },
      "WILDIX_APP_NAME",
    ],
  ])("%j: says which variable is missing", async (env, field) => {
    await expect(readPbx(environmentRegistry(env), "default")).rejects.toMatchObject({
      code: "CONFIG_MISSING",
      field,
      message: expect.stringContaining(field),
    });
  });
});
