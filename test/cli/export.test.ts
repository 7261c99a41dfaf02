import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { daysAgo, newDirectory, spawnWildix, startPbx, wildix } from "../support/cli.ts";

describe("wildix export", () => {
  const range = ["--from", daysAgo(9), "--to", daysAgo(3)];
  it.each([
    [[]],
    [["id-filter-ignored"]],
    [["sort-ignored"]],
    [["exclusive-ends"]],
    [["row-cap=30"]],
    [["row-cap=17", "sort-ignored"]],
    [["ids-restarted"]],
    [["total-absent"]],
    [["total-text"]],
    [["page-cap=7"]],
  ])("seven days with %j: manifests that match, and how it paged", async (faults) => {
    const { pbx, env } = await startPbx({ faults });
    const out = await newDirectory();
    const { code, out: text } = await wildix(["export", ...range, "--out", out], env);
    expect([code, text.match(/paged by (id|offset)/g)?.length]).toEqual([0, 7]);
    for (const { day, rows } of pbx.pbx.history
      .days()
      .filter(({ day: each }) => each >= daysAgo(9) && each <= daysAgo(3))) {
      expect(JSON.parse(await readFile(join(out, `manifests/dt=${day}/default.json`), "utf8"))).toMatchObject(
        { rows },
      );
    }
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
    const again = await wildix(["export", ...range, "--out", out], env);
    expect(again.out.match(/exported already, as ndjson/g)).toHaveLength(7);
  });
  it("goes on if nobody reads its output", async () => {
    const { env } = await startPbx();
    const out = await newDirectory();
    const child = spawnWildix(["export", ...range, "--out", out], env);
    child.stdout.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    expect(await readdir(join(out, "manifests"))).toHaveLength(7);
  });
  it("names zones that fit if the rows have another UTC offset", async () => {
    const { env } = await startPbx();
    const day = daysAgo(3);
    const settings = JSON.stringify({ country: "IT" });
    const args = ["export", "--from", day, "--to", day, "--out", await newDirectory()];
    const { code, out } = await wildix(args, {
      ...env,
      WILDIX_TIMEZONE: "Europe/London",
      WILDIX_SETTINGS: settings,
    });
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/a UTC offset that differs from Europe\/London\. Correct .*fit: Europe\/Rome/),
    ]);
  });
  it("warns if the PBX sends numbers where text is documented", async () => {
    const { pbx, env } = await startPbx();
    const day = daysAgo(3);
    pbx.pbx.history.insert({ start: `${day} 12:00:00`, billsec: 257 });
    const args = ["export", "--from", day, "--to", day, "--out", await newDirectory()];
    const { code, out } = await wildix(args, env);
    expect([code, out]).toEqual([0, expect.stringMatching(/documented type or form: billsec in 1 row\b/)]);
  });
  it.each([
    ["start-filter-ignored", "WMS_FILTER_IGNORED"],
    ["empty-body", "WMS_ANSWER_EMPTY"],
    ["connect-refused", "WMS_UNREACHABLE"],
  ])("%s: exit code 1 and no manifest", async (fault, code) => {
    const { env } = await startPbx({ faults: [fault] });
    const out = await newDirectory();
    const told = await wildix(["export", ...range, "--out", out, "--json"], env);
    expect([told.code, JSON.parse(told.err)]).toMatchObject([1, { error: { code } }]);
    expect((await readdir(out)).filter((name) => !name.startsWith(".wildix-"))).toEqual([]);
  });
  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "%s in the middle: no half file, what was done stays, and the next run goes on from there",
    async (signal) => {
      const { env, pbx } = await startPbx({ faults: ["slow=40"] });
      const [out, undisturbed] = [await newDirectory(), await newDirectory()];
      const child = spawnWildix(["export", ...range, "--out", out], env);
      const said = text(child.stderr);
      await once(child.stdout, "data");
      child.kill(signal);
      const [code] = (await once(child, "close")) as [number | null];
      expect(code).toBe(signal === "SIGKILL" ? null : 1);
      if (signal !== "SIGKILL")
        expect(await said).toMatch(/stopped before it ended.*finished days(?!.*call)/s);
      expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
      await pbx.clearFaults();
      const rest = await wildix(["export", ...range, "--out", out], env);
      expect([rest.code, rest.out.match(/exported already/g)?.length]).toEqual([0, expect.any(Number)]);
      expect(await readdir(join(out, ".wildix-tmp"))).toEqual([]);
      await wildix(["export", ...range, "--out", undisturbed], env);
      for (const day of [9, 6, 3].map(daysAgo)) {
        const part = `legs/dt=${day}/pbx=default/part-00001.ndjson.gz`;
        expect(await readFile(join(out, part))).toEqual(await readFile(join(undisturbed, part)));
      }
    },
  );
  it("goes on in a directory however it is written", async () => {
    const { env } = await startPbx();
    const out = relative(process.cwd(), await newDirectory());
    const day = ["--from", daysAgo(3), "--to", daysAgo(3)];
    await wildix(["export", ...day, "--out", out], env);
    for (const written of [`${out}/`, `./${out}`])
      expect((await wildix(["export", ...day, "--out", written], env)).out).toContain("exported already");
  });
  it("shows a bar to people alone, on standard error", async () => {
    const { env } = await startPbx();
    const day = ["--from", daysAgo(3), "--to", daysAgo(3)];
    const child = spawnWildix(["export", ...day, "--out", await newDirectory()], env);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([out.split("\n").length, err]).toEqual([3, ""]);
  });
  it("verify prints no escape of a file's name, and finds days that are not in the range asked for", async () => {
    const out = await newDirectory();
    await mkdir(join(out, "manifests/dt=2026-11-23"), { recursive: true });
    await writeFile(join(out, "manifests/dt=2026-11-23/mi\u001b[2Jlan\u202e.json"), "{}");
    const range = ["--from", "2026-11-21", "--to", "2026-11-22", "--pbx", "rome"];
    const bad = await wildix(["verify", out]);
    expect([bad.code, bad.out]).toEqual([
      1,
      expect.stringContaining("mi\\u{1b}[2Jlan\\u{202e}.json: manifest damaged"),
    ]);
    expect(bad.out).not.toContain("\u001b");
    const missing = await wildix(["verify", out, ...range]);
    expect([missing.code, missing.out]).toEqual([
      1,
      expect.stringContaining("rome.json: days missing: 2 days, 2026-11-21 to 2026-11-22, have no manifest"),
    ]);
    expect((await wildix(["verify", out, "--from", "2026-11-22", "--to", "2026-11-21"])).code).toBe(2);
  });
  it("writes CSV for a spreadsheet: plain, with a byte order mark and another separator", async () => {
    const { env } = await startPbx();
    const [out, day] = [await newDirectory(), daysAgo(3)];
    const run = (...more: string[]) =>
      wildix(["export", "--from", day, "--to", day, "--out", out, ...more], env);
    expect((await run("--format", "csv", "--plain", "--bom", "--separator", ";")).code).toBe(0);
    const part = join(out, `legs/dt=${day}/pbx=default/part-00001.csv`);
    const lines = (await readFile(part, "utf8")).split("\r\n");
    expect(lines[0]).toMatch(/^\ufeffid;start;answer;/);
    expect(await wildix(["verify", out])).toMatchObject({ code: 0 });
    expect((await run("--format", "csv", "--plain", "--separator", "tab", "--force")).code).toBe(0);
    expect(await readFile(part, "utf8")).toMatch(/^id\tstart\tanswer\t/);
    expect(await run("--format", "csv", "--separator", "|")).toMatchObject({
      code: 2,
      err: expect.stringContaining("It must be a comma, a semicolon or tab."),
    });
    const { code, err } = await run("--plain");
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("`--plain` must be used with `--format csv`; got no format."),
    ]);
  });
  it("verify finds what is wrong, and that there is nothing", async () => {
    const { env } = await startPbx();
    const out = await newDirectory();
    await wildix(["export", "--from", daysAgo(3), "--to", daysAgo(3), "--out", out], env);
    await writeFile(join(out, `legs/dt=${daysAgo(3)}/pbx=default/part-00002.ndjson.gz`), "x");
    const { code, out: text } = await wildix(["verify", out]);
    expect([code, text]).toEqual([1, expect.stringContaining("part too many")]);
    expect((await wildix(["verify", await newDirectory()])).code).toBe(2);
    expect((await wildix(["verify", await newDirectory(), "--json"])).code).toBe(2);
    const absent = join(await newDirectory(), "absent");
    expect((await wildix(["verify", absent])).code).toBe(2);
    expect(await readdir(absent).catch(() => "absent")).toBe("absent");
  });
});
