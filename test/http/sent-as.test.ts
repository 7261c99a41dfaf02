import { describe, expect, it } from "vitest";
import type { Mapping } from "../../lib/callers/mapping.ts";
import { type SentFields, sentAs } from "../../lib/http/sent-as.ts";

const request = (change: Partial<SentFields> = {}): SentFields => ({
  body: { extension: "108", exten: "109", caller_id: {} },
  mapping: undefined,
  hasIdempotencyKey: false,
  ...change,
});
const mapping: Mapping = {
  pointers: { to: "/contact/phone", agent: "/owner", idempotency_key: ["/event", "/at"] },
  values: { context: "users" },
};

describe("the name under which a caller sent a field", () => {
  it.each([
    ["extension", "/extension"],
    ["caller_id.number", "/caller_id/number"],
    ["to", "/exten"],
    ["context", "/context"],
    ["idempotency-key", "idempotency-key"],
    ["content-type", "content-type"],
    ["/properties/phone", "/properties/phone"],
  ])("of a body in the product's form: %s is %s", (field, name) =>
    expect(sentAs(field, request())).toBe(name),
  );
  it.each([
    ["to", "/contact/phone"],
    ["extension", "/owner"],
    ["context", "values.context"],
    ["idempotency-key", "/event, /at"],
  ])("of a CRM's body: %s is %s", (field, name) => expect(sentAs(field, request({ mapping }))).toBe(name));
  it("is the header if the request has one, although the mapping names a pointer", () =>
    expect(sentAs("idempotency-key", request({ mapping, hasIdempotencyKey: true }))).toBe("idempotency-key"));
  it("is the query parameter if the request has no body", () =>
    expect(sentAs("pbx", request({ body: undefined }))).toBe("pbx"));
});
