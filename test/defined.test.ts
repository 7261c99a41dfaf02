import { expect, it } from "vitest";
import { defined } from "../lib/defined.ts";

it("leaves out undefined values and keeps all others", () => {
  const given: { a?: number | undefined; b: string | undefined; c: null; d: 0; e: false } = {
    a: undefined,
    b: "b",
    c: null,
    d: 0,
    e: false,
  };
  const kept: { a?: number; b?: string; c: null; d: 0; e: false } = defined(given);
  expect(kept).toStrictEqual({ b: "b", c: null, d: 0, e: false });
});
