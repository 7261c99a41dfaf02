import { hash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join, relative, sep } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
import { expect, it, onTestFinished, vi } from "vitest";
import type { Answers } from "../../../cli/report/figures.ts";
import { dayAt } from "../../../lib/history/calendar/local-days.ts";
import type { Manifest } from "../../../lib/history/publication/manifest.ts";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { newDirectory, startPbx, wildix } from "../../support/cli.ts";
import { testClock } from "../../support/clocks.ts";
import type { TrueDay } from "../../support/true-calls.ts";
import { whileUnreadable } from "../../support/unreadable.ts";

const [from, to] = ["2026-11-19", "2026-11-21"];
const days = ["2026-11-19", "2026-11-20", "2026-11-21"];

/** Three days of a simulated PBX, exported to a directory, and the truth of each. */
const exported = async (directory: string, ...options: string[]): Promise<TrueDay[]> => {
  const { pbx, env } = await startPbx();
  const args = ["export", "--from", from, "--to", to, "--out", directory, ...options];
  expect(await wildix(args, env)).toMatchObject({ code: 0 });
  return Promise.all(
    days.map(async (day) => (await (await fetch(`${pbx.url}/simulator/truth?day=${day}`)).json()) as TrueDay),
  );
};

const missedOf = ({ calls }: TrueDay): number =>
  calls.filter(
    ({ direction, outcome }) =>
      direction === "inbound" && ["abandoned", "no_answer", "busy", "failed"].includes(outcome),
  ).length;

it.each([["ndjson"], ["parquet"], ["csv"], ["csv", "--plain", "--separator", ";", "--bom"]])(
  "counts the calls of an export in %s %s as the PBX played them",
  async (format, ...options) => {
    // a name that would be a pattern of file names
    const directory = join(await newDirectory(), "exports [1] of 'milan'");
    await mkdir(directory);
    const truth = await exported(directory, "--format", format, ...options);
    const { code, out } = await wildix(["report", directory, "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(out) as {
      answers: Record<string, Record<string, unknown>[]>;
      missing: unknown[];
    };
    expect(report).toMatchObject({ from, to, pbxs: ["default"], missing: [], legs_only: [], within: 20 });
    expect(report.answers["calls-by-day"]).toEqual(
      truth.map((day) =>
        expect.objectContaining({ day: day.day, calls: day.calls.length, missed: missedOf(day) }),
      ),
    );
    const trunks = report.answers["calls-by-trunk-and-did"]?.filter(
      ({ direction }) => direction === "inbound",
    );
    const dids = truth.flatMap(({ calls }) => calls.flatMap(({ did }) => did ?? []));
    expect(new Set(trunks?.map(({ did }) => did))).toEqual(new Set(dids));
  },
);

it("prints a page, or writes a file with masked numbers unless --no-mask is given", async () => {
  const directory = await newDirectory();
  const truth = await exported(directory);
  const page = await wildix(["report", directory, "--from", "2026-11-20", "--to", "2026-11-20"]);
  expect(page).toMatchObject({ code: 0, err: "" });
  expect(page.out).toMatch(/^Calls of default, 2026-11-20\n/);
  expect(page.out).toContain(`\n${missedOf(truth[1] as TrueDay)} missed of `);
  const file = join(directory, "report.html");
  const shown = await wildix(["report", directory, "--out", file]);
  expect(shown.out).toBe(`The report is in ${file}. Numbers are masked; --no-mask shows them.`);
  expect(await readFile(file, "utf8")).toContain("Numbers are masked.");
  const open = await wildix(["report", directory, "--out", file, "--no-mask"]);
  expect(open.out).toBe(`The report is in ${file}.`);
  expect(await readFile(file, "utf8")).not.toContain("Numbers are masked.");
});

/** Replaces the only part of the calls of a day, and its hash in the manifest. */
const spoilCalls = async (directory: string, change: (text: string) => string): Promise<void> => {
  const place = join(directory, "manifests/dt=2026-11-20/default.json");
  const manifest = JSON.parse(await readFile(place, "utf8")) as Manifest;
  const { calls } = manifest.datasets;
  const [part] = calls.parts;
  const path = join(directory, part?.key ?? "");
  const bytes = gzipSync(change(gunzipSync(await readFile(path)).toString()));
  await writeFile(path, bytes);
  const parts = [{ ...part, size: bytes.length, sha256: hash("sha256", bytes, "hex") }];
  const datasets = { ...manifest.datasets, calls: { ...calls, parts } };
  await writeFile(place, JSON.stringify({ ...manifest, datasets }));
};

it.each(["ndjson", "csv", "parquet"])(
  "reads an export in %s below folders whose names DuckDB would read as a pattern",
  async (format) => {
    const directory = await newDirectory();
    await exported(directory, "--format", format);
    const expected = await wildix(["report", directory, "--json"]);
    for (const name of ["c?d", "a*b", "e[1]", "e\\f", "e\\f[1]", "q\\?", "w\\*"]) {
      const folder = join(await newDirectory(), name);
      await rename(directory, folder);
      const found = await wildix(["report", folder, "--json"]);
      await rename(folder, directory);
      expect(found, name).toEqual(expected);
    }
  },
);

it("names a file that this user may not read", async () => {
  const directory = await newDirectory();
  await exported(directory);
  for (const key of [
    "manifests/dt=2026-11-20/default.json",
    "calls/dt=2026-11-20/pbx=default/part-00001.ndjson.gz",
  ]) {
    const { code, err } = await whileUnreadable(join(directory, key), () => wildix(["report", directory]));
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(
        `${key} cannot be read: this user has no permission there. Change the permissions, or give another directory. (STORE_UNAVAILABLE)`,
      ),
    ]);
    const verified = await whileUnreadable(join(directory, key), () => wildix(["verify", directory]));
    expect([verified.code, verified.out]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^✗ ${key}: (?:part|manifest) unreadable: cannot be read: this user has no permission there\\. Change the permissions, or give another directory\\.$`,
          "m",
        ),
      ),
    ]);
  }
});

it("names the export if a file is as its manifest says, and cannot be read", async () => {
  const directory = await newDirectory();
  await exported(directory);
  await spoilCalls(directory, () => "{not json\n");
  const { code, err } = await wildix(["report", directory]);
  expect(code).toBe(2);
  expect(err).toContain(
    `The export in ${directory} has a file that cannot be read. Run \`wildix verify ${directory}\`, then export its day again with \`--force\`. DuckDB says: `,
  );
  expect(err).toContain("(USAGE)");
});

it("does not show the row that cannot be read, which has a number and a name", async () => {
  const directory = await newDirectory();
  await exported(directory, "--format", "csv");
  const row = "c1,2026-11-20T04:42:55Z,,,,,,inbound,+393331234567,,Acme Inc.";
  // behind the rows from which DuckDB finds the separator
  await spoilCalls(directory, (text) => {
    const [heading = "", first = ""] = text.split("\r\n");
    return [heading, ...Array.from({ length: 25_000 }, () => first), row, ""].join("\r\n");
  });
  const { code, err } = await wildix(["report", directory]);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(
      /DuckDB says: Invalid Input Error: CSV Error on Line: 25002 in .*dt=2026-11-20\/pbx=default\/[\w.-]+ \(USAGE\)$/,
    ),
  ]);
  expect(err).not.toMatch(/39333|Acme/);
});

it("prints JSON without numbers and names of callers if --mask is given", async () => {
  const directory = await newDirectory();
  await exported(directory);
  const answersOf = async (...args: string[]): Promise<Answers> =>
    JSON.parse((await wildix(["report", directory, "--json", ...args])).out).answers;
  const [whole, masked] = [await answersOf(), await answersOf("--mask")];
  expect(masked["calls-by-day"]).toEqual(whole["calls-by-day"]);
  for (const question of ["top-callers", "never-called-back-24-hours"] as const) {
    expect(masked[question]).toHaveLength(whole[question].length);
    for (const [at, row] of masked[question].entries()) {
      expect(row).toMatchObject({ caller: expect.stringMatching(/^…\d\d$/), name: null });
      expect(whole[question][at]?.["caller"]).toMatch(/\d{6}/);
    }
  }
});

it("names the missing days before any figure", async () => {
  const directory = await newDirectory();
  await exported(directory);
  await rm(join(directory, "manifests/dt=2026-11-20"), { recursive: true });
  const { out } = await wildix(["report", directory]);
  expect(out.split("\n").slice(0, 2)).toEqual([
    `! Not exported: default on 2026-11-20. Run \`wildix export --out ${directory} --pbx default --from 2026-11-20 --to 2026-11-20\`.`,
    "Calls of default, 2026-11-19 to 2026-11-21",
  ]);
  const { out: json } = await wildix(["report", directory, "--json"]);
  expect(JSON.parse(json)).toMatchObject({ missing: [{ first: "2026-11-20", days: 1 }] });
});

it("reads only the parts that manifests name, and refuses a part that is not as its manifest says", async () => {
  const directory = await newDirectory();
  const truth = await exported(directory);
  const folder = join(directory, "calls/dt=2026-11-20/pbx=default");
  const part = join(folder, "part-00001.ndjson.gz");
  await writeFile(join(folder, "part-00002.ndjson.gz"), await readFile(part));
  const { out } = await wildix(["report", directory, "--json"]);
  expect(JSON.parse(out)).toMatchObject({
    answers: { "calls-by-day": truth.map(({ calls }) => ({ calls: calls.length })) },
  });
  const bytes = await readFile(part);
  for (const damage of [
    (): Promise<void> => writeFile(part, bytes.fill(1, 50, 60)),
    () => truncate(part, 100),
  ]) {
    await damage();
    expect(await wildix(["report", directory])).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        `calls/dt=2026-11-20/pbx=default/part-00001.ndjson.gz is missing or is not the file that its manifest names. Run \`wildix verify ${directory}\`.`,
      ),
    });
  }
});

it.each([
  [["--from", "2026-11-21", "--to", "2026-11-19"], "`--from` must not be after `--to`"],
  [["--within", "-1"], "`--within` must be seconds from 0 to 9999; got -1."],
  [[], "There is no export in "],
  [["--from", "9999-01-01"], "`--from` must not be after today, "],
])("with %j says what is wrong", async (args, words) => {
  const { code, err } = await wildix(["report", await newDirectory(), ...args]);
  expect([code, err]).toEqual([2, expect.stringContaining(words)]);
});

it("reads no manifest of a day that no calendar has", async () => {
  const directory = await newDirectory();
  await exported(directory);
  for (const day of ["2026-13-45", "2026-02-30"]) {
    await mkdir(join(directory, `manifests/dt=${day}`));
    await writeFile(join(directory, `manifests/dt=${day}/default.json`), "{}");
  }
  const { code, out } = await wildix(["report", directory, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ from, to, missing: [] });
});

it("says why it has nothing to show, and what to do", async () => {
  const directory = await newDirectory();
  await exported(directory);
  const said = async (...args: string[]): Promise<string> => {
    const { code, err } = await wildix(["report", directory, ...args]);
    expect(code).toBe(2);
    return err.split("\n")[0] ?? "";
  };
  expect(await said("--pbx", "rome")).toContain(
    `\`--pbx\` must be a PBX of the export in ${directory}; got rome. Its PBXs are: default.`,
  );
  expect(await said("--pbx", "defalt")).toContain("; got defalt. Did you mean default?");
  expect(await said("--from", "2026-11-22")).toContain(
    `There is no export of these days in ${directory}. The last exported day is 2026-11-21. Give other days with \`--from\` and \`--to\`.`,
  );
});

it.each(["9998-12-31", "today"])("has no day that has not ended, with --to %s", async (last) => {
  const directory = await newDirectory();
  await exported(directory);
  const { code, out } = await wildix(["report", directory, "--to", last, "--json"]);
  expect(code).toBe(0);
  // the day before today on the clock of the PBX
  const yesterday = dayAt(simulatorDefaults.zone, testClock.now() - 86_400_000);
  expect(JSON.parse(out)).toMatchObject({ to: yesterday });
});

it.each([
  ["", "it is a directory"],
  ["none/report.html", "its directory does not exist"],
  ["manifests/dt=2026-11-20/default.json/report.html", "its directory is a file"],
])("refuses the file %j, because %s", async (name, cause) => {
  const directory = await newDirectory();
  await exported(directory);
  const path = join(directory, name);
  const { code, err } = await wildix(["report", directory, "--out", path]);
  expect([code, err.split("\n")[0]]).toEqual([
    2,
    expect.stringContaining(
      `\`--out\` must be a file that can be written; got ${path} (${cause}). Give another path.`,
    ),
  ]);
});

it("reads an export in a bucket, and leaves no copy behind", async () => {
  const directory = await newDirectory();
  const truth = await exported(directory);
  const s3 = buildApp({ logger: false, host: "localhost" });
  await s3.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => s3.close());
  const { port } = s3.server.address() as AddressInfo;
  const temporary = await newDirectory();
  const variables = { ENDPOINT_URL: `http://127.0.0.1:${port}`, ACCESS_KEY_ID: "a", SECRET_ACCESS_KEY: "b" };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(`AWS_${name}`, value);
  vi.stubEnv("TMPDIR", temporary);
  const client = new S3Client({ region: "eu-central-1" });
  await client.send(new CreateBucketCommand({ Bucket: "exports" }));
  for (const folder of ["manifests", "calls"])
    for (const entry of await readdir(join(directory, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const Key = relative(directory, path).split(sep).join("/");
      await client.send(new PutObjectCommand({ Bucket: "exports", Key, Body: await readFile(path) }));
    }
  client.destroy();
  const { code, out } = await wildix(["report", "s3://exports", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    answers: {
      "calls-by-day": truth.map((day) => ({ calls: day.calls.length, missed: missedOf(day) })),
    },
  });
  expect(await readdir(temporary)).toEqual([]);
});
