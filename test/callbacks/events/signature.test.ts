import { describe, expect, it } from "vitest";
import { isSigned, readSignature, signWebhook } from "../../../lib/callbacks/events/signature.ts";

const secret = "demoWebhookSecret0123456789ABC";
const body = Buffer.from(
  '{"id":"it_w000001_1693389850.110","pbx":"000000000001","company":"it_w000001","time":1693389853611,"type":"call:end","integrationId":"abc123","data":{"status":"CONNECTING","callee":{"name":"Zoë"},"endCause":"21","endCauseStr":"Call Rejected","endBy":"CALLER"}}',
);
const hex = "6ff7a667e6beff2a87c5ef424b00948d6a91104b3b46073533ab1be638ab3961";

describe("a signature of a webhook", () => {
  it("is the HMAC-SHA256 of the bytes, in hex", () => expect(signWebhook(body, secret)).toBe(hex));
  it.each([hex, hex.toUpperCase(), `sha256=${hex}`, `SHA256=${hex}`, ` ${hex} `])("%s is read", (text) =>
    expect(readSignature(text)?.toString("hex")).toBe(hex),
  );
  it.each([undefined, "", hex.slice(1), `${hex}0`, `sha1=${hex}`, `${hex},${hex}`])("%s is not one", (text) =>
    expect(readSignature(text)).toBeUndefined(),
  );
  it.each([
    [[secret], true],
    [["old", secret], true],
    [[secret, "new"], true],
    [["a", "b", secret], true],
    [["old"], false],
    [[], false],
  ])("of the secrets %j, one made it: %s", (secrets, expected) =>
    expect(isSigned(body, Buffer.from(hex, "hex"), secrets)).toBe(expected),
  );
  it("by the placeholder of a PBX without secrets is refused", () =>
    expect(isSigned(body, Buffer.from(signWebhook(body, "no secret"), "hex"), [])).toBe(false));
});
