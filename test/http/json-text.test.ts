import { describe, expect, it } from "vitest";
import { faultOf } from "../../lib/http/json-text.ts";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("a fault of JSON", () => {
  it.each([
    "{}",
    " [ ] ",
    '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": "a"}',
    '"\\u0041\\n\\"\\\\"',
    "-1.5e+3",
    "[true,false,null,0]",
    '{"toString": 1, "__proto__": 2}',
  ])("is not found in %s", (text) => expect([isJson(text), faultOf(text)]).toEqual([true, undefined]));

  it.each([
    ['{"to": "1", "to": "2"}', "/to"],
    ['{"to": 1, "t\\u006f": 2}', "/to"],
    ['{"a": [{"b": {}}, {"b": 1, "c": 2, "b": 3}], "a": 1}', "/a/1/b"],
    ['{"a/b": 1, "~": 2, "a/b": 3}', "/a~1b"],
    ['{"__proto__": 1, "__proto__": 2}', "/__proto__"],
  ])("names what is there twice: %s", (text, repeated) =>
    expect([isJson(text), faultOf(text)]).toEqual([true, { repeated }]),
  );

  it.each<[string, number, number]>([
    ['{"extension":"108","to":"1",}', 1, 29],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ["{'a': 1}", 1, 2],
    ["[1,]", 1, 4],
    ["[01]", 1, 3],
    ["[1 2]", 1, 4],
    ['{"a"; 1}', 1, 5],
    ['{"a": tru}', 1, 7],
    ['{"a": "x\ny"}', 1, 7],
    ["{} x", 1, 4],
    ["channel=Local", 1, 1],
    ["{,}", 1, 2],
  ])("has a place: %s", (text, line, column) =>
    expect([isJson(text), faultOf(text)]).toEqual([false, { place: { line, column } }]),
  );

  it.each(["", "{", '{"a"', '{"a":', "[1", "[1,", " "])("is that %j ends too early", (text) =>
    expect([isJson(text), faultOf(text)]).toEqual([false, { place: undefined }]),
  );
});
