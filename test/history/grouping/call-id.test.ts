import { expect, it } from "vitest";
import { callIdOf } from "../../../lib/history/grouping/call-id.ts";

it("the id of a call is always the same", () =>
  expect(callIdOf("2211000011b3", "7", "2026-11-23 10:00:00")).toBe(
    callIdOf("2211000011b3", "7", "2026-11-23 10:00:00"),
  ));

it("the id of a call is the one of earlier versions, which exports have", () =>
  expect(callIdOf("2211000011b3", "7", "2026-11-23 10:00:00")).toBe("58fddd88d93d41b0"));

it("100,000 rows have as many ids of 16 hexadecimal digits", () => {
  const ids = new Set<string>();
  for (let id = 0; id < 100_000; id++) ids.add(callIdOf("2211000011b3", String(id), "2026-11-23 10:00:00"));
  expect(ids.size).toBe(100_000);
  for (const id of [...ids].slice(0, 1_000)) expect(id).toMatch(/^[0-9a-f]{16}$/);
});

it("each part of a row's identity gives another id", () => {
  const ids = [
    callIdOf("p1", "7", "2026-11-23 10:00:00"),
    callIdOf("p2", "7", "2026-11-23 10:00:00"),
    callIdOf("p1", "8", "2026-11-23 10:00:00"),
    callIdOf("p1", "7", "2026-11-23 10:00:01"),
  ];
  expect(new Set(ids).size).toBe(4);
});
