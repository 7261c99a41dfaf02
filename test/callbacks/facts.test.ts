import { describe, expect, it } from "vitest";
import { sameCall } from "../../lib/callbacks/facts.ts";

const at = (start: number, end = start) => ({ start, end });

describe("two reports of a number are of one call", () => {
  it.each([
    ["they overlap by more than 2.5 s", at(0, 10_000), at(7_499, 20_000), true],
    ["they overlap by 2.5 s", at(0, 10_000), at(7_500, 20_000), false],
    ["one is within the other", at(0, 60_000), at(20_000, 30_000), true],
    ["one follows the other", at(0, 10_000), at(10_000, 20_000), false],
    ["both have no length and are less than 2.5 s apart", at(0), at(2_499), true],
    ["both have no length and are 2.5 s apart", at(0), at(2_500), false],
    ["one has no length and the other begins 2.5 s later", at(0), at(2_500, 20_000), false],
    ["one has no length and the other begins less than 2.5 s later", at(0), at(2_499, 20_000), true],
    ["one has no length and is near the end of the other", at(0, 20_000), at(17_499), true],
    ["one has no length and is at the end of the other", at(0, 20_000), at(17_500), false],
  ])("if %s: %#", (_name, one, other, expected) => {
    expect(sameCall(one, other)).toBe(expected);
    expect(sameCall(other, one)).toBe(expected);
  });
});
