import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, spawnWildix, startPbx, wildix } from "../support/cli.ts";

interface Served {
  readonly url: string;
  readonly key: string;
  readonly pbxs: readonly string[];
}

describe("wildix serve", () => {
  it("places a call through the PBX of the environment, once for a key, and ends when it is told", async () => {
    const { pbx, env } = await startPbx();
    const out = await newDirectory();
    const child = spawnWildix(["serve", "--port", "0", "--out", out, "--json"], {
      ...env,
      WILDIX_KEYS: join(out, "keys.json"),
    });
    const [told] = (await once(child.stdout, "data")) as [Buffer];
    const { url, key, pbxs }: Served = JSON.parse(String(told));
    expect(pbxs).toEqual(["default"]);
    const post = () =>
      fetch(`${url}/calls`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "idempotency-key": "k",
        },
        body: JSON.stringify({ extension: "108", to: "16144841500" }),
      });
    expect([(await post()).status, (await post()).status]).toEqual([201, 200]);
    expect(pbx.pbx.phones.calls).toHaveLength(1);
    expect((await fetch(`${url}/call-queues`)).status).toBe(401);
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
  });
  it.each([
    ["is not JSON", "keys.json", "KEYS_INVALID"],
    ["cannot be written", "none/keys.json", "KEYS_UNAVAILABLE"],
  ])("ends if its file of keys %s", async (_fault, file, says) => {
    const { env } = await startPbx();
    const out = await newDirectory();
    await writeFile(join(out, "keys.json"), "no JSON");
    const child = spawnWildix(["serve", "--port", "0", "--out", out], {
      ...env,
      WILDIX_KEYS: join(out, file),
    });
    const [said] = await Promise.all([text(child.stderr), once(child, "close")]);
    expect([child.exitCode, said]).toEqual([1, expect.stringContaining(says)]);
  });
  it("says what to do about a port that is none, or is taken", async () => {
    const { env } = await startPbx();
    const serve = async (port: string) =>
      wildix(["serve", "--port", port, "--out", await newDirectory()], env);
    expect(await serve("70000")).toMatchObject({
      code: 2,
      err: expect.stringContaining("`--port` must be a port"),
    });
    const other = createServer();
    onTestFinished(() => void other.close());
    await once(other.listen(0, "127.0.0.1"), "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await serve(String(port))).toMatchObject({
      code: 2,
      err: expect.stringContaining(`Port ${port} is in use. Choose another with \`--port\`.`),
    });
  });
});
