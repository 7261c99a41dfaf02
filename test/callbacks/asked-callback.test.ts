import { describe, expect, it } from "vitest";
import {
  listedSchema,
  needAll,
  needTarget,
  readCallback,
  readListed,
  removalSchema,
  scopeName,
} from "../../lib/callbacks/asked-callback.ts";
import type { Caller } from "../../lib/callers/caller.ts";
import { parseInput } from "../../lib/input.ts";
import { CallbackPbx } from "../support/callback-pbx.ts";
import { callingMilan, customer, milan } from "../support/milan.ts";

const caller: Caller = { id: "shop", scopes: new Set(), pbxs: ["milan"], extensions: ["201"] };
const pbxWith = (settings = milan) => new CallbackPbx("milan", settings, () => 0).asPbx();

describe("the body of a request for a callback", () => {
  it("has a number; the rest can be left out", () => {
    expect(readCallback({ to: customer })).toStrictEqual({ pbx: undefined, asked: { to: customer } });
  });
  it("can name the PBX, the queue, the caller and a time", () => {
    const body = { pbx: "milan", to: customer, queue: "Sales", name: "Ada" };
    expect(readCallback({ ...body, not_before: "2026-11-24T10:00:00+01:00" })).toStrictEqual({
      pbx: "milan",
      asked: { to: customer, queue: "Sales", name: "Ada", notBefore: Date.UTC(2026, 10, 24, 9) },
    });
  });
  it("has a queue and a name without spaces around them", () => {
    expect(readCallback({ to: customer, queue: " Sales ", name: "\tAda " }).asked).toStrictEqual({
      to: customer,
      queue: "Sales",
      name: "Ada",
    });
  });
  it("says the form of a time", () => {
    expect(() => readCallback({ to: customer, not_before: "tomorrow" })).toThrow(
      '`not_before` must be a time with an offset from UTC; got "tomorrow". Write for example 2026-11-25T09:30:00+01:00.',
    );
    expect(() => readCallback({ to: customer, not_before: "2026-02-30T09:00:00Z" })).toThrow(
      '`not_before` must be a time that exists; got "2026-02-30T09:00:00Z". Check the day and the time.',
    );
    expect(() => readCallback({ to: customer, not_before: 7 })).toThrow("`not_before` must be a string");
  });
  it.each([
    ["no number", {}, "to"],
    ["a queue of spaces", { to: customer, queue: "  " }, "queue"],
    ["an unknown field", { to: customer, extension: "201" }, "extension"],
    ["an empty queue", { to: customer, queue: "" }, "queue"],
    ["a name of 101 characters", { to: customer, name: "x".repeat(101) }, "name"],
    ["a time without a zone", { to: customer, not_before: "2026-11-24T10:00:00" }, "not_before"],
  ])("is refused with %s", (_name, body, field) => {
    expect(() => readCallback(body)).toThrow(expect.objectContaining({ code: "INPUT_INVALID", field }));
  });
});

describe("a key for some extensions", () => {
  const settings = { ...callingMilan, callbacks: { targets: { "*": "201", Sales: "202" } } };
  it("asks for callbacks of queues whose extension it may ring", () => {
    expect(() => needTarget(caller, pbxWith(settings), undefined)).not.toThrow();
    expect(() => needTarget(caller, pbxWith(settings), "Support")).not.toThrow();
    const all: Caller = { ...caller, extensions: "all" };
    expect(() => needTarget(all, pbxWith(settings), "Sales")).not.toThrow();
  });
  it("does not ask for those of another extension", () => {
    const forbidden = expect.objectContaining({ code: "EXTENSION_FORBIDDEN" });
    expect(() => needTarget(caller, pbxWith(settings), "Sales")).toThrow(forbidden);
    const other: Caller = { ...caller, extensions: ["202"] };
    expect(() => needTarget(other, pbxWith(settings), undefined)).toThrow(forbidden);
    expect(() => needTarget(other, pbxWith(settings), "Sales")).not.toThrow();
  });
  it("asks where no extension rings or callbacks are off", () => {
    const none: Caller = { ...caller, extensions: [] };
    expect(() => needTarget(none, pbxWith({ ...callingMilan, callbacks: {} }), "Sales")).not.toThrow();
    expect(() => needTarget(none, pbxWith(callingMilan), "Sales")).not.toThrow();
  });
});

describe("the do-not-call list for all PBXs", () => {
  it("is for keys of all PBXs", () => {
    expect(() => needAll({ ...caller, pbxs: "all" }, undefined)).not.toThrow();
    expect(() => needAll(caller, undefined)).toThrow(
      expect.objectContaining({
        code: "PBX_FORBIDDEN",
        field: "all",
        message: "`all` needs a key for all PBXs; got a key for some PBXs only.",
      }),
    );
  });
  it("is not asked for together with a PBX", () => {
    expect(() => needAll({ ...caller, pbxs: "all" }, "milan")).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        field: "all",
        message: "`all` must not be set together with `pbx`. Send one of them.",
      }),
    );
  });
  it("is named in answers, as a PBX's own list is", () => {
    expect(scopeName("all")).toEqual({ all: true });
    expect(scopeName({ pbx: "milan" })).toEqual({ pbx: "milan" });
  });
  it("takes a note of a number, and a removal takes none", () => {
    const body = { to: customer, note: "asked by phone" };
    expect(parseInput(listedSchema, body)).toEqual(body);
    expect(() => parseInput(removalSchema, body)).toThrow(expect.objectContaining({ field: "note" }));
  });
});

describe("a number for the do-not-call list", () => {
  it("is read as the PBX dials it, and otherwise with its country code", () => {
    expect(readListed("333 1234567", milan)).toBe(customer);
    expect(readListed("+39 333 1234567")).toBe(customer);
  });
  it.each([
    ["an extension", "201"],
    ["an emergency number", "112"],
    ["a short number", "4242"],
  ])("is not %s", (name, to) => {
    expect(() => readListed(to, milan)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        field: "to",
        message: `\`to\` must be a phone number; got ${name}.`,
      }),
    );
  });
  it("is one number", () => {
    expect(() => readListed("02 1234567/8", milan)).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", field: "to" }),
    );
  });
});
