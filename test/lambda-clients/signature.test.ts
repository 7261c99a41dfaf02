import { describe, expect, it } from "vitest";
import { requestSigner } from "../../lib/aws/lambda-clients/signature.ts";

/** Of AWS's test suite for Signature Version 4. */
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const now = Date.UTC(2015, 7, 30, 12, 36, 0, 999);
const empty = { host: "example.amazonaws.com", headers: {}, body: "" };
const scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
const vanilla = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b`;

describe("Signature Version 4", () => {
  it("signs the vectors of AWS", () => {
    const sign = requestSigner("service", "us-east-1");
    expect(sign(empty, credentials, now)).toEqual({
      host: "example.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
      authorization: vanilla,
    });
    const form = {
      ...empty,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Param1=value1",
    };
    expect(sign(form, credentials, now)["authorization"]).toBe(
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a`,
    );
  });
  it("signs the token of temporary credentials, and sends it", () => {
    const sessionToken =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    const signed = requestSigner("service", "us-east-1")(empty, { ...credentials, sessionToken }, now);
    expect(signed["x-amz-security-token"]).toBe(sessionToken);
    expect(signed["authorization"]).toBe(
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead`,
    );
  });
  it("keeps no key of another day or of other credentials", () => {
    const sign = requestSigner("service", "us-east-1");
    const nextDay = now + 86_400_000;
    const other = { ...credentials, secretAccessKey: "other" };
    const inTurns = [
      [credentials, nextDay],
      [other, now],
      [credentials, now],
    ] as const;
    for (const [keys, at] of inTurns)
      expect(sign(empty, keys, at)).toEqual(requestSigner("service", "us-east-1")(empty, keys, at));
    expect(sign(empty, credentials, now)["authorization"]).toBe(vanilla);
  });
});
