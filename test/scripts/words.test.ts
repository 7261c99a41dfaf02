import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { check } from "../../scripts/words/check.ts";
import { ofCode } from "../../scripts/words/code.ts";
import { dataTexts } from "../../scripts/words/data.ts";
import { newestEntry, ofMarkdown } from "../../scripts/words/markdown.ts";
import type { Kind } from "../../scripts/words/piece.ts";
import { terms } from "../../scripts/words/terms.ts";

const fixture = "test/fixtures/words/old-sentences.md";
const old = ofMarkdown(fixture, readFileSync(fixture, "utf8"));
const foundIn = (text: string, kind: Kind = "prose"): string[] =>
  check({ file: "a.md", line: 1, kind, text }).map(({ found }) => found);

describe("old sentences", () => {
  it.each([
    ["The last days", "made up for", "said in words"],
    ["Every request", "may only what"],
    ["from is not", "from is"],
    ["to is a number", "to is", "of no"],
    ["Nobody could", "Nobody", "told"],
    ["There were", "There were enough"],
    ["Days that stand", "stand", "left alone", "goes on"],
    ["Only the newest", "mended"],
    ["CODE is no", "is no"],
    ["A callback reads", "at this moment", "what came of", "again and again", "lay"],
    ["A request is", "worked on", "by itself", "time is up", "breaks off", "as before"],
    ["In order to", "In order to", "utilize", "commence"],
  ])("%s …", (start, ...phrases) => {
    const findings = old.filter(({ text }) => text.startsWith(start)).flatMap((piece) => check(piece));
    expect(findings.map(({ found }) => found)).toEqual(expect.arrayContaining(phrases));
  });
  it("are found on their line, with the word to write", () => {
    const line = readFileSync(fixture, "utf8").split("\n").indexOf("Only the newest release is mended.") + 1;
    const findings = old.flatMap((piece) => check(piece));
    expect(findings).toContainEqual({ file: fixture, line, found: "mended", write: "fix" });
  });
  it.each([...terms.anywhere, ...terms.first])("have an example of $find", ({ find }) => {
    expect(old.some(({ text }) => text.search(find) >= 0)).toBe(true);
  });
});

describe("a text", () => {
  it.each([
    "The run continues where it stopped.",
    "CSV stands for comma-separated values.",
    "There is no limit. It is no longer supported.",
    "What happens if the answer is lost?",
    "The message goes to the dead letter queue.",
  ])("may say: %s", (text) => {
    expect(foundIn(text)).toEqual([]);
  });
  it("is found across a line break, on the line where the phrase begins", () => {
    const [finding] = check({ file: "a.md", line: 7, kind: "prose", text: "The day\nis left\nalone." });
    expect(finding).toMatchObject({ line: 8, found: "left alone" });
  });
  it("has sentences of 30 words at most, and code is one word", () => {
    const words = (count: number): string => `Word${" word".repeat(count - 1)}.`;
    expect(foundIn(words(30))).toEqual([]);
    expect(foundIn(words(31))).toHaveLength(1);
    expect(foundIn(`${words(20)} ${words(20)}`)).toEqual([]);
    const code = ofMarkdown("a.md", `Run \`${words(31)}\` now.`);
    expect(code.flatMap((piece) => check(piece))).toEqual([]);
  });
  it("is a noun phrase if it is an error's title, and short if it is a command's help", () => {
    expect(foundIn("The key may not do this", "title")).toHaveLength(1);
    expect(foundIn("Call limit reached", "title")).toEqual([]);
    expect(foundIn("Export call history to a directory", "command")).toEqual([]);
    expect(
      foundIn("Export call history of many days to a directory of your machine", "command"),
    ).toHaveLength(1);
  });
  it("names the passive voice only as advice", () => {
    const text = "The row was written.";
    expect(foundIn(text)).toEqual([]);
    expect(check({ file: "a.md", line: 1, kind: "prose", text }, true)).toMatchObject([
      { write: "advice: active voice" },
    ]);
  });
});

describe("the texts of", () => {
  it("a page are its paragraphs, list items, headings and cells, without code blocks and comments", () => {
    const page =
      "# A `b`\n\nText of\n[a link](x).\n\n- item\n\n| head |\n|---|\n| cell |\n\n```sh\nmend\n```\n<!-- mend -->\n";
    expect(ofMarkdown("a.md", page).map(({ line, kind, text }) => [line, kind, text])).toEqual([
      [1, "heading", "A CODE"],
      [3, "prose", "Text of\na link."],
      [6, "prose", "item"],
      [8, "heading", "head"],
      [10, "prose", "cell"],
    ]);
  });
  it("a changelog end with its newest entry", () => {
    expect(newestEntry("# Log\n\n## [Unreleased]\n\nnew\n\n## [0.1.0]\n\nold\n")).toBe(
      "# Log\n\n## [Unreleased]\n\nnew\n\n",
    );
  });
  it("a source are its comments and strings", () => {
    const source = '// why\nconst a: string = "one two";\nthrow new E(`to is $' + "{a} of no country`);\n";
    expect(ofCode("a.ts", source)).toEqual([
      { file: "a.ts", line: 1, kind: "comment", text: " why" },
      { file: "a.ts", line: 2, kind: "prose", text: "one two" },
      { file: "a.ts", line: 3, kind: "prose", text: "to is CODE of no country" },
    ]);
  });
  it.each(["CREATE TABLE a (b text)", "INSERT INTO a VALUES (1)", "SELECT 1", "SET VARIABLE a = (SELECT 1)"])(
    "the SQL %s is not a text",
    (sql) => expect(ofCode("a.ts", `const a = "${sql}";`)).toEqual([]),
  );
  it("the product are its help, errors, alarms and HTTP API", async () => {
    const names = (await dataTexts()).map(({ of }) => of);
    expect(names).toEqual(
      expect.arrayContaining([
        "wildix export",
        "wildix export --from",
        "key create --label",
        "WMS_TLS",
        "CALL_FORBIDDEN",
        "alarms/Resources/OriginateErrorsAlarm/Properties/AlarmDescription",
        "docs/openapi.json/paths//calls/post/description",
      ]),
    );
  });
});
