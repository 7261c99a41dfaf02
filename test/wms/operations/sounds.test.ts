import { describe, expect, it } from "vitest";
import { clientOf } from "../../support/operations.ts";
import { answer, ok } from "../../support/scripted.ts";

describe("a sound", () => {
  it.each<[string, object, boolean]>([
    ["with its extension", { name: "a.wav" }, true],
    ["without its extension", { name: "a" }, true],
    ["as a path", { path: "folder/a.wav" }, true],
    ["of another name", { name: "ab.wav" }, false],
    ["as a folder", { name: "a", isDir: true }, false],
    ["as a folder of an older WMS", { name: "a", isDir: "1" }, false],
    ["as a folder in words", { name: "a", isDir: "true" }, false],
  ])("that is listed %s: exists %s", async (_name, record, expected) =>
    expect(await clientOf(ok({ records: [record] })).sounds.exists("a")).toBe(expected),
  );
  it("of a PBX without a list of sounds is an error", async () =>
    expect(clientOf(answer(404, { type: "error" })).sounds.exists("a")).rejects.toMatchObject({
      code: "WMS_SOUND_LIST_MISSING",
    }));
});
