import { describe, expect, it } from "vitest";
import {
  arrayMerge,
  asciiLower,
  buildQuery,
  isArray,
  isIntegerKey,
  maxDepth,
  maxVariables,
  type PhpArray,
  type PhpNode,
  parseQuery,
  phpTrim,
  settledOrder,
} from "../../../lib/wms/signing/php.ts";

const plain = (node: PhpNode): unknown =>
  isArray(node) ? Object.fromEntries([...node.entries].map(([key, item]) => [key, plain(item)])) : node;
const read = (query: string): unknown => {
  const array = parseQuery(query);
  return array && plain(array);
};
const array = (...entries: [string, PhpNode][]): PhpArray => ({ entries: new Map(entries), list: false });

describe("PHP's parse_str", () => {
  it.each<[string, unknown]>([
    ["", {}],
    ["a=1&&b=2&", { a: "1", b: "2" }],
    ["a", { a: "" }],
    ["=1", {}],
    ["a=1=2", { a: "1=2" }],
    ["a=1&a=2", { a: "2" }],
    ["a.b=1&c d=2&e+f=3", { a_b: "1", c_d: "2", e_f: "3" }],
    ["  a=1", { a: "1" }],
    ["a%00b=1", { a: "1" }],
    ["a[]=1&a[]=2", { a: { 0: "1", 1: "2" } }],
    ["a[5]=1&a[]=2", { a: { 5: "1", 6: "2" } }],
    ["a[ ]=1", { a: { 0: "1" } }],
    ["a[b][c]=1&a[b][d]=2", { a: { b: { c: "1", d: "2" } } }],
    ["a[b=1", { a_b: "1" }],
    ["a[b[c=1", { a_b_c: "1" }],
    ["a[b]c=1", { a: { b: "1" } }],
    ["a[b][c=1", { a: { b: "1" } }],
    ["a=1&a[b]=2", { a: { b: "2" } }],
    ["[a]=1", {}],
    ["a=%zz", { a: "%zz" }],
    ["a=%C3%A9", { a: "é" }],
  ])("%s", (query, expected) => expect(read(query)).toEqual(expected));
  it.each(["a=%E9", "%ff=1"])("%s is not UTF-8", (query) => expect(parseQuery(query)).toBeUndefined());
  it("drops variables beyond its limits of number and depth", () => {
    const many = Array.from({ length: maxVariables + 1 }, (_, n) => `v${n}=1`).join("&");
    expect(parseQuery(many)?.entries.size).toBe(maxVariables);
    expect(read(`a${"[b]".repeat(maxDepth)}=1`)).toHaveProperty("a");
    expect(read(`a${"[b]".repeat(maxDepth + 1)}=1`)).toEqual({});
  });
});

describe("PHP's http_build_query", () => {
  it("encodes as RFC 1738, nests with brackets, leaves out null and writes booleans as 1 and 0", () =>
    expect(
      buildQuery(
        array(
          ["a b", "c d!'()*~-_."],
          ["é", true],
          ["f", false],
          ["n", null],
          ["g", array(["x", 1n], ["y", array()])],
        ),
      ),
    ).toBe("a+b=c+d%21%27%28%29%2A%7E-_.&%C3%A9=1&f=0&g%5Bx%5D=1"));
});

describe("PHP's array_merge", () => {
  it("overwrites names in place and numbers integer keys from 0", () => {
    const merged = arrayMerge(array(["a", "1"], ["7", "x"], ["b", "2"]), array(["a", "3"], ["7", "y"]));
    expect([...merged.entries]).toEqual([
      ["a", "3"],
      ["0", "x"],
      ["b", "2"],
      ["1", "y"],
    ]);
  });
});

describe("PHP's order of keys", () => {
  it.each<[string[], string[] | undefined]>([
    [["x"], ["x"]],
    [
      ["b", "B", "a"],
      ["B", "a", "b"],
    ],
    [
      ["\uFF5E", "\u{1F600}"],
      ["\uFF5E", "\u{1F600}"],
    ],
    [
      ["10", "9", "-1"],
      ["-1", "9", "10"],
    ],
    [
      ["1.0", "1", "01"],
      ["1.0", "1", "01"],
    ],
    [["9007199254740993", "1"], undefined],
    [
      ["0", "b", "a"],
      ["0", "a", "b"],
    ],
    [["b", "0"], undefined],
    [["0", "_a"], undefined],
    [["1", "a"], undefined],
    [["0", ...Array.from({ length: 16 }, (_, n) => `k${n}`)], undefined],
  ])("%j", (keys, order) => expect(settledOrder(keys)).toEqual(order));
});

describe("PHP's text functions", () => {
  it.each([
    [" \t\n\r\0\va\v\0 ", "a"],
    ["\fa\u00a0", "\fa\u00a0"],
    ["", ""],
  ])("trim %j", (text, trimmed) => expect(phpTrim(text)).toBe(trimmed));
  it("lower-cases only ASCII letters", () => expect(asciiLower("AZÉ")).toBe("azÉ"));
  it.each([
    ["0", true],
    ["-5", true],
    ["-0", false],
    ["007", false],
    ["1.0", false],
    ["9223372036854775807", true],
    ["-9223372036854775808", true],
    ["9223372036854775808", false],
    ["a", false],
  ])("%s is an integer key: %s", (key, expected) => expect(isIntegerKey(key)).toBe(expected));
});
