import { describe, expect, it } from "vitest";
import { callerIdOf, readCallerId } from "../../../lib/calls/dial/caller-id.ts";

describe("a caller id", () => {
  it.each([
    ["Ada", "Ada"],
    ["  Ada \n Lovelace ", "Ada Lovelace"],
    ['A"B\\C<D>E,F;G|H&I', "A B C D E F G H I"],
    [["$", "{SHELL(id)}`$[1]`"].join(""), "SHELL id 1"],
    ["a\u202eb\u2028c\u0000d\u200be", "a b c d e"],
    ["Ümit Çelik 山田", "Ümit Çelik 山田"],
    ["x".repeat(70), "x".repeat(60)],
    [`${"x".repeat(59)} y`, "x".repeat(59)],
    ["😀".repeat(61), "😀".repeat(60)],
  ])("shows %j as %j", (name, shown) => {
    expect(callerIdOf({ name })).toBe(`"${shown}"`);
    expect(callerIdOf({ name, number: "+39" })).toBe(`"${shown}" <+39>`);
  });
  it("is none without name and number", () => {
    expect(callerIdOf({})).toBeUndefined();
    expect(callerIdOf({ name: ' "" ' })).toBeUndefined();
    expect(callerIdOf({ number: "39" })).toBe('"" <39>');
  });
  it.each([
    ['"Ada" <1>', '"Ada" <1>'],
    ["Ada <+1>", '"Ada" <+1>'],
    ["<1>", '"" <1>'],
    ['  " Ada  B " <1>  ', '"Ada B" <1>'],
    [`Ada & Bob <${"1".repeat(20)}>`, `"Ada Bob" <${"1".repeat(20)}>`],
  ])("of WMS's form, %j, is %j", (given, shown) => expect(readCallerId(given)).toBe(shown));
});
