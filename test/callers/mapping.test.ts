import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { mapCall, readMapping } from "../../lib/callers/mapping.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";

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
    expect({ body }).toEqual(blocks("call")[at]);
    expect(idempotencyKey).toMatch(/^crm-[A-Za-z0-9_-]{43}$/);
  });
});

describe("a mapping that is refused, by name", () => {
  const good = { pointers: { to: "/to" }, values: { extension: "108" } };
  it.each<[string, unknown, string, string]>([
    ["no object", [], "mapping", "object"],
    ["no pointer to a number", { pointers: {}, values: { extension: "1" } }, "pointers.to", "missing"],
    [
      "an unknown pointer",
      { ...good, pointers: { to: "/to", agnet: "/a" } },
      "pointers.agnet",
      "Did you mean `agent`?",
    ],
    [
      "an unknown value",
      { ...good, values: { extention: "1" } },
      "values.extention",
      "Did you mean `extension`?",
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
    ["nobody's phone", { pointers: { to: "/to" } }, "pointers.extension", "the phone that rings first"],
    [
      "two phones",
      { pointers: { to: "/to", agent: "/a" }, values: { extension: "1" } },
      "pointers.agent",
      "Remove one of the two",
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

describe("an idempotency key", () => {
  const keyOf = (...values: unknown[]) => {
    const pointers = { to: "/to", idempotency_key: values.map((_, at) => `/${at}`) };
    const body = Object.fromEntries([["to", "+16144841500"], ...values.map((value, at) => [at, value])]);
    return mapCall(readMapping({ pointers, values: { extension: "108" } }), body).idempotencyKey;
  };
  it.each(["2026-11-24 09:00:00", "Nov 24, 2026 09:00 AM", "Müller", "会", "x".repeat(200)])(
    "can be made of %j",
    (value) => expect(readCallKey(keyOf("51", value) ?? "")).toBe(keyOf("51", value)),
  );
  it("is the same for the same values and another for others, wherever they are divided", () => {
    expect(keyOf("1", 7)).toBe(keyOf("1", "7"));
    const keys = [
      keyOf("1/2", "3"),
      keyOf("1", "2/3"),
      keyOf("1/2/3"),
      keyOf("1", "2", "3"),
      keyOf('1","2/3'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("a body of lists", () => {
  const read = (to: string, body: unknown): unknown =>
    mapCall(readMapping({ pointers: { to }, values: { extension: "108" } }), body).body["to"];
  const context = {
    InputParameters: [
      { key: "Other", value: 1 },
      {
        key: "Target",
        value: {
          Attributes: [
            { key: "name", value: "Ada" },
            { key: "telephone1", value: "+1 614 484 1500" },
          ],
        },
      },
    ],
  };
  it("has elements that a value in them selects", () => {
    const at = "/InputParameters/[key=Target]/value/Attributes/[key=telephone1]/value";
    expect(read(at, context)).toBe("+16144841500");
    expect(read("/[id=7]/to", [{ id: 7, to: "109" }])).toBe("109");
    expect(read("/[a~1b=x~1y=z]/to", [{ "a/b": "x/y=z", to: "109" }])).toBe("109");
    expect(read("/[key=x]", { "[key=x]": "109" })).toBe("109");
  });
  it.each([
    ["/InputParameters/[key=Target]/value/Attributes/[key=mobile]/value", "has no [key=mobile]"],
    ["/InputParameters/[constructor=x]/value", "has no [constructor=x]"],
  ])("%s finds nothing", (at, says) =>
    expect(() => read(at, context)).toThrowError(
      expect.objectContaining({ field: at, message: expect.stringContaining(says) }),
    ),
  );
  it("is a call if it has one element; several are refused, because only one would ring", () => {
    expect(read("/0/propertyValue", [{ propertyValue: "+16144841500" }])).toBe("+16144841500");
    for (const [events, count] of [
      [[], 0],
      [[{ propertyValue: "1" }, { propertyValue: "2" }], 2],
    ] as const)
      expect(() => read("/0/propertyValue", events)).toThrowError(
        expect.objectContaining({
          code: "BODY_INVALID",
          message: expect.stringContaining(`a list of ${count}`),
        }),
      );
  });
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
    [
      "the list is empty",
      body([]),
      "/contact/phones/0/value",
      "must exist in this body, because the mapping reads `to` from it; /contact/phones has no 0",
    ],
    ["the way ends early", body("x"), "/contact/phones/0/value", "/contact/phones has no 0"],
    ["the value is null", body([{ value: null }]), "/contact/phones/0/value", "must not be empty"],
    [
      "the value is blank",
      body([{ value: " " }]),
      "/contact/phones/0/value",
      "must not be empty in this body, because the mapping reads `to` from it.",
    ],
    ["the value is an object", body([{ value: {} }]), "/contact/phones/0/value", "must be a short string"],
    ["the value is true", body([{ value: true }]), "/contact/phones/0/value", "must be a short string"],
    [
      "the value is long",
      body([{ value: "1".repeat(201) }]),
      "/contact/phones/0/value",
      "must be a short string",
    ],
    [
      "the idempotency key is a number that JSON rounds",
      { ...body([{ value: "1" }]), "a/b": JSON.parse("4150868000000632001") },
      "/a~1b",
      "must be a string in this body",
    ],
    [
      "the idempotency key is missing",
      { contact: { phones: [{ value: "1" }] } },
      "/a~1b",
      "the body has no a/b",
    ],
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
