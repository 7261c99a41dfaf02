import { describe, expect, it } from "vitest";
import { fieldText, fieldWord } from "../../../lib/history/rows/field-text.ts";

describe("a field", () => {
  it("is its text, the digits of a number, or empty", () =>
    expect(["a B", 12, Number.NaN, null, {}].map(fieldText)).toEqual(["a B", "12", "", "", ""]));
  it("that has one of few words is in lower case, also if many different words came before", () => {
    const texts = Array.from({ length: 1_000 }, (_, n) => ` Word ${n} `);
    for (const text of [...texts, ...texts]) expect(fieldWord(text)).toBe(text.trim().toLowerCase());
    expect([fieldWord("NO ANSWER"), fieldWord(7), fieldWord(undefined)]).toEqual(["no answer", "7", ""]);
  });
});
