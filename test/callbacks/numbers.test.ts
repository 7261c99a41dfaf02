import { describe, expect, it } from "vitest";
import { calledNumber, shownNumber } from "../../lib/callbacks/numbers.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import { callingMilan, customer } from "../support/milan.ts";

const called = (text: string, settings: PbxSettings = callingMilan, countries: readonly string[] = ["IT"]) =>
  calledNumber(text, settings, countries);

describe("a number that is called back", () => {
  it.each([
    ["a mobile", "+393331234567", "+393331234567"],
    ["a mobile as the PBX writes it", "333 123 4567", "+393331234567"],
    ["a fixed line", "02 12345678", "+390212345678"],
    ["a VoIP number", "+395512345678", "+395512345678"],
  ])("can be %s", (_name, text, e164) => {
    expect(called(text)).toEqual({ e164, country: "IT" });
  });
  it("is of one of the countries", () => {
    expect(called("+41446681800")).toBeUndefined();
    expect(called("+41446681800", callingMilan, ["IT", "CH"])).toEqual({
      e164: "+41446681800",
      country: "CH",
    });
    expect(called(customer, callingMilan, [])).toBeUndefined();
    // San Marino, behind an Italian area code
    expect(called("+390549888888")).toBeUndefined();
  });
  it.each([
    ["withheld", "anonymous"],
    ["empty", ""],
    ["a plus sign only", "+"],
    ["two numbers", "02 1234567/8"],
    ["an extension", "201"],
    ["an emergency number", "112"],
    ["a short number", "4242"],
    ["of no numbering plan", "+999123"],
    ["toll-free", "+39800123456"],
    ["premium", "+39899123456"],
    ["of a satellite", "+881612345678"],
    ["of Inmarsat", "+870773111632"],
    ["of an international network", "+882161234567"],
  ])("is not %s", (_name, text) => {
    expect(called(text)).toBeUndefined();
  });
  it("is not one of the PBX's own, however they are written", () => {
    const settings: PbxSettings = {
      ...callingMilan,
      outside_prefix: "9",
      own_numbers: ["02 87654321", "+39 02 12345678", "9 333 7654321"],
    };
    expect(called("+390287654321", settings)).toBeUndefined();
    expect(called("+390212345678", settings)).toBeUndefined();
    expect(called("+393337654321", settings)).toBeUndefined();
    expect(called(customer, settings)).toEqual({ e164: customer, country: "IT" });
  });
  it("is not searched for in settings that cannot be read: the error is passed on", () => {
    const settings: PbxSettings = {
      ...callingMilan,
      get short_numbers(): string[] {
        throw new TypeError("no list");
      },
    };
    expect(() => called(customer, settings)).toThrow(TypeError);
  });
  it("is shown without the digits that one would need to call it", () => {
    expect(shownNumber(customer)).toBe("+39333…67");
  });
});
