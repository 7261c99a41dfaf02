import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatFor, tableFormatOf } from "../../../cli/days/table-format.ts";
import type { ExportedDay } from "../../../lib/history/publication/exported-days.ts";
import { directoryStore } from "../../../lib/local/directory-store.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../../support/cli.ts";
import { exportRows, oldDay, standingDay } from "../../support/standing-day.ts";

const range = (from: number, to: number): string[] => ["--from", daysAgo(from), "--to", daysAgo(to)];

const setUp = async () => {
  const { env } = await startPbx({ calls: 5 });
  const out = await newDirectory();
  const run = (command: string, ...more: string[]) => wildix([command, "--out", out, ...more], env);
  const formatsOf = async (): Promise<string[]> => {
    const files = await readdir(join(out, "legs"), { recursive: true });
    return files
      .map((file) => /dt=([^/]+)\/pbx=default\/part-00001\.(.+)$/.exec(file))
      .flatMap((match) => (match === null ? [] : [`${match[1]} ${match[2]}`]))
      .sort();
  };
  return { out, env, run, formatsOf };
};

describe("the format of a directory", () => {
  const day = (format: "ndjson" | "parquet", isOld = false): ExportedDay => ({
    pbx: "milan",
    day: "2026-11-23",
    kind: { isOld, format },
  });
  it("is that which was asked for, otherwise that of the newest day, otherwise NDJSON", () => {
    expect(formatFor([day("parquet")], "ndjson")).toBe("ndjson");
    expect(formatFor([day("ndjson"), day("parquet")], undefined)).toBe("parquet");
    expect(formatFor([day("parquet", true)], undefined)).toBe("ndjson");
    expect(formatFor([], undefined)).toBe("ndjson");
    expect(tableFormatOf([undefined])).toBeUndefined();
  });
});

describe("wildix export into a directory with days of another format", () => {
  it("refuses a second format, and names the command that rewrites", async () => {
    const { out, run, formatsOf } = await setUp();
    await run("export", ...range(4, 3));
    const { code, err } = await run("export", "--format", "parquet", ...range(2, 2));
    expect([code, err]).toEqual([
      2,
      `✗ \`--format\` must be the format of the exported days, because one table cannot read two formats; got parquet, but ${out} has 2 PBX days in ndjson. Run \`wildix backfill --out ${out} --force --format parquet --from ${daysAgo(4)} --to ${daysAgo(3)}\` first, or give another directory with \`--out\`. (USAGE)`,
    ]);
    const some = await run("export", "--force", "--format", "parquet", ...range(3, 3));
    expect([some.code, some.err]).toEqual([2, expect.stringContaining("1 PBX day in ndjson")]);
    expect(await formatsOf()).toEqual([`${daysAgo(4)} ndjson.gz`, `${daysAgo(3)} ndjson.gz`]);
  });
  it.each([
    [[], ""],
    [["--plain"], " --plain"],
  ])("names the command that writes CSV %j again, because backfill writes none", async (more, plain) => {
    const { out, run, formatsOf } = await setUp();
    await run("export", ...range(4, 3));
    const { code, err } = await run("export", "--format", "csv", ...more, ...range(2, 2));
    const command = `wildix export --out ${out} --force --format csv${plain} --from ${daysAgo(4)} --to ${daysAgo(3)}`;
    expect([code, err]).toEqual([2, expect.stringContaining(`Run \`${command}\` first`)]);
    expect((await run("export", "--force", "--format", "csv", ...more, ...range(4, 3))).code).toBe(0);
    expect(await formatsOf()).toEqual([4, 3].map((ago) => `${daysAgo(ago)} csv${plain === "" ? ".gz" : ""}`));
  });
  it("writes every day again with --force", async () => {
    const { run, formatsOf } = await setUp();
    await run("export", ...range(4, 3));
    const { code, out } = await run("export", "--force", "--format", "parquet", ...range(4, 2));
    expect([code, out]).toEqual([0, expect.not.stringContaining("!")]);
    expect(await formatsOf()).toEqual([4, 3, 2].map((ago) => `${daysAgo(ago)} parquet`));
  });
  it("keeps the format of the directory if none is asked for", async () => {
    const { run, formatsOf } = await setUp();
    await run("export", "--format", "parquet", ...range(3, 3));
    expect((await run("export", ...range(2, 2))).code).toBe(0);
    expect(await formatsOf()).toEqual([`${daysAgo(3)} parquet`, `${daysAgo(2)} parquet`]);
  });
});

describe("a directory with the old layout and two formats", () => {
  const setUpMixed = async () => {
    const world = await setUp();
    const store = await directoryStore(world.out);
    await oldDay(store, [exportRows(1)], { pbx: "default", day: daysAgo(6) });
    await standingDay(store, [exportRows(1)], { pbx: "default", day: daysAgo(5), format: "parquet" });
    await world.run("export", "--format", "parquet", ...range(4, 4));
    await standingDay(store, [exportRows(1)], { pbx: "default", day: daysAgo(3) });
    return world;
  };
  const rewrite = (out: string, format: string, from: number, to: number): string =>
    `\`wildix backfill --out ${out} --force --format ${format} --from ${daysAgo(from)} --to ${daysAgo(to)}\``;

  it("is reported by export, with the commands that rewrite", async () => {
    const { out, run } = await setUpMixed();
    const { code, out: text } = await run("export", "--format", "parquet", ...range(2, 2));
    expect(code).toBe(0);
    expect(text.split("\n").filter((line) => line.startsWith("!"))).toEqual([
      `! ${out} has 1 PBX day of the old layout, with legs under calls/. Run ${rewrite(out, "parquet", 6, 6)}, or move them to another directory.`,
      `! ${out} has 1 PBX day in ndjson and others in parquet, and one table cannot read both. Run ${rewrite(out, "parquet", 3, 3)}.`,
    ]);
  });
  it("is reported by status", async () => {
    const { out, run } = await setUpMixed();
    const { out: text } = await run("status");
    expect(text).toContain(`! 2 of 4 PBX days have the format ndjson. To rewrite the others, run `);
    expect(text).toContain("! Old layout, with legs under calls/: 1 PBX day.");
    expect(text).toContain(`wildix backfill --out ${out} --force --format ndjson`);
  });
  it("is reported by verify and by report", async () => {
    const { out } = await setUpMixed();
    const verified = await wildix(["verify", out]);
    expect(verified.out).toContain("old layout");
    expect(verified.out).toContain("two formats");
    const { out: text } = await wildix(["report", out, "--json"]);
    expect(JSON.parse(text)).toMatchObject({
      legs_only: [{ pbx: "default", first: daysAgo(6), last: daysAgo(6), days: 1 }],
      formats: [
        { format: "parquet", first: daysAgo(5), last: daysAgo(4), days: 2 },
        { format: "ndjson", first: daysAgo(3), last: daysAgo(3), days: 1 },
      ],
    });
    const page = await wildix(["report", out]);
    expect(page.out).toContain("An older version exported these days");
    expect(page.out).toContain(
      `Two formats: 1 PBX day in ndjson, 2 in parquet. One table of Athena cannot read both. Run \`wildix backfill --out ${out} --force --format parquet --from ${daysAgo(3)} --to ${daysAgo(3)}\`.`,
    );
  });
  it("has one format and layout after wildix backfill, which keeps the days that have them", async () => {
    const { run, env, out, formatsOf } = await setUpMixed();
    const asked = ["--force", "--format", "parquet", ...range(6, 3)];
    const plan = await run("backfill", ...asked, "--dry-run");
    expect(plan.out.split("\n")).toEqual([
      "4 PBX days in the range",
      "0 PBX days without a manifest would be exported",
      "1 PBX day in the format ndjson would be exported again",
      "1 PBX day in the format ndjson of version 1 would be exported again",
      "2 PBX days would be kept",
    ]);
    const done = await run("backfill", ...asked);
    expect([done.code, done.err]).toEqual([0, ""]);
    expect(done.out.match(/exported already, as parquet/g)).toHaveLength(2);
    expect(done.out).not.toContain("!");
    expect(await formatsOf()).toEqual([6, 5, 4, 3].map((ago) => `${daysAgo(ago)} parquet`));
    expect((await wildix(["status", "--out", out], env)).out).not.toContain("!");
    const again = await run("backfill", ...asked);
    expect(again.out.match(/exported already/g)).toHaveLength(4);
  });
});

describe("wildix backfill on this machine", () => {
  it("exports missing days in the format of the directory, and all days again with --force", async () => {
    const { run, formatsOf } = await setUp();
    await run("export", "--format", "parquet", ...range(3, 3));
    const filled = await run("backfill", ...range(4, 3));
    expect([filled.code, filled.out.match(/exported already/g)?.length]).toEqual([0, 1]);
    expect(await formatsOf()).toEqual([`${daysAgo(4)} parquet`, `${daysAgo(3)} parquet`]);
    expect((await run("backfill", "--force", ...range(4, 3))).out).not.toContain("exported already");
  });
  it("counts no day that is not over in a dry run, and says so", async () => {
    const { run } = await setUp();
    const plan = await run("backfill", "--from", daysAgo(1), "--to", "+3d", "--dry-run");
    expect([plan.code, plan.err]).toEqual([0, "! 4 PBX days of the range are not over, and are skipped."]);
    expect(plan.out).toBe(
      "1 PBX day in the range\n1 PBX day without a manifest would be exported\n0 PBX days would be kept",
    );
    const today = await run("backfill", "--from", "today", "--to", "today", "--dry-run");
    expect(today.err).toBe("! 1 PBX day of the range is not over, and is skipped.");
    const json = await run("backfill", "--from", daysAgo(1), "--to", "+3d", "--dry-run", "--json");
    expect([json.err, JSON.parse(json.out)]).toEqual(["", { days: 1, kept: 0, missing: 1, rewritten: {} }]);
  });
  it.each([
    [["--format", "parquet"], "`--format` must be used with `--force`"],
    [["--at-once", "4"], "`--at-once` must be used with `--stage`"],
  ])("refuses %j", async (more, message) => {
    const { run } = await setUp();
    const { code, err } = await run("backfill", ...more, ...range(4, 3));
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
