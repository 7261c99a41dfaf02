import { describe, expect, it } from "vitest";
import { pauseBefore } from "../../lib/aws/lambda-clients/retry.ts";
import { ServiceError } from "../../lib/aws/lambda-clients/service-error.ts";

const refusal = (name: string, status: number, message = "") => new ServiceError(name, message, status);
const failure = (code: string) => Object.assign(new Error("x"), { code });

describe("the pause before the next attempt", () => {
  it.each<[string, unknown, number | undefined]>([
    ["an answer of 500", refusal("InternalServerError", 500), 50],
    ["an answer of 503", refusal("UnknownError", 503), 50],
    ["a request that took too long at the service", refusal("RequestTimeout", 400), 50],
    ["a signature that expired", refusal("InvalidSignatureException", 400, "Signature expired: x"), 50],
    ["a wrong signature", refusal("InvalidSignatureException", 400, "does not match"), undefined],
    ["a throttled table", refusal("ProvisionedThroughputExceededException", 400), 1_000],
    ["an answer of 429", refusal("UnknownError", 429), 1_000],
    ["a condition that was not met", refusal("ConditionalCheckFailedException", 400), undefined],
    ["an answer of 499", refusal("UnknownError", 499), undefined],
    ["a connection that broke", failure("ECONNRESET"), 50],
    ["a host that is not found", failure("EAI_AGAIN"), 50],
    ["a certificate that is not valid", failure("CERT_HAS_EXPIRED"), undefined],
    ["an error without a code", new Error("x"), undefined],
    ["no error", "ECONNRESET", undefined],
  ])("after %s", (_what, error, longest) => {
    expect(pauseBefore(error, 1, 1)).toBe(longest);
  });
  it("is a random part of a time that doubles, at most 20 s", () => {
    const busy = refusal("UnknownError", 503);
    expect([1, 2, 3].map((attempt) => pauseBefore(busy, attempt, 1))).toEqual([50, 100, 200]);
    expect(pauseBefore(busy, 2, 0.333)).toBe(33);
    expect(pauseBefore(busy, 1, 0)).toBe(0);
    expect(pauseBefore(busy, 30, 1)).toBe(20_000);
  });
});
