import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../../lib/calls/ledger/outcome.ts";
import { ProductError } from "../../../lib/errors.ts";
import { type WmsCode, WmsError, wmsErrors } from "../../../lib/wms/errors.ts";

const codes = Object.keys(wmsErrors) as WmsCode[];
const refusals: readonly WmsCode[] = ["WMS_REFUSED", "WMS_FORBIDDEN", "WMS_NOT_FOUND"];
const failed = (code: WmsCode, retryAfter?: number) =>
  new WmsError(code, { detail: "why", ...(retryAfter === undefined ? {} : { retryAfter }) });

describe("the outcome of a failed attempt", () => {
  it.each(codes)("%s before the first byte proves that no phone rang", (code) => {
    const reason = code === "WMS_UNAUTHORIZED" ? "unauthorized" : "not_sent";
    expect(outcomeOf(failed(code), false)).toEqual({
      state: "REFUSED",
      reason,
      detail: "why",
      because: code,
    });
  });
  it.each(refusals)("%s after the first byte is a refusal of the PBX", (code) =>
    expect(outcomeOf(failed(code), true)).toEqual({
      state: "REFUSED",
      reason: "pbx_refused",
      detail: "why",
      because: code,
    }),
  );
  it.each([
    [7, 7],
    [undefined, 30],
  ])("429 with Retry-After %s: the caller waits %i seconds", (given, retryAfter) =>
    expect(outcomeOf(failed("WMS_RATE_LIMITED", given), true)).toEqual({
      state: "REFUSED",
      reason: "pbx_busy",
      detail: "why",
      because: "WMS_RATE_LIMITED",
      retryAfter,
    }),
  );
  const certain: readonly WmsCode[] = [...refusals, "WMS_RATE_LIMITED", "WMS_UNAUTHORIZED"];
  it.each(codes.filter((code) => !certain.includes(code)))(
    "%s after the first byte leaves the call UNKNOWN",
    (code) =>
      expect(outcomeOf(failed(code), true)).toEqual({ state: "UNKNOWN", detail: "why", because: code }),
  );
  it("an error of the product after the first byte leaves the call UNKNOWN", () =>
    expect(outcomeOf(new ProductError("REGISTRY_UNAVAILABLE", { detail: "why" }), true)).toEqual({
      state: "UNKNOWN",
      detail: "why",
      because: "REGISTRY_UNAVAILABLE",
    }));
  it("an unexpected error does not show its message", () =>
    expect(outcomeOf(new TypeError("secret"), true)).toEqual({
      state: "UNKNOWN",
      detail: "an unexpected error",
    }));
});
