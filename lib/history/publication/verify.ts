import { createHash } from "node:crypto";
import { formatOf } from "../../format-names.ts";
import { type ReadableStore, readText } from "../../store/store.ts";
import { partFormats } from "../parts/formats.ts";
import { parseDraft } from "./draft.ts";
import { type Manifest, manifestKey, manifestPrefix, parseManifest, partsPrefix } from "./manifest.ts";

export interface Finding {
  readonly key: string;
  readonly problem:
    | "manifest damaged"
    | "manifest out of place"
    | "not finished"
    | "part missing"
    | "part changed"
    | "part too many"
    | "part out of place"
    | "rows do not add up"
    | "counts do not agree"
    | "part without manifest";
  readonly detail: string;
}

export interface Verdict {
  readonly days: number;
  readonly parts: number;
  readonly rows: number;
  readonly findings: readonly Finding[];
}

/** Reads every manifest and every part again: the bytes, the row counts, nothing missing and nothing too many. */
export const verifyExport = async (
  store: ReadableStore,
  onProgress: (key: string) => void = () => undefined,
): Promise<Verdict> => {
  const findings: Finding[] = [];
  const ofDays = new Set<string>();
  const tally = { days: 0, parts: 0, rows: 0 };
  for await (const { key } of store.list(manifestPrefix)) {
    if (key.endsWith("/_fleet.json")) continue;
    onProgress(key);
    const manifest = await load(store, key, findings);
    if (manifest === undefined) continue;
    tally.days++;
    findings.push(...wrongByItself(key, manifest));
    for (const part of manifest.parts) {
      tally.parts++;
      tally.rows += part.rows;
      await checkPart(store, part, findings);
    }
    for await (const object of store.list(partsPrefix(manifest.day, manifest.pbx))) {
      ofDays.add(object.key);
      if (!manifest.parts.some((part) => part.key === object.key)) {
        findings.push({ key: object.key, problem: "part too many", detail: "the manifest does not name it" });
      }
    }
  }
  for await (const { key } of store.list("calls/")) {
    if (!ofDays.has(key))
      findings.push({ key, problem: "part without manifest", detail: "its day has no readable manifest" });
  }
  return { ...tally, findings };
};

const load = async (
  store: ReadableStore,
  key: string,
  findings: Finding[],
): Promise<Manifest | undefined> => {
  const text = (await readText(store, key)) ?? "";
  try {
    const manifest = parseManifest(text, key);
    const { day, pbx } = manifest;
    if (manifestKey(day, pbx) === key) return manifest;
    // it says nothing of this day, and the day that it is of has one of its own
    findings.push({ key, problem: "manifest out of place", detail: `it is of ${pbx} on ${day}` });
    return undefined;
  } catch {
    findings.push(
      parseDraft(text) === undefined
        ? { key, problem: "manifest damaged", detail: "it is no manifest of this version" }
        : { key, problem: "not finished", detail: "a run is writing this day, or was stopped while it did" },
    );
    return undefined;
  }
};

/** What a manifest gives away by itself: it was edited. */
const wrongByItself = (key: string, manifest: Manifest): Finding[] => {
  const { day, pbx, parts, rows, rows_outside, pbx_count_before: before, pbx_count_after: after } = manifest;
  const found: Finding[] = [];
  const sum = parts.reduce((total, part) => total + part.rows, 0);
  if (sum !== rows) {
    const detail = `the manifest says ${rows} rows, its parts ${sum}`;
    found.push({ key, problem: "rows do not add up", detail });
  }
  const counted = before !== null && after !== null;
  if (counted && !(before === after && before === rows + rows_outside)) {
    const detail = `the PBX counted ${before}, then ${after}; ${rows} rows were written, and ${rows_outside} lay outside`;
    found.push({ key, problem: "counts do not agree", detail });
  }
  for (const part of parts) {
    if (part.key.startsWith(partsPrefix(day, pbx))) continue;
    found.push({ key, problem: "part out of place", detail: `${part.key} is no part of this day` });
  }
  return found;
};

const checkPart = async (
  store: ReadableStore,
  part: Manifest["parts"][number],
  findings: Finding[],
): Promise<void> => {
  const bytes = await store.read(part.key);
  if (bytes === undefined) {
    findings.push({ key: part.key, problem: "part missing", detail: "the manifest names it" });
    return;
  }
  const seen = await measure(part.key, bytes);
  if (seen.sha256 !== part.sha256 || seen.size !== part.size) {
    findings.push({
      key: part.key,
      problem: "part changed",
      detail: "its bytes are not those that the manifest names",
    });
  } else if (seen.rows !== part.rows) {
    findings.push({
      key: part.key,
      problem: "rows do not add up",
      detail: seen.rows < 0 ? "it cannot be unpacked" : `${seen.rows} rows, and ${part.rows} in the manifest`,
    });
  }
};

/** Size, hash and, where the bytes are sound, rows. */
const measure = async (
  key: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ sha256: string; size: number; rows: number }> => {
  const hash = createHash("sha256");
  const counter = partFormats[formatOf(key) ?? "ndjson"].count();
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.byteLength;
    await counter.write(chunk);
  }
  return { sha256: hash.digest("hex"), size, rows: await counter.end() };
};
