import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { makeSound, readSound } from "../../lib/sounds/make-sound.ts";
import type { WmsClient } from "../../lib/wms/client.ts";

let directory: string;
afterEach(() => rm(directory, { recursive: true, force: true }));

it("making a sound has the time that looking for it left", async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-functions-"));
  let left = 10_000;
  const given: unknown[] = [];
  const sounds: WmsClient["sounds"] = {
    list: async () => [],
    exists: async (_filename, _directory, limits) => {
      given.push(limits?.timeoutMs);
      left -= 9_000;
      return false;
    },
    create: async (_sound, limits) => {
      given.push(limits?.timeoutMs);
    },
  };
  const sound = readSound({ filename: "a", text: "x", voice: "K" }, 10);
  await makeSound({ sounds }, await directoryStore(directory), "milan", sound, () => ({ timeoutMs: left }));
  expect(given).toEqual([10_000, 1_000]);
});

it("two who make the same sound at once are both told that it is made; who made another is told of a conflict", async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-functions-"));
  const store = await directoryStore(directory);
  const sounds: WmsClient["sounds"] = {
    list: async () => [],
    exists: async () => false,
    create: async () => undefined,
  };
  const make = (text: string) =>
    makeSound({ sounds }, store, "milan", readSound({ filename: "a", text, voice: "K" }, 10), () => ({}));
  expect(await Promise.all([make("x"), make("x")])).toEqual([{ made: true }, { made: true }]);
  await rm(join(directory, "sounds"), { recursive: true });
  const outcomes = await Promise.allSettled([make("x"), make("y")]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { code: "STORE_CONFLICT" },
  });
});

it.each(["\u0000", "Good\u0007 morning", "a\u001b[31m", "a\u0085b"])(
  "the text %j is refused for its control character",
  (text) =>
    expect(() => readSound({ filename: "a", text, voice: "K" }, 100)).toThrow(
      "`text` must not have control characters",
    ),
);
it("a text can have line breaks and tabs", () =>
  expect(readSound({ filename: "a", text: "a\r\n\tb", voice: "K" }, 100).text).toBe("a\r\n\tb"));
