import { expect, it } from "vitest";
import { createNames } from "../../lib/callbacks/names.ts";
import { memoryState } from "../../lib/local/memory-state.ts";

it("the id of a callback never looks like an option of the command", async () => {
  let ids = 0;
  const names = createNames(memoryState({ now: () => 0 }), () => String(++ids));
  const made = await Promise.all(
    Array.from({ length: 500 }, (_, n) => names.callback("milan", `+3902${n}`, "1")),
  );
  expect(new Set(made).size).toBe(500);
  for (const id of made) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{42}$/);
});
