import { describe, expect, it } from "vitest";
import { callsOf, channelOf, fieldOf, type Leg, legsOf } from "../../../lib/callbacks/rows/legs.ts";
import { answeredRow } from "../../support/answered-row.ts";

const settings = { timezone: "Europe/Rome", country: "IT" } as const;

const row = (change: Readonly<Record<string, unknown>> = {}) => answeredRow({ timezone: "+0100", ...change });
const legOf = (change: Readonly<Record<string, unknown>>): Leg | undefined =>
  legsOf([row(change)], settings)[0];
const idsOf = (legs: readonly Leg[]): string[] => legs.map((leg) => fieldOf(leg, "id"));

describe("a leg", () => {
  it.each([
    ["from_number and to_number", { src: "1", dst: "2" }, "+393335000001", "101"],
    ["src and dst, if these are empty", { from_number: "", to_number: "", src: "1", dst: "2" }, "1", "2"],
    [
      "src and dst, if these are missing",
      { from_number: undefined, to_number: undefined, src: "1", dst: "2" },
      "1",
      "2",
    ],
    ["numbers, if the PBX writes these", { from_number: 102, to_number: 103 }, "102", "103"],
    ["nothing, if there is neither", { from_number: "", to_number: null }, "", ""],
  ])("is from and to %s", (_what, change, from, to) => expect(legOf(change)).toMatchObject({ from, to }));

  it("has its fields as text", () => {
    const leg = legOf({ id: 12, tags: ["x"] });
    expect(leg && ["id", "pbxid", "tags", "none"].map((field) => fieldOf(leg, field))).toEqual([
      "12",
      "p1",
      "",
      "",
    ]);
  });

  it.each([
    ["Local/108@users-00000001;1", "Local/108@users-00000001"],
    ["Local/108@users-00000001;2", "Local/108@users-00000001"],
    ["Local/108@users-00000001;3", "Local/108@users-00000001;3"],
    ["SIP/a;1b", "SIP/a;1b"],
    ["SIP/101-00000002", "SIP/101-00000002"],
  ])("shares its channel with the other half of a Local one: %s", (name, channel) => {
    const leg = legOf({ channel: name, dstchannel: `x${name}` });
    expect(leg && [channelOf(leg, "channel"), channelOf(leg, "dstchannel")]).toEqual([
      channel,
      `x${channel}`,
    ]);
  });
});

describe("legs", () => {
  const early = { start: "2026-11-23 09:00:00" };
  it.each([
    ["9", "10", "11"],
    ["10", "9", "11"],
    ["11", "10", "9"],
  ])("are sorted by start, and by the number of their id: %s, %s, %s", (...ids) =>
    expect(idsOf(legsOf([...ids.map((id) => row({ id })), row({ ...early, id: "20" })], settings))).toEqual([
      "20",
      "9",
      "10",
      "11",
    ]),
  );
});

describe("the calls of legs", () => {
  it("have their legs in the order of their start", () => {
    const legs = legsOf(
      [row({ id: "9", start: "2026-11-23 10:00:01", to_number: "102" }), row({ id: "10" })],
      settings,
    );
    expect(callsOf(legs, settings).map((call) => idsOf(call.legs))).toEqual([["10", "9"]]);
  });
  it("are grouped for each PBX: ids of another PBX, between those of a call, do not split it", () => {
    const busy = Array.from({ length: 100 }, (_, index) =>
      row({
        id: String(index + 2),
        pbxid: "p2",
        start: `2026-11-23 ${12 + Math.floor(index / 60)}:${String(index % 60).padStart(2, "0")}:00`,
        end: `2026-11-23 ${12 + Math.floor(index / 60)}:${String(index % 60).padStart(2, "0")}:30`,
        channel: `SIP/telco-2${index}`,
        dstchannel: `SIP/101-2${index}`,
      }),
    );
    const call = [row({ id: "1", to_number: "102" }), row({ id: "200" })];
    const legs = legsOf([...call, ...busy], settings);
    expect(idsOf(callsOf(legs, settings)[0]?.legs ?? [])).toEqual(["1", "200"]);
    expect(callsOf(legs, settings)).toHaveLength(101);
  });
});
