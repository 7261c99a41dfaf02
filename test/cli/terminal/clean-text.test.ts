import { describe, expect, it } from "vitest";
import { clearScreen, inOneLine, printable } from "../../../cli/terminal/clean-text.ts";
import { paint } from "../../../cli/terminal/output.ts";

describe("an output on a terminal", () => {
  it("keeps lines, tabs and the colours of the command", () => {
    const colours = (["red", "green", "yellow", "dim", "bold"] as const).map((colour) =>
      paint({ colours: true }, colour, "東京"),
    );
    const text = `a\tb\n${colours.join(" ")}`;
    expect(printable(text)).toBe(text);
    expect(printable(clearScreen)).toBe(clearScreen);
  });
  it.each([
    ["\u001b]0;title\u0007", "?]0;title?"],
    [`name${clearScreen}`, "name?[2J?[H"],
    ["a\rb\u0008\u007f\u009b31m", "a?b???31m"],
    ["\u202egro\u202c\u2066x", "?gro??x"],
  ])("has no sequence of a name that controls it: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

it("a text in a line has no line breaks, no colours of its own, and no change of direction", () =>
  expect(inOneLine("a\u001b[31m\u202eb\u2066\n\tc\u009b東")).toBe("a [31m b   c 東"));
