import { describe, expect, it } from "vitest";
import { ProductError } from "../../lib/errors.ts";
import { problem } from "../../lib/http/problem.ts";
import { WmsError } from "../../lib/wms/errors.ts";

describe("a problem", () => {
  it("has what RFC 9457 asks for, and no whole number", () => {
    const { status, body, retryAfter } = problem(
      new WmsError("WMS_RATE_LIMITED", {
        detail: "16144841500 is busy".replace("16144841500", "0390404567890"),
        retryAfter: 5,
      }),
      "r1",
    );
    expect([status, retryAfter]).toEqual([503, 5]);
    expect(body).toMatchObject({
      type: expect.stringContaining("wms_rate_limited"),
      title: expect.any(String),
      status: 503,
      detail: "…90 is busy",
      request_id: "r1",
    });
  });
  it("names a field of the request as the caller sent it, in the message too", () => {
    const sent = { body: { exten: "x" }, mapping: undefined, hasIdempotencyKey: false };
    const refused = (code: "INPUT_INVALID" | "PBX_SECRET_INVALID", detail: string) =>
      problem(new ProductError(code, { field: "to", detail }), "r1", sent).body;
    expect(refused("INPUT_INVALID", "`to` must be a number.")).toMatchObject({
      field: "/exten",
      detail: "`/exten` must be a number.",
    });
    expect(refused("INPUT_INVALID", "nothing begins with `to` here")).toMatchObject({
      field: "/exten",
      detail: "nothing begins with `to` here",
    });
    expect(refused("PBX_SECRET_INVALID", "`to` must be a number.")).toMatchObject({
      field: "to",
      detail: "`to` must be a number.",
    });
  });
  it("of an unexpected error does not show its message", () =>
    expect(problem(new TypeError("secret"), "r1").body).toMatchObject({
      code: "INTERNAL",
      status: 500,
      detail: expect.not.stringContaining("secret"),
    }));
});
