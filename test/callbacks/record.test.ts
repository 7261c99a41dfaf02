import { describe, expect, it } from "vitest";
import { type ClosedReason, noNumber, withLaterRequest, withoutMoved } from "../../lib/callbacks/record.ts";
import { missedAtTen, rome } from "../support/callbacks.ts";

describe("a missed call that the number counts in another callback", () => {
  const [miss] = missedAtTen().misses;
  const counted = (callback: string) => ({ start: rome("10:00"), end: rome("10:00:25"), callback });
  const moved = (...callbacks: string[]) =>
    withoutMoved(missedAtTen(), { ...noNumber, misses: callbacks.map(counted) }).misses;
  it("is moved out of this one", () => expect(moved("other")).toEqual([{ ...miss, moved: true }]));
  it("stays if the number counts it here too, or nowhere", () => {
    expect(moved("other", "c")).toEqual([miss]);
    expect(moved()).toEqual([miss]);
  });
  it("stays in a callback that has rung", () => {
    const rung = missedAtTen({ n: 1 });
    expect(withoutMoved(rung, { ...noNumber, misses: [counted("other")] })).toBe(rung);
  });
});

describe("the request of a callback that closes", () => {
  const now = rome("10:30");
  const closing = (notBefore: string, reason: ClosedReason, at = "09:59") => {
    const record = missedAtTen({ asked: { at: rome(at), notBefore: rome(notBefore) } });
    return withLaterRequest(record, reason, rome("10:20"), now).asked?.at;
  };
  it.each<ClosedReason>(["attempts", "failed", "no_agent"])(
    "is not settled as %s before its time, and is from then on",
    (reason) => {
      expect(closing("10:31", reason)).toBe(rome("10:20") + 1);
      expect(closing("10:31", reason, "10:25")).toBe(rome("10:25"));
      expect(closing("10:30", reason)).toBe(rome("09:59"));
    },
  );
  it.each<ClosedReason>(["talked", "got_through", "cancelled", "do_not_call", "outcome_unknown"])(
    "is settled as %s",
    (reason) => expect(closing("10:31", reason)).toBe(rome("09:59")),
  );
  it("of an earlier round stays where it is", () => {
    const record = missedAtTen({
      since: rome("09:59"),
      asked: { at: rome("09:59"), notBefore: rome("11:00") },
    });
    expect(withLaterRequest(record, "attempts", rome("10:20"), now)).toBe(record);
    expect(withLaterRequest(missedAtTen(), "attempts", rome("10:20"), now)).toEqual(missedAtTen());
  });
});
