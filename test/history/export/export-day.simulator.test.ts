import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type Exported, exportDay } from "../../../lib/history/export/export-day.ts";
import type { ExportJob, ExportPorts } from "../../../lib/history/export/export-job.ts";
import { type Manifest, partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { directoryStore } from "../../../lib/local/directory-store.ts";
import { writeText } from "../../../lib/store/store.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import type { Simulator } from "../../../simulator/server.ts";
import { clockFrom } from "../../support/clocks.ts";
import { withPbx } from "../../support/pbx.ts";
import { legParts } from "../../support/standing-day.ts";

const start = "2026-11-24T10:00:00Z";
const clock = clockFrom(start);
const { now } = clock;
const day = "2026-11-23";
const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});
const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-export-"));
  directories.push(directory);
  return directory;
};

const job: ExportJob = { pbx: "milan", zone: "Europe/Rome", day };

const run = async (client: ExportPorts["client"], change: Partial<ExportJob> = {}, directory?: string) => {
  const root = directory ?? (await newDirectory());
  const store = await directoryStore(root);
  const result = await exportDay({ client, store, clock, random: Math.random }, { ...job, ...change });
  return { ...result, root, store };
};

const refuse = async (): Promise<never> => {
  throw new WmsError("WMS_FORBIDDEN", { detail: "403", sent: "yes" });
};
/** A PBX that refuses the names of queues and agents. */
const noNames = {
  callQueues: { list: refuse, one: refuse },
  colleagues: { list: refuse, byEmail: refuse },
};

const rowsOf = async (root: string, manifest: Exported["manifest"]): Promise<Record<string, unknown>[]> => {
  const texts = await Promise.all(
    legParts(manifest).map(async ({ key }) => gunzipSync(await readFile(join(root, key))).toString("utf8")),
  );
  return texts.flatMap((text) =>
    text
      .trimEnd()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
};

const files = async (root: string): Promise<string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(".wildix-tmp"))
    .map((entry) => entry.name);

const truth = (pbx: Simulator): string[] =>
  pbx.pbx.history
    .rowsOf(day)
    .map(({ id, pbxid, start }) => `${pbxid}|${id}|${start}`)
    .sort();
const identities = (rows: readonly Record<string, unknown>[]): string[] =>
  rows.map(({ id, pbxid, start }) => `${pbxid}|${id}|${start}`).sort();

describe("a day of many legs is complete, each id once", () => {
  it.each([
    [[], "id", 1, 10_000],
    [["id-filter-ignored"], "offset", 1, 5_000],
    [["sort-ignored"], "offset", 1, 5_000],
    [["exclusive-ends"], "id", 1, 5_000],
    [["total-absent"], "id", 1, 5_000],
    [["total-text"], "id", 1, 5_000],
    [["page-cap=100"], "id", 1, 5_000],
    [["row-cap=1000"], "id", 5, 5_000],
    [["row-cap=1000", "sort-ignored"], "offset", 5, 5_000],
    [["row-cap=777", "id-filter-ignored"], "offset", 7, 5_000],
    [["row-cap=1024", "sort-ignored", "exclusive-ends"], "offset", 5, 5_000],
    [["row-cap=1013", "sort-ignored", "total-absent"], "offset", 6, 5_000],
    [["page-cap=100", "id-filter-ignored", "total-absent"], "offset", 6, 5_000],
    [["ids-restarted"], "id", 1, 5_000],
    [["ids-restarted", "exclusive-ends"], "id", 1, 5_000],
  ] as const)("with %j", (faults, paging, windows, legs) =>
    withPbx({ now, rowsOn: { [day]: legs }, faults }, async (pbx, client) => {
      const { manifest, root, store } = await run(client, { rowsPerPart: (legs * 2) / 5 });
      expect(manifest).toMatchObject({
        rows: legs,
        paging,
        day,
        pbx: "milan",
        zone: "Europe/Rome",
        offset_mismatches: 0,
      });
      expect(manifest.windows).toBeGreaterThanOrEqual(windows);
      expect(legParts(manifest).map(({ rows }) => rows)).toEqual(
        [0.4, 0.4, 0.2].map((share) => share * legs),
      );
      expect(identities(await rowsOf(root, manifest))).toEqual(truth(pbx));
      expect((await verifyExport(store)).findings).toEqual([]);
      if (manifest.pbx_count_before !== null)
        expect(manifest.pbx_count_before).toBe(manifest.rows + manifest.rows_outside);
    }),
  );

  it.each([
    [[]],
    [["id-filter-ignored"]],
    [["sort-ignored"]],
    [["exclusive-ends"]],
    [["row-cap=1000"]],
    [["row-cap=1000", "sort-ignored"]],
    [["total-absent"]],
    [["total-absent", "id-filter-ignored"]],
    [["total-text"]],
    [["page-cap=100"]],
    [["ids-restarted"]],
  ])("while rows are inserted and removed, with %j", (faults) =>
    withPbx({ now, rowsOn: { [day]: 5_000 }, faults }, async (pbx, client) => {
      let requests = 0;
      const { history } = pbx.pbx;
      const first = Number(history.rowsOf(day)[0]?.id);
      const moving: ExportPorts["client"] = {
        ...client,
        historyPage: (query, limits) => {
          // ten changes spread over the first pass: rows come late, and rows go that were read and that were not
          if (requests++ % 2 === 1 && requests < 20) {
            history.insert({ start: `${day} 12:00:0${requests % 10}`, from_number: "late" });
            history.remove(first + requests * 250);
          }
          return client.historyPage(query, limits);
        },
      };
      const { manifest, root } = await run(moving);
      const rows = await rowsOf(root, manifest);
      expect(new Set(identities(rows)).size).toBe(rows.length);
      // every row that stood there all the time is there; what came or went meanwhile may be
      const exported = new Set(identities(rows));
      expect(
        truth(pbx).filter((row) => !exported.has(row) && !row.endsWith(`${day} 12:00:0`)).length,
      ).toBeLessThanOrEqual(10);
      const standing = truth(pbx).filter((row) => Number(row.split("|")[1]) < first + 5_000);
      expect(standing.filter((row) => !exported.has(row))).toEqual([]);
    }),
  );
});

describe("special days", () => {
  it("a day of 0 calls has a manifest and no part", () =>
    withPbx({ now, rowsOn: { [day]: 0 } }, async (_pbx, client) => {
      const { manifest } = await run(client);
      expect(manifest).toMatchObject({
        rows: 0,
        datasets: { legs: { rows: 0, parts: [] } },
        first_id: null,
        min_start: null,
      });
    }));

  it.each([
    ["2026-03-29", 23, "Europe/Rome"],
    ["2026-10-25", 25, "Europe/Rome"],
    ["2026-09-27", 23, "Pacific/Auckland"],
    ["2026-04-05", 25, "Pacific/Auckland"],
    ["2026-06-01", 24, "UTC"],
  ])("%s has %i hours in %s", (date, hours, zone) =>
    withPbx(
      {
        now: () => Date.parse(`${date}T23:00:00Z`) + 86_400_000 * 2,
        zone,
        days: 5,
        rowsOn: { [date]: 3_000 },
      },
      async (pbx, client) => {
        const { manifest, root } = await run(client, { day: date, zone });
        const length =
          (Date.parse(manifest.window_utc.to) - Date.parse(manifest.window_utc.from)) / 3_600_000;
        expect([length, manifest.rows, manifest.offset_mismatches]).toEqual([hours, 3_000, 0]);
        const rows = await rowsOf(root, manifest);
        for (const row of rows) {
          const start = String(row["start_utc"]);
          expect(start >= manifest.window_utc.from && start < manifest.window_utc.to).toBe(true);
        }
        expect(pbx.pbx.history.countOf(date)).toBe(3_000);
      },
    ),
  );

  it("a record of a zone that is not the PBX's is counted", () =>
    withPbx({ now }, async (_pbx, client) => {
      const { manifest } = await run(client, { zone: "Asia/Tokyo" });
      expect(manifest.offset_mismatches).toBe(manifest.rows);
    }));

  it("dates are written as the PBX reads them", () =>
    withPbx({ now }, async (pbx, client) => {
      const { manifest } = await run(client, { dateFormat: "dmy" });
      expect(manifest.rows).toBe(pbx.pbx.history.countOf(day));
      expect(pbx.seen[0]?.target).toContain("22%2F11%2F2026+21%3A59");
    }));
});

describe("a manifest is written only for a complete day", () => {
  it.each([
    ["start-filter-ignored", "WMS_FILTER_IGNORED"],
    ["empty-body", "WMS_ANSWER_EMPTY"],
    ["html", "WMS_NOT_JSON"],
    ["error-with-200", "WMS_REFUSED"],
    ["status=404", "WMS_NOT_FOUND"],
    ["truncated-json", "WMS_ANSWER_TRUNCATED"],
  ])("%s: an error, and nothing is written", (fault, code) =>
    withPbx({ now, faults: [fault] }, async (_pbx, client) => {
      const root = await newDirectory();
      await expect(run(client, {}, root)).rejects.toMatchObject({ code });
      expect(await files(root)).toEqual([]);
    }),
  );

  it("more rows in one second than the PBX hands out: an error", () =>
    withPbx({ now, rowsOn: { [day]: 10 }, faults: ["row-cap=100"] }, async (pbx, client) => {
      for (let n = 0; n < 150; n++) pbx.pbx.history.insert({ start: `${day} 12:00:00` });
      await expect(run(client)).rejects.toMatchObject({ code: "WMS_HISTORY_INCOMPLETE" });
    }));

  it("a PBX whose counts never add up: an error", async () => {
    const lying: ExportPorts["client"] = {
      ...noNames,
      historyPage: async (query) => ({
        total: 5,
        records:
          query.count === 1 || query.filter?.["id"]
            ? []
            : [{ id: "1", start: `${day} 10:00:00`, pbxid: "a" }],
      }),
    };
    await expect(run(lying)).rejects.toMatchObject({ code: "WMS_HISTORY_INCOMPLETE" });
  });

  it("rows without a numeric id are read by offset, rows without a start are an error", async () => {
    const fixed = (row: Record<string, unknown>): ExportPorts["client"] => ({
      ...noNames,
      historyPage: async ({ offset, filter }) => {
        const asked = filter?.["start"];
        const [from = "", to = ""] = typeof asked === "object" ? [asked.from, asked.to] : [];
        const start = String(row["start"] ?? from);
        const found = start >= from && start <= to ? [row] : [];
        return { total: found.length, records: (offset ?? 0) > 0 ? [] : found };
      },
    });
    expect((await run(fixed({ id: "x1", start: `${day} 10:00:00` }))).manifest).toMatchObject({
      rows: 1,
      paging: "offset",
    });
    await expect(run(fixed({ id: "1" }))).rejects.toMatchObject({ code: "WMS_ANSWER_UNEXPECTED" });
  });

  it("another run that owns the day: this one stops and changes nothing", () =>
    withPbx({ now }, async (_pbx, client) => {
      const root = await newDirectory();
      const store = await directoryStore(root);
      const racing: ExportPorts["client"] = {
        ...client,
        historyPage: async (query, limits) => {
          if (!(await store.head(partKey("legs", day, "milan", 1))))
            await writeText(store, partKey("legs", day, "milan", 1), "theirs", { absent: true });
          return client.historyPage(query, limits);
        },
      };
      await expect(run(racing, {}, root)).rejects.toMatchObject({ code: "STORE_CONFLICT" });
      expect(await readFile(join(root, partKey("legs", day, "milan", 1)), "utf8")).toBe("theirs");
      expect(await files(root)).toHaveLength(1);
    }));

  it("a disk that fills leaves nothing under a final name", () =>
    withPbx({ now }, async (_pbx, client) => {
      const root = await newDirectory();
      const store = await directoryStore(root);
      const full = {
        ...store,
        stage: async (key: string, bytes: AsyncIterable<Uint8Array>) => {
          for await (const _chunk of bytes) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
          return store.stage(key, bytes);
        },
      };
      await expect(exportDay({ client, store: full, clock, random: Math.random }, job)).rejects.toThrow(
        "ENOSPC",
      );
      expect(await files(root)).toEqual([]);
    }));
});

describe("running again", () => {
  it("skips a day with a manifest, and writes the same bytes with `force`", () =>
    withPbx({ now, rowsOn: { [day]: 3_000 } }, async (pbx, client) => {
      const first = await run(client, { rowsPerPart: 1_000 });
      const requests = pbx.seen.length;
      const second = await run(client, { rowsPerPart: 1_000 }, first.root);
      expect([second.skipped, pbx.seen.length]).toEqual([true, requests]);
      const third = await run(client, { rowsPerPart: 1_000, force: true }, first.root);
      expect([third.skipped, legParts(third.manifest)]).toEqual([false, legParts(first.manifest)]);
    }));

  it("a lost part makes the day be written again, and parts too many are removed", () =>
    withPbx({ now, rowsOn: { [day]: 3_000 } }, async (_pbx, client) => {
      const first = await run(client, { rowsPerPart: 1_000 });
      await rm(join(first.root, partKey("legs", day, "milan", 2)));
      const second = await run(client, { rowsPerPart: 2_000 }, first.root);
      expect([second.skipped, legParts(second.manifest).length]).toEqual([false, 2]);
      expect((await verifyExport(second.store)).findings).toEqual([]);
    }));

  it("a killed export leaves nothing under a final name, and the next run writes the same bytes as one without a kill", () =>
    withPbx({ now, rowsOn: { [day]: 20_000 }, faults: ["slow=20"] }, async (pbx, client) => {
      const root = await newDirectory();
      const script = new URL("../../support/export-child.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, [script, pbx.url, root, day, start], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "close");
      expect(await files(root)).toEqual([]);
      const [again, undisturbed] = [await run(client, {}, root), await run(client)];
      expect(legParts(again.manifest)).toEqual(legParts(undisturbed.manifest));
      expect(await readdir(join(root, ".wildix-tmp"))).toEqual([]);
    }));

  it.each(["Pacific/Auckland", "UTC"])("TZ=%s gives the same bytes", (zone) =>
    withPbx({ now, rowsOn: { [day]: 500 } }, async (pbx, client) => {
      const root = await newDirectory();
      const script = new URL("../../support/export-child.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, [script, pbx.url, root, day, start], {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, TZ: zone },
      });
      const [code] = (await once(child, "close")) as [number];
      expect(code).toBe(0);
      const here = await run(client);
      const there = JSON.parse(
        await readFile(join(root, `manifests/dt=${day}/milan.json`), "utf8"),
      ) as Manifest;
      expect(legParts(there)).toEqual(legParts(here.manifest));
      expect(there.window_utc).toEqual(here.manifest.window_utc);
    }),
  );
});
