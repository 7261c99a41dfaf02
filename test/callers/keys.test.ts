import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scopes } from "../../lib/callers/caller.ts";
import {
  addKey,
  editKeys,
  endedBecause,
  type Keys,
  parseKeys,
  revokeKey,
  rotateKey,
  toCaller,
  type WantedKey,
} from "../../lib/callers/keys.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";

const start = Date.parse("2026-11-24T09:00:00Z");
const day = 86_400_000;
const wanted: WantedKey = {
  label: "CRM",
  scopes: ["calls:create"],
  pbxs: ["milan"],
  extensions: ["108", "109"],
  caps: { per_day: 200, per_minute: 3 },
  signs: false,
};
const add = (keys: Keys, change: Partial<WantedKey> = {}) =>
  addKey(keys, { ...wanted, ...change }, start, randomBytes);

describe("what is stored of a key", () => {
  it("is a hash where it is sent, and the key itself only where it signs", () => {
    const bearer = add({});
    const both = add(bearer.keys, { signs: true });
    const json = JSON.stringify(both.keys);
    expect(json).not.toContain(bearer.result.text.slice(17));
    expect(json).toContain(both.result.text);
    expect(bearer.keys[bearer.result.id]?.proofs).toEqual([
      { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });
  it("is read with a byte order mark", () => {
    const { keys } = add({});
    expect(parseKeys(`\uFEFF${JSON.stringify({ keys })}`, "keys.json")).toEqual(keys);
  });
  it("becomes a caller", () => {
    const { keys, result } = add({});
    const stored = keys[result.id];
    expect(stored && toCaller(result.id, stored)).toEqual({
      id: result.id,
      scopes: new Set(["calls:create"]),
      pbxs: ["milan"],
      extensions: ["108", "109"],
      caps: { per_day: 200, per_minute: 3 },
    });
    const wide = add({}, { pbxs: "all", extensions: "all", scopes, caps: undefined as never });
    const all = wide.keys[wide.result.id];
    expect(all && toCaller("x", all)).toMatchObject({ pbxs: "all", extensions: "all" });
  });
  it("ends by time or by hand, and then has no secret", () => {
    const { keys, result } = add({}, { expires: start + day });
    const [before, at] = [start + day - 1, start + day].map((now) =>
      endedBecause(keys[result.id] ?? never(), now),
    );
    expect([before, at]).toEqual([undefined, "expired at 2026-11-25T09:00:00.000Z"]);
    const revoked = revokeKey(keys, result.id, start + 5).keys[result.id];
    expect(revoked).toMatchObject({ label: "CRM", proofs: [], revoked: "2026-11-24T09:00:00.005Z" });
    expect(revoked && endedBecause(revoked, start)).toContain("was revoked");
  });
  it("has two secrets while one replaces the other, and never three", () => {
    const { keys, result } = add({});
    const once = rotateKey(keys, result.id, start + day, randomBytes);
    const twice = rotateKey(once.keys, result.id, start + 2 * day, randomBytes);
    expect([once.result.id, twice.result.id]).toEqual([result.id, result.id]);
    expect(once.keys[result.id]?.proofs.map(({ until }) => until)).toEqual([
      "2026-11-25T09:00:00.000Z",
      undefined,
    ]);
    expect(twice.keys[result.id]?.proofs.map(({ until }) => until)).toEqual([
      "2026-11-26T09:00:00.000Z",
      undefined,
    ]);
  });
  it.each([
    ["an unknown id", (keys: Keys) => revokeKey(keys, "aaaaaaaaaaaa", start)],
    ["a name that objects have", (keys: Keys) => revokeKey(keys, "constructor", start)],
    ["one that was revoked", (keys: Keys) => rotateKey(keys, "gone", start, randomBytes)],
  ])("%s is not changed", (_name, act) => {
    const gone = {
      gone: { ...(Object.values(add({}).keys)[0] ?? never()), revoked: "2026-11-24T09:00:00Z" },
    };
    expect(() => act(gone)).toThrowError(expect.objectContaining({ code: "NOT_FOUND", field: "id" }));
  });
});

const never = (): never => {
  throw new Error("a key is missing");
};

describe("keys that are not usable are named, without a value", () => {
  const good = JSON.stringify({ keys: add({}).keys });
  it.each([
    [
      "no JSON",
      "{",
      undefined,
      "`keys.json` must be JSON; got a mistake in line 1, column 2. Look there for a comment or a trailing comma.",
    ],
    ["an empty text", "", undefined, "`keys.json` must be JSON; got an empty string."],
    [
      "a key twice",
      `{"keys":{"a":{},\n"a":{}}}`,
      undefined,
      "`keys.json` must have each field once; got `/keys/a` in line 1 and in line 2.",
    ],
    [
      "a file of PBXs",
      '{"pbxs":{}}',
      undefined,
      '`keys.json` must have an object "keys", as `wildix key` writes it. Check that it is for API keys.',
    ],
    ["a field beside the keys", '{"keys":{},"pbxs":{}}', "pbxs", "`/pbxs` in keys.json is not known."],
    ["an unknown key of an entry", good.replace('"label"', '"lable"'), /\.lable$/, "Did you mean `label`?"],
    [
      "a key without label",
      good.replace('"label":"CRM",', ""),
      /\.label$/,
      "/label` in keys.json is missing",
    ],
    ["an unknown scope", good.replace("calls:create", "calls:all"), /\.scopes\.0$/, "one of calls:create"],
    [
      "a hash that is none",
      good.replace(/"sha256":"[0-9a-f]{64}"/, '"sha256":"hunter2"'),
      /\.proofs\.0/,
      "/proofs/0",
    ],
    ["a time that is none", good.replace(/"created":"[^"]*"/, '"created":"today"'), /\.created$/, "created"],
    ["a list", "[]", undefined, 'must have an object "keys"'],
  ])("%s", (_name, json, field, says) => {
    expect(json).not.toBe(good);
    const wrong = expect.objectContaining({
      code: "KEYS_INVALID",
      message: expect.stringContaining(says),
      ...(field === undefined ? {} : { field: expect.stringMatching(field) }),
    });
    expect(() => parseKeys(json, "keys.json")).toThrowError(wrong);
    expect(() => parseKeys(json, "keys.json")).not.toThrowError(/hunter2|today/);
  });
  it.each([
    ["expires", "tomorrow", "expires", "must be a time such as 2027-01-31T18:00:00Z."],
    ["revoked", 5, "revoked", "must be a time such as 2027-01-31T18:00:00Z."],
    ["pbxs", "milan", "pbxs", 'must be "all", or a list of strings that are not empty.'],
    ["extensions", [108], "extensions", 'must be "all", or a list of strings that are not empty.'],
    ["proofs", [{}], "proofs.0", "must be an object with `sha256` or `hmac_key`"],
    ["proofs", [{ sha256: "x" }], "proofs.0.sha256", "must be 64 hexadecimal digits."],
  ])("with a wrong %s are refused with its form: %j", async (name, value, field, says) => {
    const port = memoryKeys();
    const [[id = "", key] = []] = Object.entries(add({}).keys);
    await port.write(JSON.stringify({ keys: { [id]: { ...key, [name]: value } } }), undefined);
    await expect(editKeys(port, start, never)).rejects.toMatchObject({
      code: "KEYS_INVALID",
      field: `keys.${id}.${field}`,
      message: expect.stringContaining(says),
    });
  });
  it("are never written: one wrong key would shut all callers out", async () => {
    const port = memoryKeys();
    await expect(editKeys(port, start, (keys) => add(keys, { label: "" }))).rejects.toMatchObject({
      code: "KEYS_INVALID",
      field: expect.stringMatching(/\.label$/),
    });
    expect(await port.read()).toBeUndefined();
  });
  it("nor are more than a secret holds", async () => {
    const port = memoryKeys();
    let made = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        await editKeys(port, start, add);
        made++;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "KEYS_INVALID",
      message: expect.stringContaining("Revoke unused keys"),
    });
    expect(made).toBeGreaterThan(200);
  });
});

describe("changing the keys", () => {
  it("tries again on what stands then, when somebody else was quicker", async () => {
    const port = memoryKeys();
    let disturbed = 0;
    const ids: string[] = [];
    const id = await editKeys(
      {
        source: port.source,
        read: async () => {
          const standing = await port.read();
          if (disturbed++ < 2) ids.push((await editKeys(port, start, add)).id);
          return standing;
        },
        write: port.write,
      },
      start,
      add,
    );
    const keys = parseKeys((await port.read())?.text ?? "", "keys.json");
    expect(Object.keys(keys).sort()).toEqual([...ids, id.id].sort());
  });
  it("succeeds for each of 20 that begin at the same moment", async () => {
    const port = memoryKeys();
    const made = await Promise.all(Array.from({ length: 20 }, () => editKeys(port, start, add)));
    const keys = parseKeys((await port.read())?.text ?? "", "keys.json");
    expect(Object.keys(keys).sort()).toEqual(made.map(({ id }) => id).sort());
  });
  it("gives up by name when they never hold still", async () => {
    const restless = { ...memoryKeys(), write: async () => false };
    await expect(editKeys(restless, start, add)).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  });
  it("forgets a key 90 days after it ended, and no other", async () => {
    const port = memoryKeys();
    const make = (change: Partial<WantedKey>): Promise<{ id: string }> =>
      editKeys(port, start, (keys) => add(keys, change));
    const [expiring, revoked, lasting] = [
      await make({ expires: start + day }),
      await make({}),
      await make({}),
    ];
    await editKeys(port, start, (keys) => revokeKey(keys, revoked.id, start));
    const standing = async (now: number): Promise<string[]> => {
      await editKeys(port, now, (keys) => ({ keys, result: undefined }));
      return Object.keys(parseKeys((await port.read())?.text ?? "", "keys.json"));
    };
    expect(await standing(start + 90 * day - 1)).toEqual([expiring.id, revoked.id, lasting.id]);
    expect(await standing(start + 91 * day - 1)).toEqual([expiring.id, lasting.id]);
    expect(await standing(start + 91 * day)).toEqual([lasting.id]);
  });
});
