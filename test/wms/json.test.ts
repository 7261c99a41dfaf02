import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonTooComplex, parseJson } from "../../lib/wms/json.ts";

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
});
