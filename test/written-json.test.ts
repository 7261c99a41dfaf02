import { describe, expect, it } from "vitest";
import { pointerOf, readWrittenJson, visitJson } from "../lib/written-json.ts";
import { fc } from "./support/fast-check.ts";

const fault = (message: string): Error => new Error(message);
const read = (text: string, mayRepeat?: Parameters<typeof readWrittenJson>[2]): unknown =>
  readWrittenJson(text, fault, mayRepeat);
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** An object as a person can write it, with fields that are repeated. */
type Written = readonly (readonly [name: string, value: Written | number])[];
const names = fc.constantFrom("a", "b", "a/b", "~", '"', "__proto__", "\u00e4");
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.array(
    fc.tuple(names, fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.integer(), tie("written"))),
    { maxLength: 4 },
  ),
}));
const textOf = (value: Written | number): string =>
  typeof value === "number"
    ? String(value)
    : `{${value.map(([name, inside]) => `\n${JSON.stringify(name)} : ${textOf(inside)}`).join(",")}}`;
const repeats = (value: Written | number): boolean =>
  typeof value !== "number" &&
  (new Set(value.map(([name]) => name)).size < value.length || value.some(([, inside]) => repeats(inside)));

describe("JSON that a person wrote", () => {
  it("is what JSON.parse makes of it, with or without a byte order mark", () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual(JSON.parse(text));
        expect(read(`\uFEFF${text}`)).toEqual(JSON.parse(text));
      }),
    ));
  it("is refused if, and only if, an object has a field twice", () =>
    fc.assert(
      fc.property(written, (value) => {
        const readIt = (): unknown => read(textOf(value));
        if (repeats(value)) expect(readIt).toThrow(/^must have each field once; got `\//);
        else expect(readIt()).toEqual(JSON.parse(textOf(value)));
      }),
    ));
  it.each([
    ['{"pbxs": {\n"milan": {},\n"rome": {},\n"milan": {}}}', "`/pbxs/milan` in line 2 and in line 4"],
    ['{"a/b": [{"~": 1, "\\u007e": 2}]}', "`/a~1b/0/~0` twice in line 1"],
    ['{"": 1, "": 2}', "`/` twice in line 1"],
  ])("%j: names the field and its lines", (text, where) =>
    expect(() => read(text)).toThrow(fault(`must have each field once; got ${where}. Remove one of them.`)),
  );
  it("can repeat a field that the reader knows how to report", () => {
    const text = '{"pbxs": {"a": {"x": 1}, "a": {"x": 2}}}';
    expect(read(text, (path) => pointerOf(path) === "/pbxs/a")).toEqual({
      pbxs: { a: { x: 2 } },
    });
  });
  it.each([
    ["a comma at the end", '{\n  "a": 1,\n}', "line 3, column 1"],
    ["a comment", '{\n  // note\n  "a": 1\n}', "line 2, column 3"],
    ["no comma", '{"a": 1 "b": 2}', "line 1, column 9"],
    ["a single quote", "{'a': 1}", "line 1, column 2"],
    ["a line break in a string", '{"a": "b\n"}', "line 1, column 7"],
    ["a wrong escape", '["\\x"]', "line 1, column 2"],
    ["a number with a zero before it", '{"a": 01}', "line 1, column 8"],
    ["two values", "{}\n{}", "line 2, column 1"],
    ["no end", '{"a": [1', "line 1, column 9"],
    ["a password", "geheim", "line 1, column 1"],
  ])("%s: names the place", (_, text, place) =>
    expect(() => read(text)).toThrow(
      fault(`must be JSON; got a mistake in ${place}. Look there for a comment or a trailing comma.`),
    ),
  );
  it.each(["", " \n", "\uFEFF"])("%j is said to be empty", (text) =>
    expect(() => read(text)).toThrow(fault("must be JSON; got an empty string.")),
  );
  it("has at most 256 levels", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(() => read(nested(256))).not.toThrow();
    expect(() => read(nested(100_000))).toThrow(fault("must be simpler; got more than 256 levels."));
  });
});

describe("a visit of JSON", () => {
  it("finds a mistake if, and only if, JSON.parse does", () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat(2),
      put: fc.constantFrom("", ...'{}[]:,"\\ 0.-e\n\tnu/'),
    });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), edit, (value, { at, cut, put }) => {
        const whole = JSON.stringify(value);
        const start = at % (whole.length + 1);
        const text = whole.slice(0, start) + put + whole.slice(start + cut);
        expect(visitJson(text, () => {}) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
  it("counts the lines of a long text once", () => {
    const field = '{"name": "x", "list": [1, 2, 3]},\n';
    let [visited, last] = [0, 0];
    visitJson(`[${field.repeat(50_000)}0]`, (_, line) => {
      visited++;
      last = line;
    });
    expect([visited, last]).toEqual([300_001, 50_001]);
  });
});
