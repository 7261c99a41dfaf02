import { describe, expect, it } from "vitest";
import { ServiceError, serviceErrorOf } from "../../lib/aws/lambda-clients/service-error.ts";

class KnownException extends ServiceError {}
const classes = { KnownException };

describe("an error of a service", () => {
  it.each<[string, string | undefined, string]>([
    ["the body", undefined, '{"__type":"com.amazonaws.dynamodb.v20120810#KnownException","message":"no"}'],
    ["the body, in its older form", undefined, '{"code":"KnownException","Message":"no"}'],
    ["the header", "KnownException", '{"message":"no"}'],
    ["the header with an address", "a.b#KnownException:http://internal/#x", '{"message":"no"}'],
  ])("has the name in %s, and its class", (_where, type, text) => {
    const error = serviceErrorOf(400, type, text, classes);
    expect(error).toBeInstanceOf(KnownException);
    expect(error).toMatchObject({
      name: "KnownException",
      message: "no",
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
  });
  it.each([["<html>busy</html>"], [""], ["null"], ["[]"], ['{"__type":7,"message":7}']])(
    "without a name is unknown, and has its status: %s",
    (text) => {
      const error = serviceErrorOf(503, undefined, text, classes);
      expect(error).not.toBeInstanceOf(KnownException);
      expect(error).toMatchObject({
        name: "UnknownError",
        message: "the service responded with 503",
        $metadata: { httpStatusCode: 503 },
      });
    },
  );
  it("with the name of a property of every object has no class", () => {
    expect(serviceErrorOf(400, "constructor", "{}", classes)).toMatchObject({ name: "constructor" });
  });
});
