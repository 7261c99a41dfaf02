import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { parseInput } from "../lib/input.ts";

const schema = z.strictObject({
  name: z.string().check(z.minLength(2), z.maxLength(4)),
  count: z.optional(z.int().check(z.minimum(1), z.maximum(9))),
  kind: z.optional(z.enum(["a", "b"])),
  list: z.optional(z.array(z.string()).check(z.maxLength(2))),
  inside: z.optional(z.strictObject({ number: z.optional(z.string().check(z.regex(/^\d+$/))) })),
  either: z.optional(z.union([z.literal(1), z.literal("1")])),
  all: z.optional(z.union([z.literal("all"), z.array(z.string())])),
  odd: z.optional(z.string().check(z.refine((text) => text === "x", "must be x."))),
});

describe("a caller's input", () => {
  it("is returned as it was given, without fields that are null", () =>
    expect(parseInput(schema, { name: "ab", count: null, inside: { number: null } })).toEqual({
      name: "ab",
      inside: {},
    }));
  it.each<[unknown, string, string]>([
    [undefined, "body", "`body` is missing."],
    ["text", "body", "`body` must be an object."],
    [{}, "name", "`name` is missing."],
    [{ name: null }, "name", "`name` is missing."],
    [{ name: 7 }, "name", "`name` must be a string; got 7."],
    [{ name: "a" }, "name", "`name` must be at least 2 characters long."],
    [{ name: "abcde" }, "name", "`name` must be at most 4 characters long."],
    [{ name: "ab", count: 0 }, "count", "`count` must be at least 1; got 0."],
    [{ name: "ab", count: 10 }, "count", "`count` must be at most 9; got 10."],
    [{ name: "ab", kind: "c" }, "kind", '`kind` must be one of a, b; got "c".'],
    [{ name: "ab", list: ["a", "b", "c"] }, "list", "`list` must be at most 2 items long."],
    [{ name: "ab", list: ["a", 7] }, "list.1", "`list.1` must be a string; got 7."],
    [
      { name: "ab", inside: { number: "x" } },
      "inside.number",
      "`inside.number` must have the documented form.",
    ],
    [{ name: "ab", either: "abc" }, "either", '`either` must be 1 or "1"; got "abc".'],
    [{ name: "ab", either: {} }, "either", '`either` must be 1 or "1".'],
    [{ name: "ab", all: "geheim" }, "all", "`all` must have the documented form."],
    [{ name: "ab", kind: "+16144841500" }, "kind", '`kind` must be one of a, b; got "…00".'],
    [{ name: "ab", odd: "y" }, "odd", "`odd` must be x."],
    [{ nmae: "ab" }, "nmae", "`nmae` is not known. Did you mean `name`?"],
    [{ name: "ab", zzzzzz: 1 }, "zzzzzz", "`zzzzzz` is not known. Remove it."],
    [{ name: "ab", "+16144841500": 1 }, "…00", "`…00` is not known. Remove it."],
    [{ name: "ab", zzzzzz: null }, "zzzzzz", "`zzzzzz` is not known. Remove it."],
    [
      { name: "ab", inside: { numbr: "1" } },
      "inside.numbr",
      "`inside.numbr` is not known. Did you mean `number`?",
    ],
  ])("%j is refused", (value, field, message) =>
    expect(() => parseInput(schema, value)).toThrowError(
      expect.objectContaining({ code: "INPUT_INVALID", field, message }),
    ),
  );
});
