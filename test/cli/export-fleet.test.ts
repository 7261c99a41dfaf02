import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import type { SimulatorOptions } from "../../simulator/server.ts";
import { daysAgo, newDirectory, spawnWildix, startPbx, wildix } from "../support/cli.ts";

const day = (from: number, to: number): string[] => ["--from", daysAgo(from), "--to", daysAgo(to)];

/** A file of PBXs, all behind one simulator but those whose host is given. */
const startFleet = async (
  ids: readonly string[],
  options: SimulatorOptions = {},
  change: Readonly<Record<string, object>> = {},
) => {
  const { pbx } = await startPbx(options);
  const { appId, appName, secret, zone } = simulatorDefaults;
  const entryOf = (id: string): object => ({
    host: pbx.url,
    app_id: appId,
    app_name: appName,
    secret_key: secret,
    timezone: zone,
    ...change[id],
  });
  const file = join(await newDirectory(), "pbxs.json");
  const pbxs = Object.fromEntries(ids.map((id) => [id, entryOf(id)]));
  await writeFile(file, JSON.stringify({ pbxs }), { mode: 0o600 });
  return { pbx, file };
};

const filesOf = async (directory: string): Promise<Map<string, Buffer>> => {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(join(directory, "legs"), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      found.set(path.slice(directory.length), await readFile(path));
    }
  return found;
};

describe("wildix export of many PBXs", () => {
  it("exports all of the file side by side; those that pause or have no zone stay out", async () => {
    const change = { paused: { export: "off" }, unset: { timezone: undefined } };
    const { file } = await startFleet(["milan", "rome", "paused", "unset"], {}, change);
    const out = await newDirectory();
    const told = await wildix(["export", ...day(4, 3), "--out", out, "--pbxs", file]);
    expect([told.code, told.err]).toEqual([0, ""]);
    expect(told.out.split("\n").slice(0, 2).sort()).toEqual([
      expect.stringMatching(/^✓ milan {2}2 days, [\d,]+ rows$/),
      expect.stringMatching(/^✓ rome {2}2 days, [\d,]+ rows$/),
    ]);
    expect(told.out).toContain(`rows of 4 PBX days in ${out}`);
    expect((await readdir(join(out, `legs/dt=${daysAgo(3)}`))).sort()).toEqual(["pbx=milan", "pbx=rome"]);
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
    const one = await wildix(["export", ...day(4, 3), "--out", out, "--pbxs", file, "--pbx", "unset"]);
    expect([one.code, one.err]).toEqual([0, expect.stringContaining("time zone of unset is not set")]);
  });

  it("names the PBX whose zone is wrong, and says of one that nobody knows no more than that", async () => {
    const { file } = await startFleet(["milan", "moon"], {}, { moon: { timezone: "Moon/Base" } });
    const ask = async (...more: string[]) =>
      wildix(["export", ...day(4, 3), "--out", await newDirectory(), "--pbxs", file, ...more]);
    const wrong = await ask();
    expect([wrong.code, wrong.out]).toEqual([
      1,
      expect.stringContaining("✗ moon  stopped after 0 days: `timezone of moon` must be an IANA time zone"),
    ]);
    const unknown = await ask("--pbx", "mars");
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringMatching(/^✗ `--pbx` must be the id of a registered PBX; got mars\. /),
    ]);
  });

  it("one that fails, or whose entry cannot be used, does not stop the others", async () => {
    const change = {
      dead: { host: "http://127.0.0.1:9" },
      lost: { timezone: "Europe/Atlantis" },
      wrong: { app_id: "" },
    };
    const { file } = await startFleet(["dead", "lost", "milan", "wrong"], {}, change);
    const out = await newDirectory();
    const told = await wildix(["export", ...day(3, 3), "--out", out, "--pbxs", file]);
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/✗ dead {2}stopped after 0 days: .*\(WMS_UNREACHABLE\)/);
    expect(told.out).toMatch(/✗ lost {2}stopped after 0 days: `timezone of lost` .*\(INPUT_INVALID\)/);
    expect(told.out).toMatch(/✗ wrong {2}stopped after 0 days: .*\(PBX_SECRET_INVALID\)/);
    expect(told.out).toMatch(/✓ milan {2}1 day, /);
    // the failures are the summary at the end
    expect(told.out.split("\n").slice(-4)).toEqual([
      "3 of 4 PBXs failed:",
      expect.stringContaining("✗ dead  stopped after 0 days: dead (http://127.0.0.1:9): no connection"),
      expect.stringContaining("✗ lost"),
      expect.stringContaining("✗ wrong"),
    ]);
    const json = await wildix(["export", ...day(3, 3), "--out", out, "--pbxs", file, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ pbx: "milan", skipped: true });
    expect(
      json.err
        .split("\n")
        .map((line) => JSON.parse(line).pbx)
        .sort(),
    ).toEqual(["dead", "lost", "wrong"]);
  });

  it("refuses a file in which no PBX is exported", async () => {
    const change = { a: { timezone: undefined }, b: { export: "off" } };
    const { file } = await startFleet(["a", "b"], {}, change);
    const told = await wildix(["export", ...day(3, 3), "--out", await newDirectory(), "--pbxs", file]);
    expect([told.code, told.err]).toEqual([2, expect.stringContaining("Set the `timezone` of a PBX")]);
  });

  it("writes Parquet and CSV, and knows no other format", async () => {
    const { file } = await startFleet(["milan"]);
    const run = (out: string, format: string) =>
      wildix(["export", ...day(3, 3), "--out", out, "--pbxs", file, "--format", format]);
    const [parquet, csv] = [await newDirectory(), await newDirectory()];
    expect([await run(parquet, "parquet"), await run(csv, "csv")]).toMatchObject([{ code: 0 }, { code: 0 }]);
    const [[path, bytes] = ["", Buffer.of()]] = await filesOf(parquet);
    expect([path, bytes.subarray(0, 4).toString()]).toEqual([
      expect.stringMatching(/part-00001\.parquet$/),
      "PAR1",
    ]);
    const [[, lines] = ["", Buffer.of()]] = await filesOf(csv);
    expect(gunzipSync(lines).toString().split("\r\n")[0]).toMatch(/^"?id"?,/);
    for (const directory of [parquet, csv])
      expect(await wildix(["verify", directory])).toMatchObject({ code: 0 });
    expect((await run(csv, "xlsx")).code).toBe(2);
  });
});

describe("an export of twenty PBXs that is killed five times", { timeout: 600_000 }, () => {
  it("goes on where it was, with hardly a request more and the same bytes", async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `pbx-${String(at + 1).padStart(2, "0")}`);
    const { pbx, file } = await startFleet(ids, { days: 10, calls: 20 });
    const [out, undisturbed] = [await newDirectory(), await newDirectory()];
    const args = (directory: string) => [
      "export",
      ...day(5, 3),
      "--out",
      directory,
      "--pbxs",
      file,
      "--json",
    ];
    await wildix(args(undisturbed));
    const whole = pbx.requests;
    let days = 0;
    for (let kill = 1; kill <= 5; kill++) {
      const child = spawnWildix(args(out));
      let told = 0;
      for await (const chunk of child.stdout) {
        told += String(chunk).match(/"skipped":false/g)?.length ?? 0;
        if (told >= 7) break;
      }
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
      days += told;
    }
    expect(days).toBeLessThan(20 * 3);
    const rest = await wildix(args(out));
    expect([rest.code, rest.err]).toEqual([0, ""]);
    // each kill repeats at most the four PBX days that are in progress
    expect((pbx.requests - whole) / whole).toBeLessThanOrEqual(1 + (5 * 4) / (20 * 3));
    expect(await filesOf(out)).toEqual(await filesOf(undisturbed));
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
  });
});

describe("wildix verify", () => {
  it.each([
    [
      "a flipped byte",
      "part changed",
      (bytes: Buffer) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1),
    ],
    ["a part that was cut short", "part changed", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["a missing part", "part missing", () => undefined],
  ])("finds %s", async (_name, problem, damage) => {
    const { file } = await startFleet(["milan"]);
    const out = await newDirectory();
    const parts = ["--rows-per-part", "3"];
    await wildix(["export", ...day(3, 3), "--out", out, "--pbxs", file, ...parts]);
    const part = join(out, `legs/dt=${daysAgo(3)}/pbx=milan/part-00002.ndjson.gz`);
    const bytes = damage(await readFile(part));
    await (bytes === undefined ? rm(part) : writeFile(part, bytes));
    const told = await wildix(["verify", out]);
    expect([told.code, told.out.split("\n").length]).toEqual([1, 2]);
    expect(told.out).toContain(`part-00002.ndjson.gz: ${problem}`);
  });
});

describe("wildix status", () => {
  it("shows each day and PBX that is missing on this machine, with the reason of the last run", async () => {
    const { file, pbx } = await startFleet(["milan", "rome"], {}, { rome: { host: "http://127.0.0.1:9" } });
    const out = await newDirectory();
    await wildix(["export", ...day(4, 2), "--out", out, "--pbxs", file]);
    const status = () => wildix(["status", "--out", out, "--pbxs", file]);
    const told = await status();
    expect(told.code).toBe(1);
    const why = "failed: rome (http://127.0.0.1:9): no connection to the PBX";
    for (const ago of [4, 3, 2]) expect(told.out).toContain(`✗ ${daysAgo(ago)} rome: ${why}`);
    for (const id of ["milan", "rome"])
      expect(told.out).toContain(`✗ ${daysAgo(1)} ${id}: not exported\n`.trim());
    expect(told.out).not.toContain(daysAgo(5));
    expect(told.out).not.toContain(`${daysAgo(4)} milan`);
    const entries = JSON.parse(await readFile(file, "utf8")) as { pbxs: Record<string, object> };
    const { milan = {} } = entries.pbxs;
    await writeFile(file, JSON.stringify({ pbxs: { milan, rome: { ...milan, host: pbx.url } } }));
    await wildix(["export", ...day(4, 1), "--out", out, "--pbxs", file]);
    expect(await status()).toMatchObject({ code: 0, out: expect.not.stringContaining("✗") });
  });
  it("says how far this machine's days are", async () => {
    const { file } = await startFleet(["milan", "rome"]);
    const out = await newDirectory();
    await wildix(["export", ...day(3, 1), "--out", out, "--pbxs", file, "--pbx", "milan"]);
    const env = { WILDIX_START_DATE: daysAgo(2) };
    const told = await wildix(["status", "--out", out, "--pbxs", file, "--days", "4"], env);
    expect([told.code, told.err]).toEqual([1, ""]);
    expect(told.out).toContain(`✗ ${daysAgo(1)} rome: not exported`);
    // before the start date, a day is counted where it stands
    expect(told.out).toMatch(new RegExp(`${daysAgo(3)} │ 1 +│ 1 +│ 0 `));
    expect(told.out).not.toContain(daysAgo(4));
    const ofOne = await wildix(["status", "--out", out, "--pbxs", file, "--pbx", "milan", "--json"], env);
    expect([ofOne.code, JSON.parse(ofOne.out)]).toEqual([
      0,
      [1, 2, 3].map((ago) => ({ day: daysAgo(ago), pbxs: 1, exported: 1, waiting: [] })),
    ]);
    const unknown = await wildix(["status", "--out", out, "--pbxs", file, "--pbx", "turin"], env);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining("got turin. Known: milan, rome"),
    ]);
    const both = await wildix(["status", "--stage", "prod", "--pbxs", file]);
    expect([both.code, both.err]).toEqual([2, expect.stringContaining("`--stage` or `--pbxs`")]);
  });
});
