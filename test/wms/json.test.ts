import { describe, expect, it } from "vitest";
import { JsonTooComplex, parseJson } from "../../lib/wms/json.ts";
import { fc } from "../support/fast-check.ts";

describe("JSON from outside", () => {
  it("is what JSON.parse makes of it, with or without a byte order mark", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(`\uFEFF${text}`)).toEqual(JSON.parse(text));
      }),
    );
  });
  it.each(["", "\uFEFF", "\uFEFF\uFEFF{}", "{", '{"a":}', '"\\'])("%j is refused", (text) =>
    expect(() => parseJson(text)).toThrow(SyntaxError),
  );
  it("has a limit of levels and of objects and lists; brackets in texts do not count", () => {
    const limits = { depth: 3, containers: 4 };
    const read = (text: string): unknown => parseJson(text, limits);
    expect(read('[[["[[[[{{{{\\"[[[["]]]')).toEqual([[['[[[[{{{{"[[[[']]]);
    expect(read("[[],[],[]]")).toEqual([[], [], []]);
    expect(() => read("[[[[")).toThrow(JsonTooComplex);
    expect(() => read("[[],[],[],[]]")).toThrow(new JsonTooComplex("more than 4 objects and lists"));
    expect(() => read('{"a":{"b":{"c":{}}}}')).toThrow(new JsonTooComplex("more than 3 levels"));
  });
  it.each([
    ["lists", (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`],
    ["objects", (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`],
    [
      "lists in objects",
      (levels: number) => `${'{"b":1,"a":['.repeat(levels / 2)}${"]}".repeat(levels / 2)}`,
    ],
  ])("has 256 levels of %s at most, in a short text too", (_, nested) => {
    expect(() => parseJson(nested(256))).not.toThrow();
    expect(() => parseJson(nested(258))).toThrow(new JsonTooComplex("more than 256 levels"));
    expect(() => parseJson(nested(258).slice(0, -1))).toThrow(JsonTooComplex);
    expect(() => parseJson(nested(256).slice(0, -1))).toThrow(SyntaxError);
  });
  it("is read where a text has a million objects and lists, and refused where it has more", () => {
    const lists = (count: number): string => `[${"[],".repeat(count - 2)}[]]`;
    expect(parseJson(lists(1_000_000))).toHaveLength(999_999);
    expect(() => parseJson(lists(1_000_001))).toThrow(
      new JsonTooComplex("more than 1 million objects and lists"),
    );
  });
});
