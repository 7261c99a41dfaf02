import { expect, it } from "vitest";
import { maskFields, maskText } from "../lib/mask.ts";

it.each([
  ["call \u0660\u0661\u0662 \u0663\u0664\u0665\u0666\u0667\u0668", "call …\u0667\u0668"],
  ["39,333,123,4567", "…67"],
  ["39'333'123'45'67; 12", "…12"],
  ["Basic dXNlcjp3ZmtfYWJj", "Basic …"],
  ["2026-11-24, 10:00:00,123", "2026-11-24, 10:00:00,123"],
  ["parts 1, 2, 3", "parts 1, 2, 3"],
  ["03\u30fc1234\u05be5678 rang", "…78 rang"],
])("a text as it is logged: %s", (text, masked) => expect(maskText(text)).toBe(masked));

it("a header with a key is masked by its name", () =>
  expect(maskFields({ "x-api-key": "abc", apiKey: "abc", "Proxy-Authorization": "abc" })).toEqual({
    "x-api-key": "…",
    apiKey: "…",
    "Proxy-Authorization": "…",
  }));
