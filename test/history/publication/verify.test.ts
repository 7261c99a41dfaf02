import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import type { ExportPorts } from "../../../lib/history/export/export-job.ts";
import { type Manifest, partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { directoryStore, readOnlyDirectory } from "../../../lib/local/directory-store.ts";
import { clockFrom } from "../../support/clocks.ts";
import { withPbx } from "../../support/pbx.ts";
import { legParts, manifestOf } from "../../support/standing-day.ts";

const clock = clockFrom("2026-11-24T10:00:00Z");
const { now } = clock;
const day = "2026-11-23";
const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

const exported = async (client: ExportPorts["client"], rowsPerPart = 250_000) => {
  const root = await mkdtemp(join(tmpdir(), "wildix-verify-"));
  directories.push(root);
  const store = await directoryStore(root);
  await exportDay(
    { client, store, clock, random: Math.random },
    { pbx: "milan", zone: "Europe/Rome", day, rowsPerPart },
  );
  return { root, store };
};

describe("verify finds", () => {
  const damaged = (damage: (root: string) => Promise<unknown>, problem: string) =>
    withPbx({ now, rowsOn: { [day]: 300 } }, async (_pbx, client) => {
      const { root, store } = await exported(client, 100);
      await damage(root);
      expect((await verifyExport(store)).findings.map((finding) => finding.problem)).toContain(problem);
    });
  const part = (root: string, number: number): string => join(root, partKey("legs", day, "milan", number));
  const manifest = (root: string): string => join(root, `manifests/dt=${day}/milan.json`);
  const rewrite = async (path: string, change: (bytes: Buffer) => Buffer): Promise<void> => {
    const bytes = change(await readFile(path));
    await rm(path);
    await writeFile(path, bytes);
  };
  it("a flipped byte", () =>
    damaged(
      (root) =>
        rewrite(part(root, 2), (bytes) => {
          bytes[60] = (bytes[60] ?? 0) ^ 1;
          return bytes;
        }),
      "part changed",
    ));
  it("a part cut off", () =>
    damaged((root) => rewrite(part(root, 1), (bytes) => bytes.subarray(0, 100)), "part changed"));
  it.each(["/dev/zero", "../../../manifests"])(
    "a link to %s in the place of a part, without reading it",
    (target) =>
      damaged(async (root) => {
        await rm(part(root, 1));
        await symlink(target, part(root, 1));
      }, "part missing"),
  );
  it("no file outside of the directory", async () => {
    const root = await mkdtemp(join(tmpdir(), "wildix-verify-"));
    directories.push(root);
    await mkdir(join(root, "export"));
    await writeFile(join(root, "outside.gz"), "x");
    const store = readOnlyDirectory(join(root, "export"));
    expect(await store.read("calls/../../outside.gz")).toBeUndefined();
    expect(await store.head("calls/../../outside.gz")).toBeUndefined();
  });
  it("a missing part", () => damaged((root) => rm(part(root, 1)), "part missing"));
  it("a part too many", () => damaged((root) => copyFile(part(root, 1), part(root, 9)), "part too many"));
  it("a damaged manifest, and parts without one", async () => {
    await damaged((root) => rewrite(manifest(root), () => Buffer.from("{}")), "manifest damaged");
    await damaged((root) => rm(manifest(root)), "part without manifest");
  });
  it("row counts that lie", () =>
    damaged(
      (root) =>
        rewrite(manifest(root), (bytes) =>
          Buffer.from(bytes.toString().replace('"rows": 300', '"rows": 299')),
        ),
      "rows do not add up",
    ));
  const edited = (edit: (manifest: Manifest) => Manifest, problem: string) =>
    damaged(
      (root) =>
        rewrite(manifest(root), (bytes) => Buffer.from(JSON.stringify(edit(JSON.parse(bytes.toString()))))),
      problem,
    );
  it("a manifest that was edited: a part and its rows taken out, counts that differ, counts that nothing fits", async () => {
    const shorter = (whole: Manifest): Manifest => ({
      ...manifestOf(legParts(whole).slice(0, 2), { ...whole, rows: 200 }),
      datasets: manifestOf(legParts(whole).slice(0, 2)).datasets,
    });
    await edited(shorter, "counts do not agree");
    await edited(shorter, "part too many");
    await edited((rest) => ({ ...rest, pbx_count_after: 301 }), "counts do not agree");
    await edited((rest) => ({ ...rest, rows_outside: 1 }), "counts do not agree");
  });
  it("nothing in counts that the PBX did not give", () =>
    withPbx({ now, rowsOn: { [day]: 300 } }, async (_pbx, client) => {
      const { root, store } = await exported(client);
      await rewrite(manifest(root), (bytes) =>
        Buffer.from(
          JSON.stringify({ ...JSON.parse(bytes.toString()), pbx_count_before: null, pbx_count_after: null }),
        ),
      );
      expect((await verifyExport(store)).findings).toEqual([]);
    }));
  it("a manifest copied to another day, whose parts it cannot prove", () =>
    damaged(async (root) => {
      await mkdir(join(root, "manifests/dt=2026-11-22"));
      await cp(manifest(root), join(root, "manifests/dt=2026-11-22/milan.json"));
    }, "manifest out of place"));
  it("a part of another day in a manifest, and that nobody else names it", async () => {
    const moved = "legs/dt=2026-11-22/pbx=milan/part-00001.ndjson.gz";
    const move = async (root: string): Promise<void> => {
      await mkdir(join(root, "legs/dt=2026-11-22/pbx=milan"), { recursive: true });
      await rename(part(root, 1), join(root, moved));
      await rewrite(manifest(root), (bytes) =>
        Buffer.from(bytes.toString().replace(partKey("legs", day, "milan", 1), moved)),
      );
    };
    await damaged(move, "part out of place");
    await damaged(move, "part without manifest");
  });
});
