import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { exportDay, exportSome } from "../../../lib/history/export/export-day.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import { type Dataset, type Manifest, partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import type { Limits } from "../../../lib/wms/client.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import { day, exportWorld } from "../../support/export-world.ts";

const setUp = async (calls = 20) => {
  const world = await exportWorld({ rowsOn: { [day]: calls } });
  const { client } = await world.ports.pbxs.get("milan");
  const { store } = world.ports;
  const job: ExportJob = { day, pbx: "milan", zone: "Europe/Rome" };
  const run = async (change: Partial<ExportJob> = {}, changed: Partial<typeof client> = {}) => {
    const ports = { ...world.ports, client: { ...client, ...changed } };
    return (await exportDay(ports, { ...job, ...change })).manifest as Manifest;
  };
  const rowsOf = (dataset: Dataset): unknown[] => {
    const bytes = store.objects.get(partKey(dataset, day, "milan", 1));
    return bytes === undefined
      ? []
      : gunzipSync(bytes)
          .toString("utf8")
          .trimEnd()
          .split("\n")
          .map((line): unknown => JSON.parse(line));
  };
  const refusing = (code: "WMS_FORBIDDEN" | "WMS_ABORTED") => async (): Promise<never> => {
    throw new WmsError(code, { detail: "refused", sent: "yes" });
  };
  return { ...world, client, store, job, run, rowsOf, refusing };
};

describe("the names of a day", () => {
  it("are the PBX's queues with their members, and its colleagues with an extension", async () => {
    const { run, rowsOf, store } = await setUp();
    const { datasets } = await run();
    expect(rowsOf("queues").slice(0, 2)).toEqual([
      { id: "1", name: "Support", members: ["102", "103", "105"] },
      { id: "2", name: "Sales", members: ["101", "104"] },
    ]);
    expect(rowsOf("agents")[0]).toEqual({
      extension: "101",
      name: "Ada Lovelace",
      department: "Sales",
      email: null,
    });
    const read_at = "2026-11-24T10:00:00.000Z";
    expect(datasets.queues).toMatchObject({ schema_version: 1, read_at, rows: 3, parts: [{ rows: 3 }] });
    expect(datasets.agents).toMatchObject({ schema_version: 1, read_at, rows: 16, parts: [{ rows: 16 }] });
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
  });

  it.each<[string, unknown, string[] | null]>([
    ["no list", "101", null],
    ["an empty list", [], []],
    ["interfaces", ["SIP/104", "SIP/101@pbx", "102"], ["101", "102", "104"]],
    [
      "objects with interfaces",
      [{ stateInterface: "PJSIP/103" }, { stateInterface: "PJSIP/20" }],
      ["20", "103"],
    ],
    ["a member twice", ["SIP/101", { stateInterface: "SIP/101" }], ["101"]],
    [
      "members without an extension",
      [null, 7, {}, { stateInterface: null }, "", "/", "/104", "@pbx", "SIP/105"],
      ["105"],
    ],
  ])("have the extensions of members, given as %s", async (_shape, members, wanted) => {
    const { run, client, rowsOf } = await setUp();
    const list = async () => [{ id: "1", name: "Sales", raw: {} }];
    const one = async () => ({ id: "1", name: "Sales", raw: { members } });
    await run({}, { callQueues: { ...client.callQueues, list, one } });
    expect(rowsOf("queues")).toEqual([{ id: "1", name: "Sales", members: wanted }]);
  });

  it("are in the order of their numbers, however the PBX gives them", async () => {
    const { run, client, rowsOf } = await setUp();
    const queue = (id: string) => ({ id, name: `Queue ${id}`, raw: {} });
    const colleague = (extension: string, name: string, change: object = {}) => ({
      ...{ extension, name, email: "", raw: {} },
      ...change,
    });
    const list = async () => ["10", "9", "100"].map(queue);
    const all = async () => [
      colleague("200", "Grace"),
      colleague("30", "Linus", { raw: { department: "" } }),
      colleague("", "Nobody"),
      colleague("200", "Ada", { email: "ada@example.com", raw: { department: 7 } }),
    ];
    await run(
      { exportEmails: true },
      { callQueues: { ...client.callQueues, list }, colleagues: { ...client.colleagues, list: all } },
    );
    expect(rowsOf("queues")).toMatchObject([{ id: "9" }, { id: "10" }, { id: "100" }]);
    expect(rowsOf("agents")).toEqual([
      { extension: "30", name: "Linus", department: null, email: null },
      { extension: "200", name: "Ada", department: null, email: "ada@example.com" },
      { extension: "200", name: "Grace", department: null, email: null },
    ]);
  });

  it("are read again for another format, with the time and the signal of the export", async () => {
    const { run, client, store } = await setUp();
    await run();
    const limits: (Limits | undefined)[] = [];
    const stop = new AbortController();
    const list = async (given?: Limits) => {
      limits.push(given);
      return [{ id: "9", name: "New", raw: {} }];
    };
    const { datasets } = await run(
      { force: true, format: "csv", signal: stop.signal, timeoutMs: 7_000 },
      { callQueues: { ...client.callQueues, list } },
    );
    expect(datasets.queues).toMatchObject({
      rows: 1,
      parts: [{ key: partKey("queues", day, "milan", 1, "csv") }],
    });
    expect(limits).toMatchObject([{ timeoutMs: 7_000, signal: { aborted: false } }]);
    stop.abort();
    expect(limits[0]?.signal?.aborted).toBe(true);
    expect(store.objects.has(partKey("queues", day, "milan", 1))).toBe(false);
  });

  it("have e-mail addresses only with the setting", async () => {
    const { run, rowsOf } = await setUp();
    await run({ exportEmails: true });
    expect(rowsOf("agents")[0]).toMatchObject({ email: "ada@example.com" });
  });

  it.each(["parquet", "csv", "csv-plain"] as const)("can be %s", async (format) => {
    const { run, store } = await setUp();
    const { datasets } = await run({ format });
    expect(datasets.queues).toMatchObject({ parts: [{ key: partKey("queues", day, "milan", 1, format) }] });
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("stay as they were when the day is read again, with or without other legs", async () => {
    const { run, client, simulator, refusing } = await setUp();
    const first = await run();
    const renamed = {
      callQueues: { ...client.callQueues, list: async () => [{ id: "9", name: "New", raw: {} }] },
      colleagues: { ...client.colleagues, list: refusing("WMS_FORBIDDEN") },
    };
    const same = await run({ force: true }, renamed);
    simulator.pbx.history.insert({ start: `${day} 12:00:00` });
    const more = await run({ force: true }, renamed);
    for (const { datasets } of [same, more])
      expect([datasets.queues, datasets.agents]).toEqual([first.datasets.queues, first.datasets.agents]);
    expect(more.rows).toBe(first.rows + 1);
  });

  it("stay as they were when the day is read again in several invocations", async () => {
    const { run, ports, job, store, refusing } = await setUp(120);
    const first = await run({ rowsPerPart: 20 });
    const list = refusing("WMS_FORBIDDEN");
    const client = { ...(await ports.pbxs.get("milan")).client, callQueues: { list, one: list } };
    const changed = { ...ports, client };
    const again = { ...job, rowsPerPart: 20, timeLeft: () => 0 };
    expect(await exportSome(changed, { ...again, force: true })).toMatchObject({ part: 2 });
    const { manifest } = await exportDay(changed, { ...again, part: 2 });
    expect((manifest as Manifest).datasets.queues).toEqual(first.datasets.queues);
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("that the PBX refuses do not stop the day: the manifest says so, and the next export asks again", async () => {
    const { run, client, refusing } = await setUp();
    const list = refusing("WMS_FORBIDDEN");
    const { datasets, rows } = await run({}, { callQueues: { list, one: list } });
    expect(datasets).toMatchObject({ queues: { refused: "WMS_FORBIDDEN" }, agents: { rows: 16 } });
    const again = await run({ force: true });
    expect(again).toMatchObject({
      rows,
      datasets: { queues: { rows: 3, parts: [{ rows: 3 }] }, calls: datasets.calls },
    });
    const members = await run(
      { force: true, format: "parquet" },
      { callQueues: { ...client.callQueues, one: refusing("WMS_FORBIDDEN") } },
    );
    expect(members.datasets.queues).toMatchObject({ rows: 3 });
  });

  const manyQueues = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ id: String(count - at), name: `Queue ${at}`, raw: {} }));

  it("have the members of at most 200 queues, two requests at a time, and the manifest has the rest", async () => {
    const { run, client, rowsOf } = await setUp();
    let [running, most] = [0, 0];
    const asked: string[] = [];
    const one = async (id: string) => {
      asked.push(id);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return { id, name: "", raw: { members: ["SIP/101"] } };
    };
    const list = async () => manyQueues(1_000);
    const { datasets } = await run({}, { callQueues: { ...client.callQueues, list, one } });
    expect([asked.length, new Set(asked).size, most]).toEqual([200, 200, 2]);
    expect(datasets.queues).toMatchObject({ rows: 1_000, members_missing: 800 });
    const rows = rowsOf("queues");
    expect([rows[0], rows[199], rows[200]]).toEqual([
      { id: "1", name: "Queue 999", members: ["101"] },
      { id: "200", name: "Queue 800", members: ["101"] },
      { id: "201", name: "Queue 799", members: null },
    ]);
  });

  it("take a minute at most for members", async () => {
    const { ports, client, job } = await setUp();
    let now = ports.clock.now();
    let asked = 0;
    const one = async (id: string) => {
      asked++;
      now += 5_000;
      return { id, name: "", raw: {} };
    };
    const callQueues = { ...client.callQueues, list: async () => manyQueues(100), one };
    const slow = { ...ports, client: { ...client, callQueues }, clock: { ...ports.clock, now: () => now } };
    const { manifest } = await exportDay(slow, job);
    expect(asked).toBe(12);
    expect((manifest as Manifest).datasets.queues).toMatchObject({ members_missing: 88 });
  });

  it("count the queues whose members are refused", async () => {
    const { run, client, refusing } = await setUp();
    const one = refusing("WMS_FORBIDDEN");
    const { datasets } = await run({}, { callQueues: { ...client.callQueues, one } });
    expect(datasets.queues).toMatchObject({ rows: 3, members_missing: 3 });
    expect(datasets.agents).not.toHaveProperty("members_missing");
    expect((await run({ force: true, format: "parquet" })).datasets.queues).not.toHaveProperty(
      "members_missing",
    );
  });

  it("are read while the rows are read", async () => {
    const { run, client } = await setUp();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    let pages = 0;
    // the second page comes when the last list has been asked for
    const historyPage: typeof client.historyPage = async (...query) => {
      if (++pages === 2) await asked;
      return client.historyPage(...query);
    };
    const list: typeof client.colleagues.list = (limits) => {
      resolve();
      return client.colleagues.list(limits);
    };
    const { datasets } = await run({}, { historyPage, colleagues: { ...client.colleagues, list } });
    expect(datasets).toMatchObject({ queues: { rows: 3 }, agents: { rows: 16 } });
  });

  it("are not asked for before the first page came", async () => {
    const { run, refusing } = await setUp();
    let asked = 0;
    const list = async () => {
      asked++;
      return [];
    };
    const historyPage = refusing("WMS_FORBIDDEN");
    const lists = { callQueues: { list, one: refusing("WMS_FORBIDDEN") } };
    await expect(run({}, { historyPage, ...lists })).rejects.toMatchObject({ code: "WMS_FORBIDDEN" });
    expect(asked).toBe(0);
  });

  it("are read by the first of several invocations", async () => {
    const { ports, client, job, refusing, store } = await setUp(120);
    const { promise: read, resolve } = Promise.withResolvers<void>();
    // the second page comes when the names are uploaded
    let pages = 0;
    const watched = {
      ...store,
      stage: async (...args: Parameters<typeof store.stage>) => {
        const staged = await store.stage(...args);
        if (args[0].startsWith("agents/")) resolve();
        return staged;
      },
    };
    const historyPage: typeof client.historyPage = async (...query) => {
      if (++pages === 2) await read;
      return client.historyPage(...query);
    };
    const parts = { ...job, rowsPerPart: 20, timeLeft: () => 0 };
    const first = { ...ports, store: watched, client: { ...client, historyPage } };
    expect(await exportSome(first, { ...parts, pageSize: 30 })).toMatchObject({ part: 2 });
    const list = refusing("WMS_FORBIDDEN");
    const second = { ...ports, client: { ...client, callQueues: { list, one: list } } };
    const { manifest } = await exportDay(second, { ...parts, part: 2 });
    expect((manifest as Manifest).datasets).toMatchObject({ queues: { rows: 3 }, agents: { rows: 16 } });
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("that are not complete when the time is up are read by the next invocation", async () => {
    const { ports, client, job, store } = await setUp(120);
    const list = (limits?: Limits): Promise<never> =>
      new Promise((_, reject) => {
        limits?.signal?.addEventListener("abort", () =>
          reject(new WmsError("WMS_ABORTED", { detail: "aborted", sent: "maybe" })),
        );
      });
    const parts = { ...job, rowsPerPart: 20, timeLeft: () => 0 };
    const slow = { ...ports, client: { ...client, colleagues: { ...client.colleagues, list } } };
    expect(await exportSome(slow, parts)).toMatchObject({ part: 2 });
    expect([...store.objects.keys()].filter((key) => /^(queues|agents)/.test(key))).toEqual([]);
    const { manifest } = await exportDay({ ...ports, client }, { ...parts, part: 2 });
    expect((manifest as Manifest).datasets).toMatchObject({ queues: { rows: 3 }, agents: { rows: 16 } });
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it.each<["rows" | "colleagues", string]>([
    ["rows", "WMS_FORBIDDEN"],
    ["colleagues", "WMS_ABORTED"],
  ])("leave no upload if the %s fail", async (what, code) => {
    const { ports, client, job, store, refusing } = await setUp();
    const { promise: read, resolve } = Promise.withResolvers<void>();
    let uploads = 0;
    const watched = {
      ...store,
      stage: async (...args: Parameters<typeof store.stage>) => {
        const staged = await store.stage(...args);
        uploads++;
        if (args[0].startsWith("queues/")) resolve();
        return { ...staged, abort: async () => void uploads-- };
      },
    };
    let pages = 0;
    const historyPage: typeof client.historyPage = async (...query) => {
      if (++pages === 1) return client.historyPage(...query);
      await read;
      return what === "rows" ? refusing("WMS_FORBIDDEN")() : client.historyPage(...query);
    };
    const colleagues =
      what === "rows" ? client.colleagues : { ...client.colleagues, list: refusing("WMS_ABORTED") };
    const failing = { ...ports, store: watched, client: { ...client, historyPage, colleagues } };
    await expect(exportDay(failing, job)).rejects.toMatchObject({ code });
    expect([uploads, store.objects.size]).toEqual([0, 0]);
  });

  it("do not hide an abort", async () => {
    const { run, refusing } = await setUp();
    const list = refusing("WMS_ABORTED");
    await expect(run({}, { callQueues: { list, one: list } })).rejects.toMatchObject({ code: "WMS_ABORTED" });
  });

  it("of a PBX without queues and colleagues have no part", async () => {
    const { run, client } = await setUp();
    const { datasets } = await run(
      {},
      {
        callQueues: { ...client.callQueues, list: async () => [] },
        colleagues: { ...client.colleagues, list: async () => [] },
      },
    );
    expect(datasets).toMatchObject({ queues: { rows: 0, parts: [] }, agents: { rows: 0, parts: [] } });
    const again = await run({ force: true });
    expect(again.datasets.queues, "they stay as they were").toEqual(datasets.queues);
  });
});
