import { describe, expect, it } from "vitest";
import { ProductError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { maskFields, maskText } from "../lib/mask.ts";
import { CodedError, WmsError } from "../lib/wms/errors.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { leaksIn } from "./support/leaks.ts";

describe("the guard of this test run", () => {
  it("finds a secret and more than six digits of a number, and lets six pass", () => {
    expect(leaksIn(`key ${simulatorDefaults.secret}`)).toContain("a secret");
    expect(leaksIn("dialled 16144841500")).toHaveLength(1);
    expect(leaksIn("dialled 1614484")).toHaveLength(1);
    expect(leaksIn("dialled 161448")).toEqual([]);
  });
  it("sees errors of both kinds, which stay what they are", () => {
    expect(new WmsError("WMS_ABORTED", { detail: "x" })).toBeInstanceOf(CodedError);
    expect(new ProductError("INTERNAL", { detail: "x" })).toBeInstanceOf(CodedError);
    expect(new WmsError("WMS_ABORTED", { detail: "x" })).not.toBeInstanceOf(ProductError);
  });
});

describe("masking", () => {
  it.each([
    ["Bearer abc.def.ghi", "Bearer …"],
    ["call to +16144841500 failed", "call to …00 failed"],
    ["call to 0039 040 1234567", "call to …67"],
    ["at 2026-11-23 00:00:00", "at 2026-11-23 00:00:00"],
    ["on 2026-11-23 16144841500 was called", "on 2026-11-23 …00 was called"],
    ["on 23/11/2026 +39 040 1234567", "on 23/11/2026 …67"],
    ["2026-11-2316144841500", "…00"],
    ["extension 108", "extension 108"],
    ["SIP/trunk-16144841500 is busy", "SIP/trunk-…00 is busy"],
    ["x16144841500", "x…00"],
    ["request 550e8400-e29b-41d4-a716-446655440000", "request 550e8400-e29b-41d4-a716-446655440000"],
    ["etag 9a0364b9e99bb480dd25e1f1234567", "etag 9a0364b9e99bb480dd25e1f1234567"],
    ["part-00001 of dt=2026-11-23", "part-00001 of dt=2026-11-23"],
    ["wsk-v1-abcdef", "…"],
    ["Local/16144841500@users", "Local/…00@users"],
    // however a number is written, and whatever is around it
    ["beef-3935551234567", "beef-…67"],
    ["39_333_123_45_99", "…99"],
    ["user_39_333_123_45_99.wav", "user_…99.wav"],
    ["beef3935551234567 and abc16144841500", "beef…67 and abc…00"],
    ["16144841500ext12", "…00ext12"],
    ["02\u00a012345678", "…78"],
    ["02\u201012\u201134\u221256\u200b78", "…78"],
    ["(614) 484-1500", "(…00"],
    ["39/333/1234567", "…67"],
    ["\uff0b\uff13\uff19 333 1234567", "\uff0b…67"],
    // ids stay whole
    ["550e8400-e29b-41d4-a716-446655440000-3935551234567", "550e8400-e29b-41d4-a716-446655440000-…67"],
    ["root 1-67891233-112345678901234567890123", "root 1-67891233-112345678901234567890123"],
    ["call abcdefgh2345672345672345ij", "call abcdefgh2345672345672345ij"],
    [`sha256 ${"0123456789abcdef".repeat(4)}`, `sha256 ${"0123456789abcdef".repeat(4)}`],
    ["at 2026-11-23T09:00:00.000Z", "at 2026-11-23T09:00:00.000Z"],
  ])("%s", (text, masked) => expect(maskText(text)).toBe(masked));

  it("hides values of secret keys at any depth", () => {
    expect(maskFields({ a: { secret_key: "x", to: "16144841500" } })).toEqual({
      a: { secret_key: "…", to: "…00" },
    });
  });
  it("holds for the functions' log", () => {
    createLog("test").warn("dialling 16144841500", {
      token: simulatorDefaults.token,
      nested: { exten: "16144841500" },
    });
  });
});
