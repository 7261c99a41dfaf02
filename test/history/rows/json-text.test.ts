import { describe, expect, it } from "vitest";
import { jsonText } from "../../../lib/history/rows/json-text.ts";

describe("a row as JSON text", () => {
  it.each<[unknown, string]>([
    [{ a: "é", b: [1, null, true] }, '{"a":"é","b":[1,null,true]}'],
    [{ a: "x\ud83d" }, '{"a":"x\ufffd"}'],
    [{ "\udc00": ["\ud83d", { b: "\ud83d" }] }, '{"\ufffd":["\ufffd",{"b":"\ufffd"}]}'],
    [{ a: "😀" }, '{"a":"😀"}'],
    // the text of an escape, which is not an escape
    [{ a: "\\ud83d", n: null, t: 7 }, '{"a":"\\\\ud83d","n":null,"t":7}'],
  ])("has whole characters only: %j", (value, text) => expect(jsonText(value)).toBe(text));
});
