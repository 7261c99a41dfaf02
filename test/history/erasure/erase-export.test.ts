import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { listErased, oneNumber, readErased } from "../../../lib/erased-numbers.ts";
import type { FormatName } from "../../../lib/format-names.ts";
import { eraseExport } from "../../../lib/history/erasure/erase-export.ts";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { type Manifest, manifestKey, parseManifest } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { createPseudonyms } from "../../../lib/pseudonyms.ts";
import { type ExportStore, readText, writeText } from "../../../lib/store/store.ts";
import type { WmsClient } from "../../../lib/wms/client.ts";
import { systemClock } from "../../../lib/wms/system-clock.ts";
import { withPbx } from "../../support/pbx.ts";
import { plainStore } from "../../support/plain-store.ts";

/** Stands still, and is moved. */
let time = Date.parse("2026-11-24T10:00:00Z");
const now = (): number => time;
const clock = { now, sleep: systemClock.sleep };
const day = "2026-11-23";
const style = { country: "IT" };
const job: ExportJob = { pbx: "milan", zone: "Europe/Rome", day, rowsPerPart: 60, ...style };
const { signal } = new AbortController();

const exportTo = (store: ExportStore, client: WmsClient, more: Partial<ExportJob> = {}) =>
  exportDay({ client, store, clock, random: Math.random }, { ...job, ...more });

const onHistory = (act: (client: WmsClient) => Promise<void>): Promise<void> =>
  withPbx({ now, rowsOn: { [day]: 200 } }, (_pbx, client) => act(client));

/** The number of most calls, and its digits without calling code. */
const someNumber = async (store: ExportStore): Promise<{ e164: string; digits: string }> => {
  const counts = new Map<string, number>();
  for await (const { key } of store.list("calls/")) {
    const bytes = await store.read(key);
    if (bytes === undefined) continue;
    for await (const { row } of partFormats.ndjson.read?.(bytes) ?? []) {
      const e164 = String(row["caller_e164"] ?? row["called_e164"] ?? "");
      if (e164 !== "") counts.set(e164, (counts.get(e164) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  const e164 = most?.[0] ?? "";
  return { e164, digits: e164.slice(3) };
};

const erase = (store: ExportStore, e164: string, dryRun = false) =>
  eraseExport({ store, clock, random: Math.random }, async () => oneNumber(e164, style), { dryRun, signal });

/** All that a store has, as text. */
const textOf = ({ objects }: ReturnType<typeof plainStore>): string =>
  [...objects]
    .map(([key, bytes]) => (key.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"))
    .join("");

const manifestIn = async (store: ExportStore): Promise<Manifest> => {
  const manifest = parseManifest((await readText(store, manifestKey(day, "milan"))) ?? "", "the manifest");
  if (manifest.version === 1) throw new Error("an old manifest");
  return manifest;
};

describe("erasing a number", () => {
  it("leaves no trace of it, keeps all rows, and the manifest says so", () =>
    onHistory(async (client) => {
      const store = plainStore();
      const { manifest: before } = await exportTo(store, client);
      const { e164, digits } = await someNumber(store);
      expect(textOf(store)).toContain(digits);
      const seen = textOf(store);
      const rehearsed = await erase(store, e164, true);
      expect(textOf(store)).toBe(seen);
      const erasure = await erase(store, e164);
      expect(erasure).toEqual(rehearsed);
      const [changed] = erasure.changed;
      if (changed?.kind !== "erased") throw new Error("nothing was erased");
      expect(changed.legs).toBeGreaterThan(0);
      expect(changed.calls).toBeGreaterThan(0);
      expect(textOf(store)).not.toContain(digits);
      const after = await manifestIn(store);
      expect(after.erased).toEqual([
        { at: new Date(now()).toISOString(), legs: changed.legs, calls: changed.calls },
      ]);
      expect(after).toMatchObject({ rows: before.rows, exported_at: before.exported_at });
      expect(await verifyExport(store)).toMatchObject({ days: 1, findings: [], warnings: [] });
      expect((await erase(store, e164)).changed).toEqual([]);
    }));

  it.each<FormatName>(["ndjson", "parquet", "csv", "csv-plain"])(
    "in %s gives the bytes of an export that knows that the number is erased",
    (format) =>
      onHistory(async (client) => {
        const [store, fresh, source] = [plainStore(), plainStore(), plainStore()];
        await exportTo(source, client);
        const { e164 } = await someNumber(source);
        const csv = { separator: ";", bom: true } as const;
        await exportTo(store, client, { format, csv });
        const state = memoryState(clock);
        await listErased(
          state,
          createPseudonyms(state, () => "secret"),
          "all",
          e164,
          now(),
        );
        await exportTo(fresh, client, { format, csv, erased: await readErased(state, "milan", style) });
        const erasure = await erase(store, e164);
        expect(erasure.failed).toEqual([]);
        const partsOf = (from: typeof store) =>
          Object.fromEntries(
            [...from.objects]
              .filter(([key]) => !key.startsWith("manifests/"))
              .map(([key, bytes]) => [key, bytes.toString("latin1")]),
          );
        expect(partsOf(store)).toEqual(partsOf(fresh));
        expect((await manifestIn(store)).erased).toEqual((await manifestIn(fresh)).erased);
        expect((await verifyExport(store)).findings).toEqual([]);
        // an export that knows it finds nothing to change
        const again = await exportTo(store, client, {
          ...{ format, csv, force: true },
          erased: await readErased(state, "milan", style),
        });
        const isEqual = { added: 0, changed: 0, removed: 0 };
        expect(again.manifest.changes).toEqual(format.startsWith("csv") ? expect.anything() : isEqual);
      }),
  );

  it("that is killed at any step continues with the next run, and no manifest is ever wrong", () =>
    onHistory(async (client) => {
      const source = plainStore();
      await exportTo(source, client);
      const { e164, digits } = await someNumber(source);
      const whole = plainStore();
      await exportTo(whole, client);
      await erase(whole, e164);
      for (let steps = 0; ; steps++) {
        const store = plainStore();
        await exportTo(store, client);
        let left = steps;
        const dies = killed(store, () => left-- <= 0);
        const first = await erase(dies, e164);
        const findings = (await verifyExport(store)).findings.map(({ problem }) => problem);
        expect(
          findings.filter((problem) => problem !== "not finished" && problem !== "part without manifest"),
        ).toEqual([]);
        time += 200_000;
        expect((await erase(store, e164)).failed).toEqual([]);
        expect((await verifyExport(store)).findings).toEqual([]);
        expect(textOf(store)).not.toContain(digits);
        const sum = (manifest: Manifest) =>
          (manifest.erased ?? []).reduce((total, entry) => total + entry.legs + entry.calls, 0);
        expect(sum(await manifestIn(store))).toBe(sum(await manifestIn(whole)));
        if (first.failed.length === 0) break;
      }
    }));

  it("refuses a damaged part: it must not get a manifest that fits", () =>
    onHistory(async (client) => {
      const store = plainStore();
      const { manifest } = await exportTo(store, client);
      const { e164 } = await someNumber(store);
      const key = manifest.version === 1 ? "" : (manifest.datasets.legs.parts[0]?.key ?? "");
      const seen = await store.head(key);
      const part = partFormats.ndjson.open(
        { name: "", fields: {}, hasOthers: true, toObject: () => ({}), toLine: () => ["{}\n"] },
        store,
        key,
      );
      await part.write([{}]);
      await (await part.finish()).staged.commit({ etag: seen?.etag ?? "" });
      const { failed, changed } = await erase(store, e164);
      expect(failed).toMatchObject([{ pbx: "milan", day, error: { code: "MANIFEST_INVALID" } }]);
      expect(changed).toEqual([]);
    }));

  it("waits for a run that has the day, and removes the parts of a day that is not finished", () =>
    onHistory(async (client) => {
      const store = plainStore();
      const checkpoint = (until: number): string =>
        JSON.stringify({ draft: 2, run: "a", until, parts: [], progress: null });
      await exportTo(store, client);
      const { e164 } = await someNumber(store);
      const key = manifestKey(day, "milan");
      const seen = await store.head(key);
      await writeText(store, key, checkpoint(now() + 1_000), { etag: seen?.etag ?? "" });
      expect((await erase(store, e164)).failed).toMatchObject([{ error: { code: "STORE_CONFLICT" } }]);
      time += 2_000;
      expect((await erase(store, e164)).changed).toMatchObject([{ kind: "unfinished", pbx: "milan", day }]);
      expect([...store.objects.keys()]).toEqual([]);
    }));

  it("removes archived events with it, and no others", async () => {
    const store = plainStore();
    const put = (name: string, text: string) =>
      writeText(store, `events/dt=${day}/pbx=milan/${name}.json`, text, { absent: true });
    await put("1", '{"id":"1","data":{"caller":{"phone":"0212345678"}}}');
    await put("2", '{"id":"2","data":{"caller":{"phone":"0212345679"}}}');
    expect(await erase(store, "+390212345678", true)).toMatchObject({ events: 1 });
    expect(store.objects.size).toBe(2);
    expect(await erase(store, "+390212345678")).toMatchObject({ events: 1 });
    expect([...store.objects.keys()]).toEqual([`events/dt=${day}/pbx=milan/2.json`]);
  });
});

describe("an export", () => {
  it("that read its rows before a number was erased is refused", () =>
    onHistory(async (client) => {
      const state = memoryState(clock);
      const erased = await readErased(state, "milan", style);
      await listErased(
        state,
        createPseudonyms(state, () => "secret"),
        { pbx: "milan" },
        "+390212345678",
        now(),
      );
      const store = plainStore();
      await expect(exportTo(store, client, { erased })).rejects.toMatchObject({ code: "STORE_CONFLICT" });
      expect(store.objects.size).toBe(0);
    }));

  it("of another PBX keeps a number that was erased for one", async () => {
    const state = memoryState(clock);
    await listErased(
      state,
      createPseudonyms(state, () => "secret"),
      { pbx: "rome" },
      "+390212345678",
      now(),
    );
    expect((await readErased(state, "milan", style)).test).toBeUndefined();
    expect((await readErased(state, "rome", style)).test?.("0212345678")).toBe(true);
  });
});

/** A store whose process is killed before a step that changes something: nothing happens any more. */
const killed = (store: ExportStore, dies: () => boolean): ExportStore => {
  let dead = false;
  const step = <T>(act: () => Promise<T>): Promise<T> => {
    dead ||= dies();
    return dead ? Promise.reject(new Error("killed")) : act();
  };
  return {
    ...store,
    stage: async (key, bytes) => {
      const staged = await store.stage(key, bytes);
      return { ...staged, commit: (expect) => step(() => staged.commit(expect)) };
    },
    remove: (key, etag) => step(() => store.remove(key, etag)),
  };
};
