import { describe, expect, it } from "vitest";
import { compilePattern, matchesPattern } from "../lib/digit-pattern.ts";
import { fc } from "./support/fast-check.ts";

const alphabet = [..."0123456789*#+a"];

/** Patterns of every supported form, small enough that JavaScript's engine answers too. */
const { pattern } = fc.letrec<{ pattern: string; atom: string; term: string }>((tie) => ({
  atom: fc.oneof(
    fc.constantFrom("1", "8", "\\d", ".", "[0-9]", "[1-9]", "[^0]", "[12*]", "\\*", "\\+", "#", "a"),
    tie("pattern").map((inner) => `(?:${inner})`),
    tie("pattern").map((inner) => `(${inner})`),
  ),
  term: fc
    .tuple(tie("atom"), fc.constantFrom("", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "{2}?", "*?"))
    .map((parts) => parts.join("")),
  pattern: fc
    .array(
      fc.array(tie("term"), { maxLength: 3 }).map((terms) => terms.join("")),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((choices) => choices.join("|")),
}));

describe("a pattern", () => {
  it("matches as JavaScript's own engine", () => {
    fc.assert(
      fc.property(
        pattern.filter((source) => source.length <= 30),
        fc.array(fc.array(fc.constantFrom(...alphabet), { maxLength: 7 }), { maxLength: 20 }),
        (source, texts) => {
          const own = compilePattern(source);
          const theirs = new RegExp(`^(?:${source})$`);
          for (const text of texts.map((characters) => characters.join("")))
            expect([text, own?.(text)]).toEqual([text, theirs.test(text)]);
        },
      ),
      { numRuns: 500 },
    );
  });
  it.each([
    ["[1-9][0-9]{2}", "108", "1080"],
    ["\\d{2,6}", "123456", "1234567"],
    ["8\\d{3}|1[0-4]", "8123", "15"],
    ["^10[0-9]$", "109", "209"],
    ["", "", "1"],
    ["[0-9]{3}|\\*\\d+", "*98", "98"],
  ])("%s matches %s and not %s", (source, yes, no) => {
    expect([matchesPattern(source, yes), matchesPattern(source, no)]).toEqual([true, false]);
  });
  it.each([
    "(",
    "[",
    "[]",
    "1)",
    "a{2,1}",
    "*",
    "+1",
    "1**",
    "{2}",
    "\\1",
    "(1)\\1",
    "(?=1)1",
    "(?<!1)1",
    "(?<n>1)",
    "\\w",
    "\\b1",
    "1^2",
    "[9-0]",
    "\\",
    "(?:[0-9]{100}){100}",
    "((((1{9}){9}){9}){9})",
  ])("%s is refused", (source) => {
    expect(compilePattern(source)).toBeUndefined();
    expect(matchesPattern(source, "1")).toBe(false);
  });
  it.each([
    "(?:[0-9]|[0-9][0-9])*0*x",
    "(?:\\d?){20}\\d{20}x",
    "(?:\\d*\\d*)*x",
    "([0-9]|[1-9])+x",
    "\\d*\\d*\\d*\\d*\\d*\\d*x",
  ])("that takes JavaScript's engine minutes, %s, takes a moment", (source) => {
    const match = compilePattern(source);
    let steps = 0;
    const counted = {
      *[Symbol.iterator]() {
        for (const character of "1".repeat(10_000)) {
          steps++;
          yield character;
        }
      },
    };
    // each character is read at most once
    expect(match?.(counted as unknown as string)).toBe(false);
    expect(steps).toBeLessThanOrEqual(10_000);
  });
  it("with very many ways to match keeps no more than a bounded number of them", () => {
    const match = compilePattern("(?:0|1)*1(?:0|1){12}");
    for (let n = 0; n < 20_000; n++) {
      const text = n.toString(2).padStart(16, "0");
      expect(match?.(text)).toBe(text.at(-13) === "1");
    }
  });
});
