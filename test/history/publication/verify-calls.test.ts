import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ProductError } from "../../../lib/errors.ts";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import { type Call, callFields } from "../../../lib/history/grouping/grouping.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { legShape, plainShape } from "../../../lib/history/parts/row-shape.ts";
import {
  type Dataset,
  type Manifest,
  manifestKey,
  type Part,
  partKey,
} from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { CallCheck } from "../../../lib/history/publication/verify-calls.ts";
import type { ExportRow } from "../../../lib/history/rows/rows.ts";
import type { ExportStore } from "../../../lib/store/store.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { day, exportWorld } from "../../support/export-world.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, manifestOf } from "../../support/standing-day.ts";

const key = manifestKey(day, "milan");
const next = "2026-11-24";
type CallOf = Pick<Call, "call_id" | "leg_ids"> & Partial<Pick<Call, "started" | "ended">>;

/** Writes a day with these legs (id, call and hour) and calls. */
const write = async (
  store: ExportStore,
  date: string,
  legs: readonly (readonly [id: number, call: string, hour?: string])[],
  calls: readonly CallOf[],
  format: "ndjson" | "parquet" | "csv" = "ndjson",
  change: { readonly context?: Manifest["context_local"]; readonly rules?: number } = {},
): Promise<void> => {
  const part = async (dataset: Dataset, rows: readonly unknown[]): Promise<Part[]> => {
    const name = partKey(dataset, date, "milan", 1, format);
    const open =
      dataset === "legs"
        ? partFormats[format].open(legShape, store, name)
        : partFormats[format].open(plainShape("call", callFields), store, name);
    await open.write(rows as (ExportRow & Call)[]);
    const { staged, sha256 } = await open.finish();
    const { etag, size } = await staged.commit({ absent: true });
    return [{ key: name, etag, sha256, size, rows: rows.length }];
  };
  const rows = legs.flatMap(([id, call_id, hour = "12"]) =>
    exportRows(1, id, { start: `${date} ${hour}:00:00` }).map((row) => ({ ...row, call_id })),
  );
  const manifest = manifestOf(await part("legs", rows), { day: date, format, context_local: change.context });
  const { datasets } = manifest;
  const changed = {
    ...manifest,
    datasets: {
      ...datasets,
      calls: {
        ...datasets.calls,
        rules_version: change.rules ?? 1,
        rows: calls.length,
        channel: calls.length,
        parts: await part("calls", calls),
      },
    },
  };
  await writeText(store, manifestKey(date, "milan"), JSON.stringify(changed), { absent: true });
};
const call = (call_id: string, ...leg_ids: string[]): CallOf => ({ call_id, leg_ids });
/** A call that began and ended on the day. */
const over = (call_id: string, ...leg_ids: string[]): CallOf => ({
  ...call(call_id, ...leg_ids),
  started: `${day} 23:30:00`,
  ended: `${day} 23:59:59`,
});
/** A call that went on after midnight. */
const late = (started: string, call_id: string, ...leg_ids: string[]): CallOf => ({
  ...call(call_id, ...leg_ids),
  started: `${day} ${started}:00`,
  ended: `${next} 00:20:00`,
});
const context = { from: `${day} 22:00:00`, to: `${next} 02:00:00` };
const contextOfNext = { from: `${day} 22:00:00`, to: "2026-11-25 02:00:00" };

describe("legs and calls of an export", () => {
  it.each(["ndjson", "parquet"] as const)("agree, also over midnight, in %s", async (format) => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1", "2")], format);
    const second = [2, "aa", "00"] as const;
    await write(store, next, [second, [3, "bb"]], [call("bb", "3")], format);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
  });

  it.each([
    [
      "a leg of a call that is not there",
      [[1, "ff"]],
      [call("aa", "1")],
      "legs without call",
      "the day has 1 leg without the call",
    ],
    [
      "a call twice",
      [[1, "aa"]],
      [call("aa", "1"), call("aa", "1")],
      "call twice",
      "the day has 1 call more than once",
    ],
    [
      "legs of a call that is not there",
      [
        [1, "ff"],
        [2, "ff", "04"],
      ],
      [],
      "legs without call",
      "the day has 2 legs without the call",
    ],
  ] as const)("disagree if there is %s", async (_name, legs, calls, problem, detail) => {
    const store = plainStore();
    await write(store, day, legs, calls);
    expect((await verifyExport(store)).findings).toEqual([{ key, problem, detail }]);
  });

  it.each(["ndjson", "parquet"] as const)(
    "disagree with their day if the parts of two days are exchanged, in %s",
    async (format) => {
      const store = plainStore();
      await write(store, day, [[1, "aa"]], [{ ...call("aa", "1"), started: `${day} 12:00:00` }], format);
      await write(store, next, [[2, "bb"]], [{ ...call("bb", "2"), started: `${next} 12:00:00` }], format);
      expect((await verifyExport(store)).findings).toEqual([]);
      const other = plainStore();
      const copy = async (from: string, to: string): Promise<void> => {
        const place = manifestKey(from, "milan");
        const manifest: Manifest = JSON.parse((await readText(store, place)) ?? "");
        for (const { key: name } of [...manifest.datasets.legs.parts, ...manifest.datasets.calls.parts])
          await (
            await other.stage(
              name.replace(from, to),
              Readable.from([store.objects.get(name) ?? Buffer.alloc(0)]),
            )
          ).commit({ absent: true });
        const moved = JSON.stringify(manifest).replaceAll(from, to);
        await writeText(other, manifestKey(to, "milan"), moved, { absent: true });
      };
      await copy(day, next);
      await copy(next, day);
      const found = (of: string) =>
        ["leg", "call"].map((what) => ({
          key: manifestKey(of, "milan"),
          problem: "rows of another day",
          detail: `the day has 1 ${what} of another day; export the day again with --force`,
        }));
      expect((await verifyExport(other)).findings).toEqual([...found(day), ...found(next)]);
    },
  );

  it.each([
    ["ndjson", [call("aa", "1", "2")], "1 leg"],
    ["parquet", [call("aa", "1", "2", "4")], "2 legs"],
  ] as const)(
    "disagree if a call names legs that neither its day nor the next has, in %s",
    async (format, calls, legs) => {
      const store = plainStore();
      await write(store, day, [[1, "aa"]], calls, format);
      expect((await verifyExport(store)).findings, "the next day may have it").toEqual([]);
      await write(store, next, [[3, "bb"]], [call("bb", "3")], format);
      expect((await verifyExport(store)).findings).toEqual([
        {
          key,
          problem: "call without legs",
          detail: `calls name ${legs} that neither this day nor the next has; export both days again with --force`,
        },
      ]);
    },
  );

  it.each([
    ["a line that is not JSON", "{not json\n"],
    ["a row that is null", "null\n"],
    ["a row that is a list", "[1]\n"],
  ])("are not compared with a part that has %s, which is found", async (_name, line) => {
    for (const dataset of ["legs", "calls"] as const) {
      const store = plainStore();
      await write(store, day, [[1, "aa"]], [call("aa", "1", "2")]);
      const part = partKey(dataset, day, "milan", 1);
      const [seen, bytes] = [await store.head(part), gzipSync(line)];
      const { etag } = await (await store.stage(part, Readable.from([bytes]))).commit({
        etag: seen?.etag ?? "",
      });
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const manifest = JSON.parse((await readText(store, key)) ?? "");
      Object.assign(manifest.datasets[dataset].parts[0], { etag, sha256, size: bytes.length });
      await writeText(store, key, JSON.stringify(manifest), { etag: (await store.head(key))?.etag ?? "" });
      await write(store, next, [[3, "bb"]], [call("bb", "3")]);
      expect((await verifyExport(store)).findings).toEqual([
        {
          key: part,
          problem: "part unreadable",
          detail: "it has a row that cannot be read; export the day again with --force",
        },
      ]);
    }
  });

  it("are not compared if the store cannot read a part any more, which is found", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1")]);
    const manifest: Manifest = JSON.parse((await readText(store, key)) ?? "");
    const [{ key: field } = { key: "" }] = manifest.datasets.calls.parts;
    const away = new ProductError("STORE_UNAVAILABLE", { detail: `${field}: S3 responded with 403`, field });
    const found = [{ key: field, problem: "part unreadable", detail: "S3 responded with 403" }];
    async function* broken(): AsyncIterable<Uint8Array> {
      yield gzipSync("{}\n").subarray(0, 10);
      throw away;
    }
    for (const read of [() => Promise.reject(away), async () => broken()]) {
      const check = new CallCheck({ read });
      await check.add(key, manifest);
      expect(check.findings).toEqual(found);
    }
  });

  it("are compared again later if the store fails: that is no fault of a part", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1")]);
    const check = new CallCheck({ read: () => Promise.reject(new Error("away")) });
    const manifest: Manifest = JSON.parse((await readText(store, key)) ?? "");
    await expect(check.add(key, manifest)).rejects.toThrow("away");
    expect(check.findings).toEqual([]);
  });

  it.each([null, "[1,", 7, { a: 1 }])("may have calls whose list of legs is %j", async (leg_ids) => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [{ call_id: "aa", leg_ids } as unknown as CallOf]);
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("are counted in the manifest by the rules that grouped them", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1")]);
    const manifest = JSON.parse((await readText(store, key)) ?? "");
    manifest.datasets.calls.inferred = 2;
    await writeText(store, key, JSON.stringify(manifest), { etag: (await store.head(key))?.etag ?? "" });
    expect((await verifyExport(store)).findings).toEqual([
      {
        key,
        problem: "counts do not agree",
        detail: "the manifest has 1 rows of calls, and 3 by the rules that grouped them",
      },
    ]);
  });

  it("are not compared over a day that is not exported", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1", "2")]);
    await write(store, "2026-11-25", [[3, "bb", "03"]], []);
    expect(await verifyExport(store)).toMatchObject({
      findings: [{ problem: "days missing" }],
      warnings: [],
    });
  });

  it("may have calls that name no legs", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [{ call_id: "aa" } as CallOf]);
    await write(store, next, [[3, "bb"]], [call("bb", "3")]);
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("are not compared after midnight without the day before; with it, there is a warning", async () => {
    const store = plainStore();
    await write(store, next, [[2, "aa", "03"]], []);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
    await write(store, day, [[1, "bb"]], [call("bb", "1")]);
    expect(await verifyExport(store)).toMatchObject({
      findings: [],
      warnings: [
        {
          key: manifestKey(next, "milan"),
          problem: "legs without call",
          detail:
            "1 leg after midnight: no exported day has the call. Export the previous day again with `--force`. The warning stays if the call began before 22:00 of that day.",
        },
      ],
    });
  });

  it("are not compared in CSV, nor with a day before that is CSV", async () => {
    const store = plainStore();
    await write(store, day, [[1, "ff"]], [], "csv");
    expect((await verifyExport(store)).findings).toEqual([]);
    await write(store, next, [[2, "aa", "03"]], []);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [{ problem: "two formats" }] });
  });

  it.each(["ndjson", "parquet"] as const)(
    "disagree on the last day if a call that ended on it names a leg that it does not have, in %s",
    async (format) => {
      const store = plainStore();
      const calls = [over("aa", "1", "8"), late("23:00", "bb", "2", "9")];
      const legs = [
        [1, "aa"],
        [2, "bb"],
      ] as const;
      await write(store, day, legs, calls, format);
      const finding = {
        key,
        problem: "call without legs",
        detail: "calls name 1 leg that the day does not have; export the day again with --force",
      };
      expect((await verifyExport(store)).findings).toEqual([finding]);
      // before a gap
      await write(store, "2026-11-26", [[3, "cc"]], [call("cc", "3")], format);
      expect((await verifyExport(store)).findings).toEqual([
        expect.objectContaining({ problem: "days missing" }),
        finding,
      ]);
      // the only day of the check
      expect((await verifyExport(store, undefined, { from: day, to: day })).findings).toEqual([finding]);
    },
  );

  it("disagree before a day of another format, which is not compared", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [over("aa", "1", "8")]);
    await write(store, next, [[2, "bb"]], [call("bb", "2")], "csv");
    expect((await verifyExport(store)).findings).toEqual([
      expect.objectContaining({ key, problem: "call without legs" }),
    ]);
  });

  it.each([
    [
      "two calls that name one leg",
      [[1, "aa"]],
      [call("aa", "1"), call("bb", "1")],
      "leg in two calls",
      "calls name 1 leg more than once; export the day again with --force",
    ],
    [
      "legs that their call does not name",
      [
        [1, "aa"],
        [2, "aa"],
        [3, "aa"],
      ],
      [call("aa", "1")],
      "call without legs",
      "the day has 2 legs whose call does not name the leg; export the day again with --force",
    ],
    [
      "a leg that only another call names",
      [
        [1, "aa"],
        [2, "aa"],
      ],
      [call("aa", "1"), call("bb", "2")],
      "call without legs",
      "the day has 1 leg whose call does not name the leg; export the day again with --force",
    ],
    [
      "a leg twice",
      [
        [1, "aa"],
        [1, "aa"],
      ],
      [call("aa", "1")],
      "leg twice",
      "the day has 1 leg more than once; export the day again with --force",
    ],
  ] as const)("disagree if there are %s", async (_name, legs, calls, problem, detail) => {
    const store = plainStore();
    await write(store, day, legs, calls);
    expect((await verifyExport(store)).findings).toEqual([{ key, problem, detail }]);
  });

  it("agree if two PBXs of a network have legs with one id", async () => {
    const store = plainStore();
    const legs = [
      [1, "bb"],
      [1, "aa"],
    ] as const;
    await write(store, day, legs, [over("aa", "1"), over("bb", "1")]);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
  });

  it.each([
    ["21:30", {}, "warnings"],
    ["23:30", {}, "findings"],
    ["23:30", { rules: 2 }, "warnings"],
  ] as const)(
    "have a leg in two calls, the first from %s, and %j of the next day: %s",
    async (started, change, where) => {
      const store = plainStore();
      await write(store, day, [[1, "aa"]], [late(started, "aa", "1", "2")], "ndjson", { context });
      const legs = [[2, "bb", "00"]] as const;
      await write(store, next, legs, [call("bb", "2")], "ndjson", { context: contextOfNext, ...change });
      const details = {
        warnings:
          "1 leg after midnight: a call of this day and one of the previous day name the same leg. Export the previous day again with `--force`. The warning stays if the call began before 22:00 of that day.",
        findings:
          "a call of the day and one of the previous day name 1 leg; export both days again with --force",
      };
      expect(await verifyExport(store)).toMatchObject({
        findings: [],
        warnings: [],
        [where]: [{ key: manifestKey(next, "milan"), problem: "leg in two calls", detail: details[where] }],
      });
    },
  );

  it("disagree if a call names a leg whose call is of the day before", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [late("23:30", "aa", "1", "2")], "ndjson", { context });
    const legs = [
      [2, "aa", "00"],
      [3, "bb"],
    ] as const;
    await write(store, next, legs, [call("bb", "2", "3")], "ndjson", { context: contextOfNext });
    expect((await verifyExport(store)).findings).toEqual([
      expect.objectContaining({ key: manifestKey(next, "milan"), problem: "leg in two calls" }),
    ]);
  });

  it.each([
    ["01", {}, 1],
    ["02", {}, 0],
    ["01", { rules: 2 }, 0],
  ] as const)(
    "may have a leg at %s:00 that its call of the day before does not name, with %j: %i findings",
    async (hour, change, findings) => {
      const store = plainStore();
      await write(store, day, [[1, "aa"]], [late("23:30", "aa", "1")], "ndjson", { context });
      const legs = [[2, "aa", hour]] as const;
      await write(store, next, legs, [], "ndjson", { context: contextOfNext, ...change });
      expect((await verifyExport(store)).findings).toHaveLength(findings);
    },
  );

  it("of calls that began before 22:00 and continue after midnight have the documented warnings", async () => {
    const { ports, simulator } = await exportWorld({ days: 4, calls: 0 });
    const leg = (start: string, end: string, caller: string, channel: string, extension: string): void => {
      simulator.pbx.history.insert({
        ...{
          start,
          answer: start,
          end,
          src: caller,
          dst: extension,
          from_number: caller,
          to_number: extension,
        },
        ...{ disposition: "ANSWERED", lastapp: "Dial", channel: `SIP/telco-${channel}`, timezone: "+0100" },
        dstchannel: `SIP/${extension}-${channel}${extension}`,
      });
    };
    const [first, second] = ["0212345678", "0255512345"];
    leg(`${day} 21:30:00`, `${day} 23:50:00`, first, "00000001", "101");
    leg(`${day} 23:50:00`, `${next} 00:10:00`, first, "00000001", "102");
    leg(`${next} 00:10:00`, `${next} 00:30:00`, first, "00000001", "103");
    leg(`${day} 21:40:00`, `${next} 00:40:00`, second, "00000101", "101");
    leg(`${next} 00:40:00`, `${next} 01:00:00`, second, "00000101", "102");
    const { client } = await ports.pbxs.get("milan");
    const clock = { ...ports.clock, now: () => Date.parse("2026-11-25T10:00:00Z") };
    for (const date of [day, next])
      await exportDay({ ...ports, clock, client }, { day: date, pbx: "milan", zone: "Europe/Rome" });
    expect(await verifyExport(ports.store)).toMatchObject({
      findings: [],
      warnings: [
        { key: manifestKey(next, "milan"), problem: "legs without call" },
        { key: manifestKey(next, "milan"), problem: "leg in two calls" },
      ],
    });
  });

  it("of simulated days agree", async () => {
    const { ports } = await exportWorld({ days: 4, calls: 300 });
    const { client } = await ports.pbxs.get("milan");
    for (const date of ["2026-11-21", "2026-11-22", day])
      await exportDay({ ...ports, client }, { day: date, pbx: "milan", zone: "Europe/Rome" });
    const verdict = await verifyExport(ports.store);
    expect(verdict).toMatchObject({ days: 3, findings: [], warnings: [] });
  });
});
