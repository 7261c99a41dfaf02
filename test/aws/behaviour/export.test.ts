import { beforeAll, describe, expect, it } from "vitest";
import { manifestKey, parseManifest } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { readText } from "../../../lib/store/store.ts";
import type { Simulator } from "../../../simulator/server.ts";
import {
  ask,
  exportStore,
  invoke,
  stack,
  startInvoke,
  startPbx,
  until,
  yesterday,
} from "../support/client.ts";

let pbx: Simulator;
beforeAll(async () => {
  pbx = await startPbx("nightly", { exported: true, rowsOn: { [yesterday]: 2_500 } });
});

const manifestOf = async (id: string, day: string) => {
  const key = manifestKey(day, id);
  return parseManifest((await readText(exportStore, key)) ?? "", key);
};

const hasManifest = async (id: string): Promise<boolean | undefined> =>
  (await readText(exportStore, manifestKey(yesterday, id)))?.includes('"exported_at"') || undefined;

describe("the export", () => {
  it("writes yesterday into the bucket, complete, when the planner's schedule starts it", async () => {
    const { error, payload } = await invoke("plan-exports");
    expect([error, payload]).toMatchObject([null, { queued: expect.any(Number) }]);
    await until("the worker has exported the day", () => hasManifest("nightly"));
    const manifest = await manifestOf("nightly", yesterday);
    const counted = pbx.pbx.history.days().find(({ day }) => day === yesterday)?.rows;
    expect([manifest.rows, manifest.paging]).toEqual([counted, "id"]);
    const { findings } = await verifyExport(exportStore, undefined, { pbxs: ["nightly"] });
    expect(findings).toEqual([]);
  });
  it("queues nothing twice", async () => {
    expect(await invoke("plan-exports")).toMatchObject({ error: null, payload: { queued: 0 } });
  });
  it("leaves a day alone that stands, when a person asks for it", async () => {
    const before = await manifestOf("nightly", yesterday);
    const { payload } = await invoke("export-history", { pbx: "nightly" });
    expect(payload["exported"]).toMatchObject([{ skipped: true }]);
    expect(await manifestOf("nightly", yesterday)).toEqual(before);
  });
  it("fails where a PBX is none, and leaves no manifest", async () => {
    const broken = await startPbx("not-a-pbx", { exported: true, faults: ["html"] });
    const { error, payload } = await invoke("export-history", { pbx: "not-a-pbx" });
    expect(error).toBe("Unhandled");
    expect(payload["errorMessage"]).toBe("0 of 1 exported; not exported: not-a-pbx");
    expect(await readText(exportStore, manifestKey(yesterday, "not-a-pbx"))).toBeUndefined();
    expect(broken.seen.length).toBeGreaterThan(0);
  });
  it("that failed to the end when nobody waited lies in the queue of failures", async () => {
    await startPbx("gives-up", { exported: true, faults: ["html"] });
    await startInvoke("export-history", { pbx: "gives-up" });
    // other functions may have failed too
    const failure = await until("a failure lies in the queue", async () => {
      const { Messages } = await ask("sqs", "AmazonSQS.ReceiveMessage", {
        QueueUrl: stack.outputs["FailuresUrl"],
        MaxNumberOfMessages: 10,
      });
      const bodies = Array.isArray(Messages) ? Messages.map(({ Body }) => JSON.parse(Body)) : [];
      return bodies.find(({ requestPayload }) => requestPayload.pbx === "gives-up");
    });
    expect(failure).toMatchObject({ requestContext: { condition: "RetriesExhausted" } });
  });
});
