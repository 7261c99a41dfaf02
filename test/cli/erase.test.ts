import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";

const day = daysAgo(3);
const number = "+393331112299";
const national = "3331112299";

/** A directory with a day in which the number called. */
const exported = async () => {
  const { pbx, env: connection } = await startPbx();
  const env = { ...connection, WILDIX_SETTINGS: '{"country":"IT"}' };
  pbx.pbx.history.insert({
    ...{ start: `${day} 12:00:00`, end: `${day} 12:01:00`, from_number: national, src: national },
    from_name: "Anna",
  });
  const out = await newDirectory();
  const range = ["--from", day, "--to", day, "--out", out];
  expect(await wildix(["export", ...range], env)).toMatchObject({ code: 0 });
  const rows = async (): Promise<string> =>
    gunzipSync(await readFile(join(out, `legs/dt=${day}/pbx=default/part-00001.ndjson.gz`))).toString();
  return { out, env, range, rows };
};

describe("wildix erase", () => {
  it("counts without --yes, erases with it, and a later export does not bring the number back", async () => {
    const { out, env, range, rows } = await exported();
    expect(await rows()).toMatch(national);
    const counted = await wildix(["erase", out], env, `${number}\n`);
    expect(counted).toMatchObject({ code: 0, err: "" });
    expect(counted.out).toMatch(
      /The number is in 1 leg and 1 call of 1 PBX day[\s\S]*Nothing was changed.*--yes/,
    );
    expect(await rows()).toMatch(national);
    const erased = await wildix(["erase", out, "--yes", "--number", number], env);
    expect(erased).toMatchObject({ code: 0, err: "" });
    expect(erased.out).toMatch(/erased from 1 leg and 1 call[\s\S]*Later exports do not write the number/);
    for (const { out: text } of [counted, erased]) expect(text).not.toContain(national);
    expect(await rows()).not.toMatch(national);
    expect(await wildix(["export", ...range, "--force"], env)).toMatchObject({ code: 0 });
    expect(await rows()).not.toMatch(/3331112299|Anna/);
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
  });

  it("prints JSON without the number", async () => {
    const { out, env } = await exported();
    const { code, out: text } = await wildix(["erase", out, "--json", "--dry-run"], env, number);
    expect([code, JSON.parse(text)]).toMatchObject([
      0,
      {
        days: 1,
        changed: [{ kind: "erased", pbx: "default", day, legs: 1, calls: 1 }],
        erased: false,
        listed: false,
      },
    ]);
    expect(text).not.toContain(national);
  });

  it.each([
    [["erase"], number, "only one of them"],
    [["erase", "OUT", "--yes", "--dry-run"], number, "Give `--yes` or `--dry-run`, not both."],
    [["erase", "/nowhere"], number, "no export in /nowhere"],
    [["erase", "OUT", "--stage", "prod"], number, "only one of them"],
    [["erase", "OUT"], "101", "got text with 3 digits"],
    [["erase", "OUT"], "", "got text with 0 digits"],
    [["erase", "OUT", "--pbx", "milna"], number, "milna"],
    [["erase", "OUT/empty"], number, "no export"],
  ])("refuses %j with %j", async (args, typed, message) => {
    const out = await newDirectory();
    const told = await wildix(
      args.map((arg) => arg.replace("OUT", out)),
      {},
      typed,
    );
    expect(told).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(told.err).not.toContain(national);
  });
});
