import { describe, expect, it } from "vitest";
import { ProductError } from "../../lib/errors.ts";
import {
  entryOf,
  intoLists,
  listedSecretText,
  mostListBytes,
  readPbxList,
  secretTextOf,
} from "../../lib/pbxs/pbx-list.ts";

const pbx = (host: string) => ({ host: `https://${host}.example.com`, token: "access_t" });
const bytesOf = (list: object): number => Buffer.byteLength(JSON.stringify({ pbxs: list }));

describe("a list of PBXs", () => {
  it("gives what a secret of its own has as tags, and the secret without them", () => {
    const list = readPbxList(
      "file",
      JSON.stringify({
        pbxs: {
          milan: { ...pbx("milan"), timezone: "Europe/Rome", registered: "2026-11-01T00:00:00.000Z" },
          oslo: { ...pbx("oslo"), timezone: "Europe/Oslo", export: "off", registered: "soon" },
        },
      }),
    );
    expect(entryOf("milan", list["milan"] ?? {})).toEqual({
      id: "milan",
      timezone: "Europe/Rome",
      exported: true,
      registeredAt: Date.UTC(2026, 10, 1),
    });
    expect(entryOf("oslo", list["oslo"] ?? {})).toMatchObject({ exported: false, registeredAt: undefined });
    expect(JSON.parse(secretTextOf(list["oslo"] ?? {}))).toEqual(pbx("oslo"));
  });
  it.each(["", "[]", "{}", '{"pbxs":[]}', '{"pbxs":{"milan":null}}'])("refuses %j by name", (text) => {
    expect(() => readPbxList("/wildix/dev/pbx/_1", text)).toThrowError(
      expect.objectContaining({ code: "REGISTRY_UNAVAILABLE", field: "/wildix/dev/pbx/_1" }),
    );
  });
});

describe("a list that a person wrote", () => {
  const refusal = (text: string): string => {
    try {
      readPbxList("pbxs.json", text);
    } catch (error) {
      if (error instanceof ProductError && error.code === "REGISTRY_UNAVAILABLE") return error.message;
    }
    return "none";
  };
  it.each([
    [
      '{"pbxs": {\n"milan": {},\n"milan": {}}}',
      "must have each field once; got `/pbxs/milan` in line 2 and in line 3. Remove one of them.",
    ],
    [
      '{"pbxs": {"milan": {"token": "a", "token": "b"}}}',
      "must have each field once; got `/pbxs/milan/token` twice in line 1. Remove one of them.",
    ],
    ["", "must be JSON; got an empty string."],
    [
      '{"pbxs": {\n  "milan": {},\n}}',
      "must be JSON; got a mistake in line 3, column 1. Look there for a comment or a trailing comma.",
    ],
    [
      '{"pbxs": {}, "settings": {}}',
      'must have only "pbxs"; got "settings". Move it into a PBX, or remove it.',
    ],
    [
      '{"pbxs": {"Mi lan": {}}}',
      'must have ids of 1 to 63 letters, digits, dots, underscores or hyphens that begin with a letter or digit; got "Mi lan". Rename the PBX.',
    ],
  ])("%j is refused with the place", (text, message) =>
    expect(refusal(text)).toBe(`\`pbxs.json\` ${message}`),
  );
  it.each([
    ["timzone", "Did you mean timezone?"],
    ["Timezone", "Did you mean timezone?"],
    ["exports", "Did you mean export?"],
    ["costumer", "Did you mean customer?"],
    ["hsot", "Did you mean host?"],
    ["contry", "Did you mean settings.country?"],
    ["zzzzzz", "Remove it."],
  ])("a PBX with the field %s is refused: %s", (field, fix) =>
    expect(() => listedSecretText("milan", { ...pbx("milan"), [field]: "x" })).toThrow(
      expect.objectContaining({
        code: "PBX_SECRET_INVALID",
        field,
        message: `the secret of milan: the field \`${field}\` is unknown. ${fix}`,
      }),
    ),
  );
});

describe("the export of a listed PBX", () => {
  const listed = (value: unknown) => JSON.stringify({ pbxs: { milan: { export: value } } });
  it.each(["no", "Off", false, ""])("cannot be %j, which would export it", (value) =>
    expect(() => readPbxList("pbxs.json", listed(value))).toThrow(
      '`pbxs.json` must have "on" or "off" as `export` of the PBX "milan".',
    ),
  );
  it.each(["on", "off"])("can be %s", (value) =>
    expect(readPbxList("pbxs.json", listed(value))).toEqual({ milan: { export: value } }),
  );
});

it.each([null, 1, ["Europe/Rome"]])("a time zone of a listed PBX cannot be %j", (timezone) =>
  expect(() => readPbxList("pbxs.json", JSON.stringify({ pbxs: { milan: { timezone } } }))).toThrow(
    '`pbxs.json` must have a string as `timezone` of the PBX "milan", for example Europe/Rome.',
  ),
);

describe("PBXs that are written into lists", () => {
  it("stay in their list; a new one goes into the first list with room", () => {
    const lists = [{ a: pbx("a") }, { b: pbx("b") }];
    expect(intoLists(lists, { b: pbx("other"), c: pbx("c") })).toEqual([
      { a: pbx("a"), c: pbx("c") },
      { b: pbx("other") },
    ]);
    expect(lists).toEqual([{ a: pbx("a") }, { b: pbx("b") }]);
  });
  it("fill one list after another, none above the limit", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`pbx-${n}`, pbx(`pbx-${n}`)]));
    const lists = intoLists([], many);
    expect(lists.length).toBeGreaterThan(1);
    for (const list of lists) expect(bytesOf(list)).toBeLessThanOrEqual(mostListBytes);
    expect(Object.assign({}, ...lists)).toEqual(many);
    expect(intoLists(lists, many)).toEqual(lists);
  });
});
