import { describe, expect, it } from "vitest";
import { forQuery, toJson, toPhpArray } from "../../../lib/wms/signing/params.ts";
import { buildQuery } from "../../../lib/wms/signing/php.ts";

const query = (value: unknown): string => buildQuery(forQuery(toPhpArray(value, "params"), "params"));
const json = (value: unknown): string => toJson(toPhpArray(value, "body"), "body");
const refused = (field: string, says: string) =>
  expect.objectContaining({ code: "WMS_PARAM_INVALID", field, message: expect.stringContaining(says) });
const cycle: Record<string, unknown> = {};
cycle["a"] = { b: cycle };

describe("values", () => {
  it.each<[unknown, string]>([
    [undefined, ""],
    [null, ""],
    ["x", "0=x"],
    [7, "0=7"],
    [["a", "b"], "0=a&1=b"],
    [{ a: undefined, b: null, c: [], d: { e: null } }, ""],
    [{ filter: { start: { from: "2026-11-01" } } }, "filter%5Bstart%5D%5Bfrom%5D=2026-11-01"],
    [{ t: true, f: false, n: 1.5, big: 12n }, "t=1&f=0&n=1.5&big=12"],
  ])("travel in a query: %#", (value, text) => expect(query(value)).toBe(text));
  it.each<[unknown, string]>([
    [["a", "b"], '["a","b"]'],
    [[], "[]"],
    [{ a: null, b: [] }, '{"a":null,"b":[]}'],
    [
      { n: -0, i: 9007199254740991, f: 0.0001, big: 9223372036854775807n },
      '{"n":0,"i":9007199254740991,"f":0.0001,"big":9223372036854775807}',
    ],
  ])("travel as JSON: %#", (value, text) => expect(json(value)).toBe(text));
  it.each<[unknown, string, string]>([
    [{ a: Number.NaN }, "params.a", "finite number"],
    [{ a: () => 1 }, "params.a", "got a function"],
    [{ a: Symbol("x") }, "params.a", "got a symbol"],
    [{ a: new Date(0) }, "params.a", "plain object"],
    [cycle, "params.a.b", "must not contain itself"],
    [{ a: "\ud800" }, "params.a", "UTF-8"],
    [{ "\ud800": "a" }, "params", "UTF-8"],
    [{ "a\0b": "x" }, "params.a\0b", "NUL"],
    [{ "": "x" }, "params.", "must have a name"],
    [{ "a[b": "x" }, "params.a[b", "`[`"],
    [{ a: { "b]": "x" } }, "params.a.b]", "`]`"],
    [{ a: { " ": "x" } }, "params.a. ", "blank name"],
    [Array.from({ length: 1_001 }, () => "x"), "params", "1000 values"],
  ])("that a PBX would read differently in a query are refused: %#", (value, field, says) =>
    expect(() => query(value)).toThrowError(refused(field, says)),
  );
  it("with dots, brackets and blanks in names below the first level are not refused", () =>
    expect(query({ a: { "b.c d[": "x" } })).toBe("a%5Bb.c+d%5B%5D=x"));
  it("with an odd name but without a value are not refused, because they do not travel", () =>
    expect(query({ "a.b": null, c: "x" })).toBe("c=x"));
  it.each<[unknown, string]>([
    [{ a: 2 ** 53 }, "PHP prints with the same digits"],
    [{ a: 1e-5 }, "PHP prints with the same digits"],
    [{ a: 0.123456789012345 }, "PHP prints with the same digits"],
    [{ a: 2n ** 63n }, "64 bits"],
  ])("that PHP writes differently as JSON are refused: %#", (value, says) =>
    expect(() => json(value)).toThrowError(refused("body.a", says)),
  );
});
