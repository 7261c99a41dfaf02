import { describe, expect, it } from "vitest";
import type { LedgerCall } from "../../lib/calls/ledger/record.ts";
import { callAnswer } from "../../lib/http/call-answer.ts";
import { unknownRecord } from "../support/history-rows.ts";

const asSent = { body: {}, mapping: undefined, hasIdempotencyKey: false };
const answerTo = (change: Partial<LedgerCall>, replayed = false) =>
  callAnswer({ record: { ...unknownRecord, ...change }, replayed }, "milan", {
    requestId: "r1",
    sent: asSent,
  });

describe("the answer to POST /calls", () => {
  it.each<[Partial<LedgerCall>, boolean, number]>([
    [{ state: "PLACED" }, false, 201],
    [{ state: "PLACED" }, true, 200],
    [{ state: "UNKNOWN" }, false, 202],
    [{ state: "UNKNOWN" }, true, 202],
    [{ state: "SENDING" }, true, 202],
    [{ state: "REFUSED", reason: "not_sent" }, false, 502],
    [{ state: "REFUSED", reason: "pbx_busy" }, false, 503],
  ])("of %j, replayed %s: %i", (change, replayed, status) => {
    const answer = answerTo(change, replayed);
    expect(answer.status).toBe(status);
    expect(answer.headers?.["Location"]).toBe(`/calls/${unknownRecord.id}`);
    expect(answer.headers?.["Idempotent-Replayed"]).toBe(replayed ? "true" : undefined);
  });
  it("of a refused call is a problem with the call, and with the PBX's wait", () => {
    expect(answerTo({ state: "REFUSED", reason: "pbx_busy", retryAfter: 7, detail: "busy" })).toMatchObject({
      headers: { "Content-Type": "application/problem+json", "Retry-After": "7" },
      body: {
        code: "PBX_BUSY",
        detail: "busy",
        request_id: "r1",
        call: { id: unknownRecord.id, state: "REFUSED" },
      },
    });
  });
  it("of a dry run is what would be sent", () =>
    expect(
      callAnswer({ wouldSend: { channel: "Local/108@users" } }, "milan", {
        requestId: "r1",
        sent: asSent,
      }),
    ).toEqual({
      status: 200,
      body: { dry_run: true, pbx: "milan", would_send: { channel: "Local/108@users" } },
    }));
});
