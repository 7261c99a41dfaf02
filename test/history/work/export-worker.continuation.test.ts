import { describe, expect, it } from "vitest";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { continued, dayDefaults, parsePbxDay, planned, started } from "../../../lib/history/days/pbx-day.ts";
import { partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { workOn } from "../../../lib/history/work/export-worker.ts";
import { silentLog } from "../../../lib/log.ts";
import { writeText } from "../../../lib/store/store.ts";
import type { SimulatorOptions } from "../../../simulator/server.ts";
import { day, type ExportWorld, exportWorld, plenty, workAll } from "../../support/export-world.ts";
import { legParts } from "../../support/standing-day.ts";

describe("a day that does not fit into one invocation", () => {
  const options: SimulatorOptions = { rowsOn: { [day]: 2_600 } };
  const env = { WILDIX_ROWS_PER_PART: "1000" };
  /** Time is up as soon as it is asked for. */
  const hurried = (): number => 10_000;
  /** Works on the first message until the time is up. */
  const workOnFirst = async (world: ExportWorld): Promise<void> => {
    let asked = 0;
    const first = await world.take();
    await workOn(world.ports, readMessage(first?.body ?? ""), () => (asked++ % 3 < 2 ? plenty() : hurried()));
    await world.queue.remove(first?.receipt ?? "");
  };
  const exported = async (faults: readonly string[], timeLeft: () => number, format = "ndjson") => {
    const world = await exportWorld({ ...options, faults }, { ...env, WILDIX_EXPORT_FORMAT: format });
    await world.order();
    // the signal of the worker must not fire: the time that is left is told after it was made
    let asked = 0;
    const kinds = await workAll(world, () => (asked++ % 3 < 2 ? plenty() : timeLeft()));
    return { world, kinds, manifest: await world.manifest() };
  };

  it.each([
    ["by id", [], "ndjson"],
    ["by id, in Parquet", [], "parquet"],
    ["by offset", ["sort-ignored"], "ndjson"],
    ["without the id filter", ["id-filter-ignored"], "ndjson"],
    ["with a cap", ["row-cap=100"], "ndjson"],
    ["with exclusive ends", ["exclusive-ends"], "ndjson"],
    ["with ids that restart", ["ids-restarted"], "ndjson"],
    ["without counts", ["total-absent"], "ndjson"],
  ])(
    "is continued part by part, and its bytes are the same as in one invocation: %s",
    async (_name, faults, format) => {
      const [whole, pieces] = [
        await exported(faults, plenty, format),
        await exported(faults, hurried, format),
      ];
      expect(whole.kinds).toEqual(["exported"]);
      // where the way of paging has to be found, more
      expect(pieces.kinds.slice(0, 2)).toEqual(["continued", "continued"]);
      expect(pieces.kinds.at(-1)).toBe("exported");
      expect(legParts(pieces.manifest).map(({ sha256, rows }) => [sha256, rows])).toEqual(
        legParts(whole.manifest).map(({ sha256, rows }) => [sha256, rows]),
      );
      const { requests: _a, exported_at: _b, duplicates_dropped: _c, ...said } = pieces.manifest;
      expect(whole.manifest).toMatchObject({ ...said, datasets: whole.manifest.datasets });
      expect((await verifyExport(pieces.world.ports.store)).findings).toEqual([]);
      expect(await pieces.world.record()).toMatchObject({ done: true });
    },
  );

  it("has no manifest and one message that counts until its last part is written", async () => {
    const world = await exportWorld(options, env);
    await world.order();
    const first = await world.take();
    let asked = 0;
    await workOn(world.ports, readMessage(first?.body ?? ""), () => (asked++ % 3 < 2 ? plenty() : hurried()));
    const { findings } = await verifyExport(world.ports.store);
    // names are there if they were read before the time was up
    expect(findings.filter(({ key }) => !/^(queues|agents)/.test(key))).toMatchObject([
      { problem: "not finished" },
      { key: partKey("legs", day, "milan", 1), problem: "part without manifest" },
      { key: partKey("calls", day, "milan", 1), problem: "part without manifest" },
    ]);
    await world.queue.postpone(first?.receipt ?? "", 0);
    const again = await world.take();
    expect(again?.body).toBe(first?.body);
    expect(await workOn(world.ports, readMessage(again?.body ?? ""), plenty)).toEqual({ kind: "dropped" });
    await world.queue.remove(again?.receipt ?? "");
    expect(readMessage((await world.take())?.body ?? "")).toMatchObject({ part: 2, day, pbx: "milan" });
  });

  it("has a record with the time of all invocations, which starts at 0 when the day is planned again", async () => {
    const world = await exportWorld(options, env);
    await world.order();
    let asked = 0;
    const first = await world.take();
    await workOn(world.ports, readMessage(first?.body ?? ""), () => {
      world.later(4_000);
      return asked++ % 3 < 2 ? plenty() : hurried();
    });
    await world.queue.remove(first?.receipt ?? "");
    const handed = await world.record();
    expect(handed?.spent).toBeGreaterThanOrEqual(4);
    if (handed === undefined) throw new Error("there is no record");
    const rest = parsePbxDay(handed);
    if (rest.state === "done") throw new Error("the day is done");
    expect(planned(rest, "t", day, 0).spent).toBe(0);
    expect(continued(started(rest, 9), "t", 0, 7).spent).toBe((rest.spent ?? 0) + 7);
    // no time passes in the rest
    await workAll(world);
    expect(await world.record()).toMatchObject({ result: { rows: 2_600, seconds: handed.spent } });
    expect(await world.record()).not.toHaveProperty("spent");
  });

  /** The first part of the day, after which time is up. */
  const firstPart = async (change: (world: ExportWorld) => Partial<ExportWorld["ports"]> = () => ({})) => {
    const world = await exportWorld(options, env);
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    const lines: unknown[] = [];
    const ports = {
      ...world.ports,
      log: { ...silentLog, info: (...line: unknown[]) => lines.push(line) },
      ...change(world),
    };
    let asked = 0;
    const outcome = workOn(ports, message, () => (asked++ < 2 ? plenty() : hurried()));
    return { ...world, message, lines, outcome };
  };
  const now = Date.parse("2026-11-24T10:00:00Z") / 1000;

  it("has a record that says so, and the log names the next part", async () => {
    const { outcome, record, message, lines } = await firstPart();
    expect(await outcome).toEqual({ kind: "continued", part: 2 });
    expect(lines).toEqual([["day continues in another invocation", { pbx: "milan", day, part: 2 }]]);
    const { token, ...rest } = (await record()) ?? {};
    expect(token).not.toBe(message.token);
    const { messageSeconds } = dayDefaults;
    expect(rest).toMatchObject({ done: false, runUntil: 0, messageUntil: now + messageSeconds });
  });

  it("is planned again after 15 minutes if the continuation could not be sent", async () => {
    const { outcome, record, message } = await firstPart(({ queue }) => ({
      queue: { ...queue, send: () => Promise.reject(new Error("no queue")) },
    }));
    await expect(outcome).rejects.toThrow("no queue");
    const { token, ...rest } = (await record()) ?? {};
    expect(token).not.toBe(message.token);
    expect(rest).toMatchObject({ runUntil: 0, messageUntil: now + 15 * 60 });
    expect(rest).not.toHaveProperty("reason");
  });

  it("sends no continuation if another worker has the record", async () => {
    const { outcome, queue, record } = await firstPart((world) => ({
      pbxs: {
        get: async (id) => {
          await world.order();
          return world.ports.pbxs.get(id);
        },
      },
    }));
    expect(await outcome).toMatchObject({ kind: "continued" });
    // the one at hand, and the other's
    expect(queue.size).toBe(2);
    expect(await record()).toMatchObject({ messageUntil: now + dayDefaults.messageSeconds });
  });

  it("starts again if a part was changed since", async () => {
    const world = await exportWorld(options, env);
    await world.order();
    await workOnFirst(world);
    const key = partKey("legs", day, "milan", 1);
    const { etag = "" } = (await world.ports.store.head(key)) ?? {};
    await writeText(world.ports.store, key, "somebody else's", { etag });
    await workAll(world);
    expect(await world.manifest()).toMatchObject({ rows: 2_600, changes: null });
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });

  it("starts again if the counts do not agree at the end", async () => {
    const world = await exportWorld(options, env);
    await world.order();
    await workOnFirst(world);
    const { history } = world.simulator.pbx;
    for (const { id } of history.rowsOf(day).slice(100, 103)) history.remove(Number(id));
    await workAll(world);
    const { rows, pbx_count_before: before, pbx_count_after: after, restarts } = await world.manifest();
    expect([rows, before, after]).toEqual([2_597, 2_597, 2_597]);
    expect(restarts).toEqual(["the PBX counts 2600, then 2597 legs and returned 2600"]);
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });
});
