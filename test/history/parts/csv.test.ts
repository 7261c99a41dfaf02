import { describe, expect, it } from "vitest";
import { csvCell, csvLine, csvRecords, csvSeparators } from "../../../lib/history/parts/csv.ts";
import { fc } from "../../support/fast-check.ts";

describe("CSV", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    [null, ""],
    [undefined, ""],
    [7, "7"],
    [-7, "-7"],
    [false, "false"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", `"'=1+1"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["+39040555", `"'+39040555"`],
    ["-2+3", `"'-2+3"`],
    ["\t=1", `"'\t'=1"`],
    ["\r=1", `"'\r'=1"`],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ["a=1", "a=1"],
    [{ vm: { url: "" } }, '"{""vm"":{""url"":""""}}"'],
    [{ vm: "\ud83d" }, '"{""vm"":""\ufffd""}"'],
  ])("%j becomes %s", (value, cell) => expect(csvCell(value)).toBe(cell));

  it.each(["+0100", "-0330", "+02:00"])("the UTC offset %s has no apostrophe", (offset) =>
    expect(csvCell(offset)).toBe(offset),
  );
  it.each([
    ["Rossi;=1+1", ",", `"Rossi;'=1+1"`],
    ["Rossi; +1", ",", `"Rossi;' +1"`],
    ['Rossi;"=1"', ",", `"Rossi;'""=1"""`],
    ["Rossi\n=1", ",", `"Rossi\n'=1"`],
    ["Rossi\t@SUM(A1)", ",", `"Rossi\t'@SUM(A1)"`],
    ["Rossi,=1+1", ",", '"Rossi,=1+1"'],
    ["Rossi,=1+1", ";", `"Rossi,'=1+1"`],
    ["Rossi;=1+1", ";", '"Rossi;=1+1"'],
    ["Rossi;=1,=2", "\t", `"Rossi;'=1,'=2"`],
    ["＝1+1", ",", `"'＝1+1"`],
    ["\n=1", ",", `"'\n'=1"`],
    [{ a: ";=1" }, ",", `"{""a"":"";'=1""}"`],
    ["a;b", ",", '"a;b"'],
    ["a,b", ";", '"a,b"'],
    [-7, ";", "-7"],
  ] as const)("%j between %j becomes %s, where any character separates", (value, separator, cell) =>
    expect(csvCell(value, separator)).toBe(cell),
  );
  it("separates cells as it is told", () => expect(csvLine(["a", 1, null], ";")).toBe("a;1;\r\n"));

  it("ends lines as RFC 4180 has it", () => expect(csvLine(["a", 1, null])).toBe("a,1,\r\n"));

  it("no text begins a cell as a formula, and each can be read back", () => {
    const unquote = (cell: string): string =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = unquote(csvCell(text));
        expect(read).not.toMatch(/^[=@+\-\t\r\n]/);
        expect(read.replaceAll("'", "")).toBe(text.replaceAll("'", ""));
      }),
    );
  });
  it.each(csvSeparators)("takes time in proportion to a run of separators and blanks, by %j", (separator) => {
    const run = '\t\r\n "'.repeat(200_000);
    for (const text of [run, `a${run}=1`, `${run}'`, `;${run}+1`]) {
      const line = csvLine([text], separator);
      expect([...csvRecords(line, separator)][0]?.cells).toEqual([text]);
    }
  });
  it("reads every record back, except apostrophes that the file had before a formula", () => {
    const parts = ["'", "=1", "+", ";", ",", "\t", "\r", "\n", " ", '"', "a"];
    const texts = fc
      .array(fc.constantFrom(...parts), { maxLength: 8 })
      .map((list) => list.join(""))
      .filter((text) => !/(?:^|[;,\t\r\n])'["\s']*[=+\t\r\n]/.test(text));
    fc.assert(
      fc.property(
        fc.array(texts, { minLength: 1 }),
        fc.constantFrom(...csvSeparators),
        (cells, separator) => {
          const line = csvLine(cells, separator);
          expect([...csvRecords(line + line, separator)]).toEqual([
            { raw: line, cells },
            { raw: line, cells },
          ]);
        },
      ),
    );
  });
});
