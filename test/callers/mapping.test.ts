import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { mapCall, readMapping } from "../../lib/callers/mapping.ts";

const page = await readFile(new URL("../../docs/crm-buttons.md", import.meta.url), "utf8");

/** The JSON blocks of one kind, in the page's order. */
const blocks = (kind: string): unknown[] =>
  [...page.matchAll(new RegExp(`\`\`\`json ${kind}\n(.*?)\n\`\`\``, "gs"))].map(([, json = ""]) =>
    JSON.parse(json),
  );

describe("each example of docs/crm-buttons.md", () => {
  const names = [...page.matchAll(/^## (\S+): /gm)].map(([, name]) => name);
  it("is of a CRM, with a mapping, a body and the call", () => {
    expect(names).toEqual(["HubSpot", "Salesforce", "Pipedrive"]);
    for (const kind of ["mapping", "body", "call"]) expect(blocks(kind)).toHaveLength(names.length);
  });
  it.each(names.map((name, at) => [name, at] as const))("%s becomes the call that it says", (_name, at) => {
    const { body, idempotencyKey } = mapCall(readMapping(blocks("mapping")[at]), blocks("body")[at]);
    expect({ idempotency_key: idempotencyKey, body }).toEqual(blocks("call")[at]);
  });
});

describe("a mapping that is refused, by name", () => {
  const good = { pointers: { to: "/to" }, values: { extension: "108" } };
  it.each<[string, unknown, string, string]>([
    ["no object", [], "body", "object"],
    ["no pointer to a number", { pointers: {}, values: { extension: "1" } }, "pointers.to", "missing"],
    [
      "an unknown pointer",
      { ...good, pointers: { to: "/to", agnet: "/a" } },
      "pointers.agnet",
      "Did you mean agent?",
    ],
    [
      "an unknown value",
      { ...good, values: { extention: "1" } },
      "values.extention",
      "Did you mean extension?",
    ],
    ["a path with dots", { ...good, pointers: { to: "contact.phone" } }, "pointers.to", "RFC 6901"],
    ["a fragment", { ...good, pointers: { to: "#/to" } }, "pointers.to", "RFC 6901"],
    ["the whole body", { ...good, pointers: { to: "" } }, "pointers.to", "RFC 6901"],
    ["a tilde of nothing", { ...good, pointers: { to: "/a~2" } }, "pointers.to", "RFC 6901"],
    [
      "a wrong one of several",
      { ...good, pointers: { to: "/to", idempotency_key: ["/a", "b"] } },
      "pointers.idempotency_key",
      "RFC 6901",
    ],
    [
      "six of several",
      { ...good, pointers: { to: "/to", idempotency_key: Array(6).fill("/a") } },
      "pointers.idempotency_key",
      "up to five",
    ],
    ["nobody's phone", { pointers: { to: "/to" } }, "pointers.extension", "which phone"],
    [
      "two phones",
      { pointers: { to: "/to", agent: "/a" }, values: { extension: "1" } },
      "pointers.agent",
      "the one or the other",
    ],
    [
      "a name in both",
      { pointers: { to: "/to", pbx: "/p" }, values: { extension: "1", pbx: "milan" } },
      "values.pbx",
      "in pointers too",
    ],
    ["a value of another kind", { ...good, values: { extension: 108 } }, "values.extension", "string"],
  ])("%s", (_name, mapping, field, says) => {
    expect(() => readMapping(mapping)).toThrowError(
      expect.objectContaining({ code: "INPUT_INVALID", field, message: expect.stringContaining(says) }),
    );
  });
  it("or taken as it stands", () => expect(readMapping(good)).toEqual(good));
});

describe("a body that does not fit is told which pointer finds nothing", () => {
  const mapping = readMapping({
    pointers: { to: "/contact/phones/0/value", idempotency_key: "/a~1b" },
    values: { extension: "108" },
  });
  const body = (phones: unknown, more = {}) => ({ contact: { phones }, "a/b": "k", ...more });
  it.each<[string, unknown, string, string]>([
    ["a name is missing", { contact: {}, "a/b": "k" }, "/contact/phones/0/value", "/contact has no phones"],
    [
      "a name is written otherwise",
      { contact: { phone: [] }, "a/b": "k" },
      "/contact/phones/0/value",
      "Did you mean /contact/phone?",
    ],
    ["the list is empty", body([]), "/contact/phones/0/value", "/contact/phones has no 0"],
    ["the way ends early", body("x"), "/contact/phones/0/value", "/contact/phones has no 0"],
    ["the value is null", body([{ value: null }]), "/contact/phones/0/value", "is empty"],
    ["the value is blank", body([{ value: " " }]), "/contact/phones/0/value", "is empty"],
    ["the value is an object", body([{ value: {} }]), "/contact/phones/0/value", "no short text"],
    ["the value is true", body([{ value: true }]), "/contact/phones/0/value", "no short text"],
    ["the value is long", body([{ value: "1".repeat(201) }]), "/contact/phones/0/value", "no short text"],
    ["the idempotency key is missing", { contact: { phones: [{ value: "1" }] } }, "/a~1b", "it has no a/b"],
    [
      "what every object has is not in it",
      { ...body([]), contact: {} },
      "/contact/phones/0/value",
      "has no phones",
    ],
  ])("%s", (_name, given, field, says) => {
    expect(() => mapCall(mapping, given)).toThrowError(
      expect.objectContaining({ code: "INPUT_INVALID", field, message: expect.stringContaining(says) }),
    );
  });
  it("nothing of a prototype is found", () => {
    const wild = readMapping({ pointers: { to: "/constructor/name", extension: "/__proto__" } });
    expect(() => mapCall(wild, {})).toThrowError(expect.objectContaining({ code: "INPUT_INVALID" }));
  });
});

describe("a number", () => {
  const to = (value: unknown): unknown =>
    mapCall(readMapping({ pointers: { to: "/to" }, values: { extension: "1" } }), { to: value }).body["to"];
  it.each([
    ["+1 (614) 484-1500", "+16144841500"],
    [16144841500, "16144841500"],
    [" 109 ", "109"],
  ])("%j is %j", (given, read) => expect(to(given)).toBe(read));
  it.each(["+49 (0)89 123", "040/1234567", "109&110"])("%j is refused with the pointer", (given) => {
    expect(() => to(given)).toThrowError(expect.objectContaining({ code: "INPUT_INVALID", field: "/to" }));
  });
});
