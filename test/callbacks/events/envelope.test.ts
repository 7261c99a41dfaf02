import { describe, expect, it } from "vitest";
import { isTimely, readEvent } from "../../../lib/callbacks/events/envelope.ts";
import { detailTypeOf, isKnownType } from "../../../lib/callbacks/events/families.ts";

const event = {
  id: "it_w118741_1693389850.110",
  pbx: "221100001bab",
  time: 1693389853611,
  company: "it_w118741",
  type: "call:end",
  integrationId: "8qkmnq",
  data: { status: "CONNECTING" },
};
const text = (change: object): string => JSON.stringify({ ...event, ...change });

describe("an event", () => {
  it("is read with all that it has", () =>
    expect(readEvent(text({ more: [1] }))).toEqual({
      id: event.id,
      type: "call:end",
      time: event.time,
      serial: event.pbx,
      company: event.company,
      data: event.data,
      raw: { ...event, more: [1] },
    }));
  it.each([
    ["of an unknown type", { type: "fax:sent" }],
    ["without data", { data: undefined }],
    ["with a serial number that is not text", { pbx: 7 }],
    ["without a company", { company: undefined }],
  ])("%s is read", (_, change) => expect(readEvent(text(change))).toBeDefined());
  it.each([
    ["", ""],
    ["half of JSON", text({}).slice(0, -1)],
    ["a list", "[]"],
    ["null", "null"],
    ["no id", text({ id: undefined })],
    ["an empty id", text({ id: "" })],
    ["an id that is a number", text({ id: 7 })],
    ["an id of 201 characters", text({ id: "x".repeat(201) })],
    ["no type", text({ type: undefined })],
    ["a type with a blank", text({ type: "call end" })],
    ["no time", text({ time: undefined })],
    ["a time as text", text({ time: "1693389853611" })],
    ["a time before 1970", text({ time: -1 })],
    ["a time with a fraction", text({ time: 1.5 })],
    ["too many levels", `${"[".repeat(65)}${"]".repeat(65)}`],
  ])("with %s is unreadable", (_, body) => expect(readEvent(body)).toBeUndefined());
  it.each([
    [0, true],
    [-24 * 3_600_000, true],
    [-24 * 3_600_000 - 1, false],
    [5 * 60_000, true],
    [5 * 60_000 + 1, false],
  ])("sent %d ms after it was received has an effect: %s", (ms, expected) => {
    const receivedAt = Date.parse("2026-11-24T10:00:00Z");
    const sent = readEvent(text({ time: receivedAt + ms }));
    expect(sent && isTimely(sent, receivedAt)).toBe(expected);
  });
  it("has a detail type with dots", () =>
    expect(detailTypeOf("call:live:progress")).toBe("wildix.call.live.progress"));
  it.each([
    ["call:completed", true],
    ["presence:user", true],
    ["sms:status", true],
    ["call:levitated", false],
    ["constructor", false],
  ])("of type %s is known: %s", (type, expected) => expect(isKnownType(type)).toBe(expected));
});
