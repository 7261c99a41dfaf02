import { describe, expect, it } from "vitest";
import {
  CallGrouper,
  callFields,
  callVersion,
  type GroupedLeg,
  personTest,
  rulesVersion,
} from "../../../lib/history/grouping/grouping.ts";
import { at, callsOf, countsOf, leg, rowsOf, settings } from "./legs.ts";

const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };

it("a person answered a row, or nobody did", () => {
  const isPerson = personTest(settings);
  expect(rowsOf([leg(), leg(silent), leg({ lastapp: "VoiceMail" })]).map(isPerson)).toEqual([
    true,
    false,
    false,
  ]);
});

describe("a grouper", () => {
  it("makes a call of one leg, with every field in the documented order", () => {
    const [call] = callsOf([leg({ id: "7" })]);
    expect(call).toEqual({
      call_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      started_utc: "2026-11-23T10:00:00Z",
      answered_utc: "2026-11-23T10:00:05Z",
      ended_utc: "2026-11-23T10:00:35Z",
      started: "2026-11-23 10:00:00",
      answered: "2026-11-23 10:00:05",
      ended: "2026-11-23 10:00:35",
      direction: "inbound",
      caller: "00393335000001",
      caller_e164: "+393335000001",
      caller_name: "Café",
      called: "00390404567101",
      called_e164: "+390404567101",
      called_name: null,
      did: "00390404567101",
      outcome: "answered",
      answered_by: "101",
      answered_by_name: "Ada",
      queue: null,
      queues: [],
      wait_seconds: 5,
      ring_seconds: 5,
      talk_seconds: 30,
      transfers: 0,
      transferred_to: null,
      trunk: "telco",
      placed_by: null,
      leg_ids: ["7"],
      grouping: "channel",
    });
    expect(Object.keys(call ?? {})).toEqual(Object.keys(callFields));
    expect([callVersion, rulesVersion]).toEqual([1, 6]);
  });

  it("is as sure as its weakest rule, also for a leg with the id of the PBX", () => {
    const withIds = { ...settings, callIdField: "linkedid" };
    const bare = { channel: "", dstchannel: "", linkedid: "1.1" };
    const another = { from_number: "00393335000002", src: "00393335000002" };
    const first = leg({ ...bare, ...silent, end: at(5) });
    const other = leg({ ...bare, ...another });
    const gradeOf = (...legs: Record<string, unknown>[]) =>
      callsOf(legs, withIds).map(({ grouping, leg_ids }) => [grouping, leg_ids.length]);
    // the id leads to the call of another caller
    expect(gradeOf(first, other, leg(bare)).toSorted()).toEqual([
      ["exact", 1],
      ["inferred", 2],
    ]);
    const transfer = leg({
      from_number: "104",
      src: "104",
      channel: "SIP/104-00000009",
      dstchannel: "SIP/103-0000000d",
    });
    const link = leg({ ...bare, dstchannel: "SIP/103-0000000d" });
    expect(gradeOf(transfer, first, other, link).toSorted()).toEqual([
      ["exact", 1],
      ["inferred", 3],
    ]);
  });

  it("settles legs in their order with the id of their call, and closes calls when their legs are settled", () => {
    const grouper = new CallGrouper(settings);
    const many = Array.from({ length: 200 }, (_, n) =>
      leg({
        channel: `SIP/telco-${n.toString(16).padStart(8, "0")}`,
        dstchannel: `SIP/101-1${n.toString(16).padStart(7, "0")}`,
        start: at(10 * n),
        answer: at(10 * n + 1),
        end: at(10 * n + 5),
      }),
    );
    const legs: GroupedLeg[] = [];
    let before = 0;
    for (const row of rowsOf(many)) {
      const settled = grouper.add(row);
      legs.push(...settled.legs);
      before += settled.calls.length;
    }
    expect([legs.length, before]).toEqual([136, 136]);
    const rest = grouper.finish();
    expect([...legs, ...rest.legs].map(({ row }) => row.record["id"])).toEqual(many.map(({ id }) => id));
    expect(rest.calls.map(({ call_id }) => call_id)).toEqual(rest.legs.map(({ call_id }) => call_id));
  });

  it("counts what it found", () =>
    expect(
      countsOf([
        leg(),
        leg({ channel: "SIP/telco-00000009", dstchannel: "", pbxid: "p2", from_number: "00393335000002" }),
        leg({ channel: "", dstchannel: "" }),
        leg({ start: at(86_400), answer: "", end: at(86_405) }),
      ]),
    ).toEqual({
      legs: 4,
      calls: 4,
      exact: 0,
      channel: 3,
      inferred: 1,
      legs_without_channel: 1,
      channels_reused: 1,
      legs_of_other_pbxs: 1,
      refused: 0,
      clock_jumps: 0,
    }));

  it("gives the same legs and calls if it is continued from a snapshot after any row", () => {
    const rows = rowsOf([
      leg({ ...silent, dstchannel: "SIP/101-00000003", end: at(5) }),
      leg({
        from_number: "101",
        to_number: "102",
        channel: "SIP/101-00000007",
        dstchannel: "SIP/102-00000008",
      }),
      leg(),
      leg({ start: at(35), answer: at(35), end: at(60), dstchannel: "SIP/102-00000008", dst: "102" }),
    ]);
    const whole = new CallGrouper(settings);
    const wanted = [...rows.map((row) => whole.add(row)), whole.finish()];
    for (let stop = 0; stop <= rows.length; stop++) {
      const first = new CallGrouper(settings);
      const got = rows.slice(0, stop).map((row) => first.add(row));
      const snapshot = JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<typeof first.snapshot>;
      const second = new CallGrouper(settings, snapshot);
      got.push(...rows.slice(stop).map((row) => second.add(row)), second.finish());
      expect(got).toEqual(wanted);
      expect(second.counts).toEqual(whole.counts);
    }
    expect(wanted.flatMap(({ calls }) => calls)).toHaveLength(1);
  });
});
