import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newDirectory, startPbx, wildix } from "../support/cli.ts";

const mapping = {
  pointers: { to: "/phone", idempotency_key: ["/id", "/at"] },
  values: { extension: "108" },
};
const body = { phone: "(614) 484-1500", id: 7, at: "1" };

const files = async (given: { mapping?: unknown; body?: unknown } = {}): Promise<string[]> => {
  const directory = await newDirectory();
  const [mappingFile, bodyFile] = [join(directory, "crm.json"), join(directory, "body.json")];
  await writeFile(mappingFile, JSON.stringify(given.mapping ?? mapping));
  await writeFile(bodyFile, JSON.stringify(given.body ?? body));
  return ["mapping", "test", "--mapping", mappingFile, "--body", bodyFile, "--out", directory];
};

describe("wildix mapping test", () => {
  it("shows the call that would be placed, and rings nothing", async () => {
    const { env, pbx } = await startPbx();
    const told = await wildix([...(await files()), "--json"], env);
    expect([told.err, told.code]).toEqual(["", 0]);
    expect(JSON.parse(told.out)).toMatchObject({
      body: { extension: "108" },
      idempotency_key: expect.any(String),
      dialled: { channel: "Local/108@users", exten: expect.stringMatching(/00$/) },
    });
    expect(pbx.pbx.phones.calls).toEqual([]);
  });
  it("without a PBX shows the mapped body, and says what was not checked", async () => {
    const told = await wildix(await files());
    expect(told.code).toBe(0);
    expect(told.out).toContain('"extension": "108"');
    expect(told.out).toContain("no PBX is registered here");
  });
  it("names the pointer that finds nothing", async () => {
    const { code, err } = await wildix(await files({ body: { telephone: "1" } }));
    expect([code, err]).toEqual([1, expect.stringContaining("/phone")]);
  });
  it("says what the PBX's rules refuse", async () => {
    const { env } = await startPbx();
    const told = await wildix(await files({ body: { ...body, phone: "+88213300000" } }), env);
    expect(told.code).toBe(1);
  });
});

describe("wildix key create --mapping", () => {
  const create = async (made: object, ...more: string[]) => {
    const directory = await newDirectory();
    const file = join(directory, "crm.json");
    await writeFile(file, JSON.stringify({ ...mapping, ...made }));
    const scope = ["--label", "CRM", "--scope", "calls:create", "--extension", "108"];
    return wildix(["key", "create", ...scope, "--mapping", file, ...more], {
      WILDIX_KEYS: join(directory, "keys.json"),
    });
  };
  it.each([
    [
      "a PBX that the key may not use",
      { values: { extension: "108", pbx: "rome" } },
      ["--pbx", "milan"],
      "values.pbx",
    ],
    ["no PBX of two", {}, ["--pbx", "milan", "--pbx", "rome"], "must name the PBX"],
    [
      "an extension that the key may not ring",
      { values: { extension: "109" } },
      ["--pbx", "milan"],
      "values.extension",
    ],
    [
      "seconds that no phone may ring",
      { values: { extension: "108", ring_seconds: 1e3 } },
      ["--pbx", "milan"],
      "`--mapping`: in values, `ring_seconds` must be from 5 to 60; got 1000.",
    ],
    [
      "an extension in other digits",
      { values: { extension: "\uff11\uff10\uff18" } },
      ["--pbx", "milan"],
      "`--mapping`: in values, `extension` must be 1 to 10 digits",
    ],
    [
      "a caller id that is two numbers",
      { values: { extension: "108", caller_id: { number: "02/123" } } },
      ["--pbx", "milan"],
      "`--mapping`: in values, `caller_id.number` must be one phone number",
    ],
  ])("with %s is refused", async (_what, made, options, named) => {
    expect(await create(made, ...options)).toMatchObject({ code: 2, err: expect.stringContaining(named) });
  });
  it("with what the key is for is accepted", async () => {
    expect((await create({ values: { extension: "108", pbx: "milan" } }, "--pbx", "milan")).code).toBe(0);
    expect((await create({}, "--all-pbxs")).code).toBe(0);
  });
});
