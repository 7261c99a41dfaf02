import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { ProductError } from "../../../lib/errors.ts";
import type { ExportMessage } from "../../../lib/history/days/export-message.ts";
import { type Call, CallGrouper } from "../../../lib/history/grouping/grouping.ts";
import {
  datasets,
  fleetKey,
  isOld,
  type Manifest,
  manifestKey,
  type Part,
  parseManifest,
  partsOf,
  partsPrefix,
} from "../../../lib/history/publication/manifest.ts";
import { noFindings, typing } from "../../../lib/history/rows/rows.ts";
import { identity } from "../../../lib/wms/history/history-rows.ts";
import type { ModelRow } from "../../support/pbx-model.ts";
import type { plainStore } from "../../support/plain-store.ts";
import type { PbxLife } from "./pbx-life.ts";

type Store = ReturnType<typeof plainStore>;

/** What must hold at every moment. Each violation is noted as a sentence. */
export class Checks {
  readonly violations: string[] = [];
  manifests = 0;
  readonly #store: Store;
  readonly #pbxs: ReadonlyMap<string, PbxLife>;
  readonly #checked = new Set<string>();
  /** Tokens of messages by PBX day. */
  readonly #tokens = new Map<string, Set<string>>();

  constructor(store: Store, pbxs: readonly PbxLife[]) {
    this.#store = store;
    this.#pbxs = new Map(pbxs.map((pbx) => [pbx.id, pbx]));
  }

  note(violation: string): void {
    // one is enough to fail a seed, and a few say more than one
    if (this.violations.length < 10) this.violations.push(violation);
  }

  /** Errors with a code of the product may happen. Any other error is a violation. */
  expected(error: unknown): void {
    if (!(error instanceof ProductError)) this.note(`an unexpected error: ${String(error)}`);
  }

  sent({ pbx, day, token }: ExportMessage, by: string): void {
    const key = `${day} ${pbx}`;
    const tokens = this.#tokens.get(key) ?? new Set();
    if (tokens.has(token)) this.note(`${by} sent a second message with one token for ${key}`);
    this.#tokens.set(key, tokens.add(token));
  }

  /** After each change in the store: a manifest has exactly its own parts, and its rows are true. */
  async afterChange(key: string, began: number, tick: number): Promise<void> {
    const match = /dt=([\d-]+)\/(?:pbx=)?([a-z0-9-]+)/.exec(key);
    const [, day, id] = match ?? [];
    if (day === undefined || id === undefined || key === fleetKey(day)) return;
    const manifest = this.#manifest(day, id);
    if (manifest === undefined) return;
    this.#parts(manifest);
    const text = JSON.stringify(manifest);
    // a run that fails restores the previous manifest, which was checked when it was written
    if (key !== manifestKey(day, id) || this.#checked.has(text)) return;
    this.#checked.add(text);
    this.#rows(manifest, began, tick);
  }

  #manifest(day: string, id: string): Manifest | undefined {
    const key = manifestKey(day, id);
    const text = this.#store.objects.get(key)?.toString("utf8");
    if (text === undefined || text.startsWith('{"draft"')) return undefined;
    try {
      const manifest = parseManifest(text, key);
      if (!isOld(manifest)) return manifest;
      this.note(`${key} is a manifest of version 1`);
      return undefined;
    } catch {
      this.note(`${key} is not a manifest`);
      return undefined;
    }
  }

  #parts(manifest: Manifest): void {
    const { day, pbx } = manifest;
    const parts = partsOf(manifest);
    const prefixes = datasets.map((dataset) => partsPrefix(dataset, day, pbx));
    const found = [...this.#store.objects.keys()]
      .filter((key) => prefixes.some((prefix) => key.startsWith(prefix)))
      .sort();
    const named = parts.map(({ key }) => key).sort();
    if (JSON.stringify(found) !== JSON.stringify(named))
      this.note(`${day} ${pbx}: the manifest names ${named.length} parts, and ${found.length} are there`);
    for (const { key, size, sha256 } of parts) {
      const bytes = this.#store.objects.get(key);
      if (bytes?.length !== size || hash("sha256", bytes, "hex") !== sha256)
        this.note(`${key} is not what the manifest says`);
    }
  }

  /** Rows that the PBX had during the whole run are exported unchanged; no other row and no row twice. */
  #rows(manifest: Manifest, began: number, tick: number): void {
    this.manifests++;
    const { day, pbx } = manifest;
    const where = `${day} ${pbx}`;
    const rows = this.rowsOf(manifest);
    if (rows.length !== manifest.rows)
      this.note(`${where}: the manifest says ${manifest.rows} rows, there are ${rows.length}`);
    const exported = new Map(rows.map((row) => [identity(row), row]));
    if (exported.size !== rows.length) this.note(`${where}: a row is there twice`);
    const versions = (this.#pbxs.get(pbx)?.versions ?? []).filter(({ row }) => row.start.startsWith(day));
    for (const { row, from, to } of versions) {
      if (from > began || to < tick) continue;
      const found = exported.get(identity(row));
      if (found === undefined) this.note(`${where}: ${identity(row)} is missing`);
      else if (found["tags"] !== row["tags"]) this.note(`${where}: ${identity(row)} is not as it was`);
    }
    for (const row of rows) {
      const was = versions.some(
        (version) =>
          version.to >= began &&
          identity(version.row) === identity(row) &&
          version.row["tags"] === row["tags"],
      );
      if (!was) this.note(`${where}: ${identity(row)} never had this value`);
    }
  }

  rowsOf({ datasets: { legs } }: Manifest): ModelRow[] {
    return this.#linesOf<ModelRow>(legs.parts);
  }

  #linesOf<Row>(parts: readonly Part[]): Row[] {
    return parts.flatMap(({ key }) => {
      const bytes = this.#store.objects.get(key);
      if (bytes === undefined) return [];
      return gunzipSync(bytes)
        .toString("utf8")
        .trimEnd()
        .split("\n")
        .map((line): Row => JSON.parse(line));
    });
  }

  /** The calls are those of a grouping without parts, kills and repetitions, over the rows that the export read. */
  #calls({ day, pbx, paging, windows, context_local: context, datasets: { legs, calls } }: Manifest): void {
    // the order of pieces is that of their times
    if (paging !== "id" || windows !== 1 || context === undefined) return;
    const life = this.#pbxs.get(pbx);
    const settings = { zone: life?.zone ?? "UTC" };
    const type = typing(settings, noFindings());
    const grouper = new CallGrouper(settings);
    const rows = (life?.model.rows ?? [])
      .filter(({ start }) => start >= context.from && start < context.to)
      .toSorted((a, b) => Number(a.id) - Number(b.id) || (a.start < b.start ? -1 : 1));
    const settled = [...rows.map((record) => grouper.add({ record, typed: type(record) })), grouper.finish()];
    const isOfDay = (start: unknown): boolean => String(start).startsWith(day);
    const expected = [
      settled
        .flatMap((each) => each.legs)
        .filter(({ row }) => isOfDay(row.record["start"]))
        .map(({ row, call_id }) => `${identity(row.record)} ${call_id}`),
      settled.flatMap((each) => each.calls).filter(({ started }) => isOfDay(started)),
    ];
    const found = [
      this.#linesOf<ModelRow>(legs.parts).map((row) => `${identity(row)} ${String(row["call_id"])}`),
      this.#linesOf<Call>(calls.parts),
    ];
    if (JSON.stringify(found) !== JSON.stringify(expected))
      this.note(`${day} ${pbx}: the calls are not those of its legs`);
    if (calls.exact + calls.channel + calls.inferred !== calls.rows)
      this.note(`${day} ${pbx}: the manifest counts other calls than it has`);
  }

  /** In the end: the day has a manifest, and its rows are those of the PBX. */
  complete(day: string, id: string): void {
    const manifest = this.#manifest(day, id);
    if (manifest === undefined) {
      this.note(`${day} ${id}: no manifest in the end`);
      return;
    }
    this.#parts(manifest);
    this.#calls(manifest);
    const textOf = (row: ModelRow): string => `${identity(row)}|${String(row["tags"])}`;
    const exported = this.rowsOf(manifest).map(textOf).sort();
    const truth = (this.#pbxs.get(id)?.model.rows ?? [])
      .filter(({ start }) => start.startsWith(day))
      .map(textOf)
      .sort();
    if (JSON.stringify(exported) !== JSON.stringify(truth))
      this.note(`${day} ${id}: ${truth.length} rows in the PBX, ${exported.length} exported, or others`);
  }
}
