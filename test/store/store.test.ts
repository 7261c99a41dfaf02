import { describe, expect, it } from "vitest";
import { asSeen, readText, writeText } from "../../lib/store/store.ts";
import { plainStore } from "../support/plain-store.ts";

describe("a small object", () => {
  it("is written and read whole, whatever its size and letters", async () => {
    const store = plainStore();
    const text = "Zoë 🙂 山".repeat(20_000);
    const written = await writeText(store, "a", text, { absent: true });
    expect(written).toEqual(await store.head("a"));
    expect((await readText(store, "a")) === text).toBe(true);
    expect(await readText(store, "none")).toBeUndefined();
  });
  it("is expected as it was seen", () => {
    expect(asSeen(undefined)).toEqual({ absent: true });
    expect(asSeen({ key: "a", etag: "e", size: 1 })).toEqual({ etag: "e" });
  });
});
