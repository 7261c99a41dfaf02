import { randomBytes } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32, isKeyId, keyIn, newKey, readKey } from "../../lib/callers/key-text.ts";
import { maskText } from "../../lib/mask.ts";
import { fc } from "../support/fast-check.ts";

describe("a key's text", () => {
  it("says its id, and is recognised by a pattern that a secret scanner can have", () => {
    const key = newKey(randomBytes);
    expect(key.text).toMatch(/^wfk_[a-km-np-z2-9]{12}_[0-9A-Za-z]{49}$/);
    expect(readKey(key.text)).toEqual(key);
    expect([isKeyId(key.id), keyIn(`x=${key.text}`)]).toEqual([true, key.id]);
    expect(newKey(randomBytes, key.id).id).toBe(key.id);
  });
  it("has 256 random bits: the least and the most of them fit, and one bit more is another key", () => {
    const texts = [0, 1, 255].map((byte) => newKey((count) => new Uint8Array(count).fill(byte), "a").text);
    expect(new Set(texts.map((text) => text.length)).size).toBe(1);
    expect(new Set(texts).size).toBe(3);
    const asked: number[] = [];
    newKey((count) => {
      asked.push(count);
      return randomBytes(count);
    });
    expect(asked).toEqual([12, 32]);
  });
  it("ends with the checksum that node:zlib computes", () => {
    expect(crc32("123456789")).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
  });
  it("is known to be mistyped without looking anything up", () => {
    const { text } = newKey(randomBytes);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(..."0aZz_9"), (at, character) => {
        const typed = text.slice(0, at) + character + text.slice(at + 1);
        expect(readKey(typed) === undefined).toBe(typed !== text);
      }),
    );
    for (const wrong of ["", "wfk_", text.slice(0, -1), `${text}0`, ` ${text}`, `${text}\n`])
      expect(readKey(wrong)).toBeUndefined();
  });
  it.each([
    ["wfk_", ""],
    ["/calls/wfk_abcdefghijkm_0", "abcdefghijkm"],
    ["/calls/wfk%5Fabcdefghijkm%5f0", "abcdefghijkm"],
    ["x=%77%66%6B_abcdefghijkm_0", "abcdefghijkm"],
    ["x=wfk%255Fabcdefghijkm%255F0", "abcdefghijkm"],
    ["x=WFK_1", ""],
    ["x=wfk", undefined],
    ["%zz%E0%A4%A", undefined],
  ])("is found in the URL %s", (url, id) => expect(keyIn(url)).toBe(id));
  it.each([
    [0, "aaaaaaaaaaaa"],
    [23, "zzzzzzzzzzzz"],
    [24, "a22a22a22a22"],
    [255, "r99r99r99r99"],
  ])("has an id that a log shows whole, also if each random byte is %i", (byte, id) => {
    const key = newKey((count) => new Uint8Array(count).fill(byte));
    expect([key.id, maskText(key.id), readKey(key.text)]).toEqual([id, id, key]);
  });
  it("never reaches a log", () => {
    const { text } = newKey(randomBytes);
    expect(maskText(`the key ${text}.`)).toBe("the key …");
  });
});
