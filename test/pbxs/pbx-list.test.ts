import { describe, expect, it } from "vitest";
import { entryOf, intoLists, mostListBytes, readPbxList, secretTextOf } from "../../lib/pbxs/pbx-list.ts";

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
