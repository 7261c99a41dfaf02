import { describe, expect, it } from "vitest";
import { refusalOf, viewOf } from "../../../lib/calls/ledger/view.ts";
import type { TransportResult } from "../../../lib/wms/sending/transport.ts";
import { callsWith } from "../../support/calls.ts";
import { answer, lost, ok, refused } from "../../support/scripted.ts";

describe("how a refused call is told", () => {
  it.each<[TransportResult, string, number, string, object]>([
    [answer(403, {}), "PBX_REFUSED", 502, "yes", { because: "WMS_FORBIDDEN" }],
    [refused(), "PBX_REFUSED", 502, "yes", { because: "WMS_UNAUTHORIZED" }],
    [answer(429, {}, [["Retry-After", "7"]]), "PBX_BUSY", 503, "yes", { because: "WMS_RATE_LIMITED" }],
    [lost("notSent"), "CALL_NOT_SENT", 502, "no", { because: "WMS_UNREACHABLE" }],
  ])("%j: %s", async (result, code, status, sent, view) => {
    const record = await callsWith({ script: [result] }).placed();
    const refusal = refusalOf(record);
    expect(refusal).toMatchObject({ code, doc: { status }, sent, message: record.detail });
    expect(refusal?.retryAfter).toBe(code === "PBX_BUSY" ? 7 : undefined);
    expect(viewOf(record)).toMatchObject({
      state: "REFUSED",
      reason: record.reason,
      detail: record.detail,
      ...view,
    });
    expect(viewOf(record).next).toBeUndefined();
  });
  it("a busy PBX that says no time gets half a minute", async () => {
    const record = await callsWith({ script: [answer(429, {})] }).placed();
    expect(refusalOf(record)?.retryAfter).toBe(30);
  });
  it("a placed one is no refusal", async () => {
    const record = await callsWith({ script: [ok()] }).placed();
    expect(refusalOf(record)).toBeUndefined();
    expect(viewOf(record)).toStrictEqual({
      id: record.id,
      state: "PLACED",
      pbx: "milan",
      channel: "Local/108@users",
      exten: "+16144841500",
      steps: ["RESERVED", "SENDING", "PLACED"].map((state) => ({ state, at: "2023-11-14T22:13:20.000Z" })),
      sends: ["2023-11-14T22:13:20.000Z"],
    });
  });
  it("an unknown one says what to do", async () => {
    const record = await callsWith({ script: [answer(500, {})] }).placed();
    expect(viewOf(record).next).toBe(
      `Look at the phone 108: it may be ringing. A request with this idempotency key does not ring a phone again. A request with a new one is a new call. After the call has ended, GET /calls/${record.id} may show the result.`,
    );
    expect(viewOf({ ...record, givenUp: true }).next).toBe(
      "No leg in the PBX's history shows whether the phone rang. A request with this idempotency key does not ring a phone again. A request with a new one is a new call.",
    );
    expect(
      viewOf({ ...record, evidence: { kind: "exact", row: "7" }, params: { channel: "x" } }),
    ).toMatchObject({
      evidence: { kind: "exact", row: "7" },
    });
  });
  it("says no more than there is to say", async () => {
    const { params, ...record } = await callsWith({ script: [lost("maybeSent")] }).placed();
    const { because, detail, next, ...view } = viewOf({ ...record, params: { channel: "Local/108@users" } });
    expect([because, typeof detail, typeof next]).toEqual(["WMS_CONNECTION_LOST", "string", "string"]);
    expect(view).toStrictEqual({
      id: record.id,
      state: "UNKNOWN",
      pbx: "milan",
      channel: "Local/108@users",
      steps: expect.any(Array),
      sends: expect.any(Array),
    });
    expect(params).toBeDefined();
  });
  it("has a word for a refusal without one", async () => {
    const { detail: _detail, ...record } = await callsWith({ script: [answer(403, {})] }).placed();
    expect(refusalOf(record)?.message).toBe("no phone rang");
  });
});
