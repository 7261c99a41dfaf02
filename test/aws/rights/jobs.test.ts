import { beforeAll, describe, expect, it } from "vitest";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { readText } from "../../../lib/store/store.ts";
import { call, exportStore, invoke, startPbx, until, yesterday } from "../support/client.ts";

beforeAll(async () => {
  await startPbx("rights", { exported: true });
});

describe("where IAM decides, each function does its job by its own role", () => {
  it("originate", async () => {
    expect(await call("POST", "/calls", { pbx: "rights", extension: "108", to: "109" })).toMatchObject({
      status: 201,
    });
  });
  it("reconcile-calls", async () => {
    expect(await invoke("reconcile-calls")).toMatchObject({ error: null });
  });
  it("create-sound, the first time and again", async () => {
    const sound = { pbx: "rights", filename: "hello", text: "Good morning", voice: "Kimberly" };
    expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 201, body: { made: true } });
    expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 200, body: { made: false } });
  });
  it("call-queues", async () => {
    expect(await call("GET", "/call-queues?pbx=rights")).toMatchObject({ status: 200 });
    expect(await call("GET", "/call-queues/1?pbx=rights")).toMatchObject({ status: 200 });
  });
  it("call-history", async () => {
    expect(await call("GET", `/call-history?pbx=rights&from=${yesterday}&to=${yesterday}`)).toMatchObject({
      status: 200,
    });
  });
  it("export-history, a day that is new, that stands, and that is written again with fewer parts", async () => {
    expect(await invoke("export-history", {})).toMatchObject({ error: null });
    expect(await invoke("export-history", {})).toMatchObject({ error: null });
    await exportStore
      .stage(`legs/dt=${yesterday}/pbx=rights/part-00002.ndjson.gz`, once("stale"))
      .then((staged) => staged.commit({ absent: true }));
    expect(await invoke("export-history", { pbx: "rights", force: true })).toMatchObject({ error: null });
    expect(await verifyExport(exportStore)).toMatchObject({ days: 1, findings: [] });
  });
  it("plan-exports queues the days that are due, export-history takes them from the queue", async () => {
    const before = await readText(exportStore, manifestKey(yesterday, "rights"));
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { pbxs: 1, queued: 1 } });
    // the day is read again, and its manifest says when
    await until("the day is exported again", async () => {
      const now = await readText(exportStore, manifestKey(yesterday, "rights"));
      return now?.includes("exported_at") && now !== before ? now : undefined;
    });
    expect(await verifyExport(exportStore)).toMatchObject({ days: 1, findings: [] });
  });
  it("plan-exports reports on the fleet, once a day is complete", async () => {
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 0 } });
  });
  it("check-pbxs", async () => {
    const { error, payload } = await invoke("check-pbxs");
    expect(error).toBeNull();
    expect(payload["checked"]).toBeGreaterThan(0);
    expect(JSON.stringify(payload["wrong"])).not.toContain("answers");
  });
});

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
