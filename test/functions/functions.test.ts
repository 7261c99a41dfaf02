import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type ClientRequest, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { afterEach, describe, expect, it } from "vitest";
import {
  type FunctionName,
  functionNames,
  functions,
  invoke,
  routes,
  sampleEvent,
} from "../../cli/server/functions.ts";
import { asOwner, ownKey } from "../../cli/server/owner.ts";
import { scopes } from "../../lib/callers/caller.ts";
import { addKey, editKeys } from "../../lib/callers/keys.ts";
import { ProductError } from "../../lib/errors.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { serveHttpApi } from "../../lib/local/http-api.ts";
import { localPorts } from "../../lib/local/ports.ts";
import type { AllPorts } from "../../lib/ports.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../simulator/server.ts";
import { clockFrom } from "../support/clocks.ts";
import { undocumented } from "../support/openapi.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Three o'clock in Rome: yesterday's export is due, and its report is not yet late. */
const clock = clockFrom("2026-11-24T02:00:00Z");

const setUp = async (faults: readonly string[] = []): Promise<{ pbx: Simulator; ports: AllPorts }> => {
  const pbx = await startSimulator({ now: clock.now, days: 4, ringMs: 5, talkMs: 5, faults });
  const directory = await mkdtemp(join(tmpdir(), "wildix-functions-"));
  open.push(pbx.close, () => rm(directory, { recursive: true, force: true }));
  const env = {
    WILDIX_HOST: pbx.url,
    WILDIX_APP_ID: simulatorDefaults.appId,
    WILDIX_APP_NAME: simulatorDefaults.appName,
    WILDIX_SECRET_KEY: simulatorDefaults.secret,
    WILDIX_TIMEZONE: simulatorDefaults.zone,
  };
  return { pbx, ports: await localPorts({ env, directory, clock }) };
};

interface Told {
  readonly status: number | undefined;
  readonly type: unknown;
  readonly body: Record<string, unknown>;
}

const call = async (
  ports: AllPorts,
  name: FunctionName,
  change: {
    body?: unknown;
    query?: Record<string, string>;
    parameters?: Record<string, string>;
    raw?: object;
  } = {},
): Promise<Told> => {
  const sample = (await sampleEvent(name)) as Record<string, unknown>;
  const routeKey = change.parameters === undefined ? sample["routeKey"] : `${sample["routeKey"]}/{id}`;
  const event = {
    ...sample,
    routeKey,
    ...(change.body === undefined ? {} : { body: JSON.stringify(change.body) }),
    ...(change.query === undefined ? {} : { queryStringParameters: change.query }),
    ...(change.parameters === undefined ? {} : { pathParameters: change.parameters }),
    ...change.raw,
  };
  const owner = await asOwner(ports, event);
  const answer = (await invoke(name, owner.ports, owner.event)) as APIGatewayProxyStructuredResultV2;
  // what a caller may read in docs/openapi.json is what comes back
  expect(undocumented(String(event.routeKey), answer)).toEqual([]);
  return {
    status: answer.statusCode,
    type: answer.headers?.["Content-Type"],
    body: JSON.parse(answer.body ?? "{}"),
  };
};

describe("every function with its sample event", () => {
  it("has one", async () => {
    for (const name of functionNames) expect(await sampleEvent(name)).toBeDefined();
    expect(Object.keys(functions)).toHaveLength(12);
  });
  it("originate rings both legs", async () => {
    const { pbx, ports } = await setUp();
    expect(await call(ports, "originate")).toMatchObject({
      status: 201,
      body: { state: "PLACED", channel: "Local/108@users" },
    });
    expect(pbx.pbx.phones.calls).toMatchObject([
      { first: { number: "108" }, second: { number: "16144841500" }, callerid: '"Announcer" <16144841500>' },
    ]);
  });
  it("create-sound makes it once", async () => {
    const { pbx, ports } = await setUp();
    expect((await call(ports, "create-sound")).status).toBe(201);
    expect(await call(ports, "create-sound")).toMatchObject({ status: 200, body: { made: false } });
    expect(pbx.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
  it("call-queues lists, and shows one", async () => {
    const { pbx, ports } = await setUp();
    expect(await call(ports, "call-queues")).toMatchObject({
      status: 200,
      body: { pbx: "default", records: { length: 3 } },
    });
    expect(await call(ports, "call-queues", { parameters: { id: "2" } })).toMatchObject({
      status: 200,
      body: { record: { name: "Sales" } },
    });
    expect(await call(ports, "call-queues", { parameters: { id: "99" } })).toMatchObject({
      status: 404,
      body: { code: "NOT_FOUND", field: "id" },
    });
    const owner = await asOwner(ports, await sampleEvent("call-queues"));
    const handler = functions["call-queues"](owner.ports);
    const before = pbx.seen.length;
    for (let n = 0; n < 5; n++)
      await handler(owner.event as never, { awsRequestId: "x", getRemainingTimeInMillis: () => 10_000 });
    expect(pbx.seen.length - before).toBe(1);
  });
  it("call-history pages by its cursor to the end", async () => {
    const { pbx, ports } = await setUp();
    const { day, rows } = pbx.pbx.history.days()[1] ?? { day: "", rows: 0 };
    const ids: unknown[] = [];
    let cursor: string | null = null;
    do {
      const { status, body } = await call(ports, "call-history", {
        query: {
          from: day,
          to: day,
          limit: "30",
          fields: "id,start",
          ...(cursor === null ? {} : { cursor }),
        },
      });
      expect(status).toBe(200);
      ids.push(...(body["records"] as { id: string }[]).map(({ id }) => id));
      cursor = body["next"] as string | null;
    } while (cursor !== null);
    expect([ids.length, new Set(ids).size]).toEqual([rows, rows]);
  });
  it("export-history exports yesterday, in the PBX's zone", async () => {
    const { ports } = await setUp();
    const summary = (await invoke("export-history", ports, await sampleEvent("export-history"))) as {
      exported: unknown[];
    };
    expect(summary.exported).toMatchObject([{ pbx: "default", skipped: false }]);
    expect(await invoke("export-history", ports, {})).toMatchObject({ exported: [{ skipped: true }] });
  });
  it("plan-exports queues yesterday, and export-history works the message off", async () => {
    const { ports } = await setUp();
    expect(await invoke("plan-exports", ports, await sampleEvent("plan-exports"))).toEqual({
      pbxs: 1,
      queued: 1,
      buried: 0,
      reports: [],
    });
    expect(await workOff(ports)).toEqual([{ batchItemFailures: [] }]);
    expect(await invoke("plan-exports", ports, {})).toMatchObject({
      queued: 0,
      reports: [expect.any(String)],
    });
    expect(await invoke("export-history", ports, {})).toMatchObject({ exported: [{ skipped: true }] });
  });
  it("plan-exports notifies once if exported days have another format than new ones", async () => {
    const { ports } = await setUp();
    await invoke("plan-exports", ports, {});
    await workOff(ports);
    const subjects: string[] = [];
    const alarms = { notify: async (subject: string) => void subjects.push(subject) };
    const changed = { ...ports, alarms, config: { ...ports.config, format: "parquet" as const } };
    expect(await invoke("plan-exports", changed, {})).toMatchObject({ others: { kinds: { ndjson: 1 } } });
    await invoke("plan-exports", changed, {});
    expect(subjects).toEqual([expect.stringContaining("Exported days have two formats")]);
  });
  it("export-history gives a message back whose day failed", async () => {
    const { ports } = await setUp(["html"]);
    await invoke("plan-exports", ports, {});
    expect(await workOff(ports)).toEqual([{ batchItemFailures: [{ itemIdentifier: "message-0" }] }]);
  });
  it.each([
    [[], {}],
    [["html"], { "is a pbx": 1 }],
  ])("check-pbxs with faults %j counts %j", async (faults, wrong) => {
    const { ports } = await setUp(faults);
    const checked = await invoke("check-pbxs", ports, await sampleEvent("check-pbxs"));
    expect(checked).toEqual({ checked: 1, wrong, notified: faults.length });
  });
  it.each([
    ["plan-exports", "plan_runs"],
    ["check-pbxs", "check_runs"],
  ] as const)("%s puts its heartbeat %s", async (name, metric) => {
    const { ports } = await setUp();
    const put: object[] = [];
    await invoke(name, { ...ports, metrics: { put: (values) => put.push(values) } }, {});
    expect(put).toContainEqual({ [metric]: 1 });
  });
});

/** Hands out what waits in the queue as SQS does; what the function answered. */
const workOff = async (ports: AllPorts): Promise<unknown[]> => {
  const answers: unknown[] = [];
  for (const [at, { body, receipt, receives }] of (await ports.queue.receive()).entries()) {
    const attributes = { ApproximateReceiveCount: String(receives) };
    const record = { messageId: `message-${at}`, body, receiptHandle: receipt, attributes };
    answers.push(await invoke("export-history", ports, { Records: [record] }));
  }
  return answers;
};

describe("one PBX's failure", () => {
  it("is thrown when all are through, by name", async () => {
    const { ports } = await setUp(["html"]);
    await expect(invoke("export-history", ports, {})).rejects.toMatchObject({
      code: "EXPORT_FAILED",
      message: "0 of 1 exported; not exported: default",
    });
  });
  it("of a wrong time zone stops no other PBX, and is named", async () => {
    const { ports } = await setUp();
    const [milan] = await ports.registry.list();
    if (milan === undefined) throw new Error("no PBX");
    const moon = { ...milan, id: "moon", timezone: "Moon/Base" };
    const lines: unknown[] = [];
    const both: AllPorts = {
      ...ports,
      registry: { ...ports.registry, list: async () => [moon, milan] },
      log: { ...ports.log, error: (message, fields) => lines.push([message, fields?.["pbx"]]) },
    };
    await expect(invoke("export-history", both, {})).rejects.toMatchObject({
      code: "EXPORT_FAILED",
      message: "1 of 2 exported; not exported: moon",
    });
    expect(lines).toEqual([["export failed", "moon"]]);
    await expect(invoke("export-history", both, { pbx: "moon" })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      field: "timezone of moon",
    });
    await expect(invoke("export-history", both, { pbx: "default" })).resolves.toMatchObject({
      exported: [{ pbx: "default" }],
    });
  });
  it.each([
    [{ dya: "2026-11-01" }, "dya"],
    [{ day: "2026-02-30" }, "day"],
    [{ day: "yesterday" }, "day"],
    [{ pbx: "nowhere" }, "pbx"],
  ])("%j is refused", async (event, field) => {
    const { ports } = await setUp();
    await expect(invoke("export-history", ports, event)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      field,
    });
  });
});

describe("what is refused before the PBX is asked", () => {
  const call108 = { extension: "108", to: "16144841500" };
  it.each<[FunctionName, object, number, string, string]>([
    ["originate", { body: { ...call108, extention: "1" } }, 400, "INPUT_INVALID", "/extention"],
    ["originate", { body: { to: "1" } }, 400, "INPUT_INVALID", "/extension"],
    ["originate", { body: { ...call108, channel: "Local/1@users" } }, 400, "INPUT_INVALID", "/channel"],
    ["originate", { body: { ...call108, extension: "108&109" } }, 400, "INPUT_INVALID", "/extension"],
    ["originate", { body: { ...call108, extension: "108@users,1" } }, 400, "INPUT_INVALID", "/extension"],
    ["originate", { body: { ...call108, to: "1614|4841" } }, 400, "INPUT_INVALID", "/to"],
    ["originate", { body: { ...call108, to: "¹²³" } }, 400, "INPUT_INVALID", "/to"],
    ["originate", { body: { ...call108, context: "users;x" } }, 400, "INPUT_INVALID", "/context"],
    ["originate", { body: { channel: "SIP/1\r\nAction: x", exten: "1" } }, 400, "INPUT_INVALID", "/channel"],
    ["originate", { body: { ...call108, agent: "ada@example.com" } }, 400, "INPUT_INVALID", "/agent"],
    ["originate", { body: { ...call108, to: "99999999999" } }, 400, "INPUT_INVALID", "/to"],
    ["originate", { body: { ...call108, to: "+19005551234" } }, 403, "CALL_FORBIDDEN", "/to"],
    ["originate", { body: { ...call108, extension: "5" } }, 403, "CALL_FORBIDDEN", "/extension"],
    ["originate", { body: { ...call108, ring_seconds: 61 } }, 400, "INPUT_INVALID", "/ring_seconds"],
    ["originate", { body: { ...call108, timeout: 30 } }, 400, "INPUT_INVALID", "/timeout"],
    ["originate", { body: { ...call108, callerid: "Ada\r\n<1>" } }, 400, "INPUT_INVALID", "/callerid"],
    ["originate", { body: { ...call108, variable: "A=1,B=2" } }, 400, "INPUT_INVALID", "/variable"],
    ["originate", { body: { ...call108, pbx: "nowhere" } }, 404, "PBX_UNKNOWN", "/pbx"],
    ["originate", { raw: { body: "channel=Local" } }, 400, "BODY_INVALID", ""],
    ["originate", { raw: { body: undefined } }, 400, "BODY_INVALID", ""],
    ["originate", { raw: { body: "[]" } }, 400, "BODY_INVALID", ""],
    [
      "originate",
      { raw: { headers: { "Content-Type": "application/x-www-form-urlencoded" } } },
      400,
      "BODY_INVALID",
      "content-type",
    ],
    ["originate", { raw: { body: `"${"x".repeat(300_000)}"` } }, 413, "BODY_TOO_LARGE", ""],
    [
      "create-sound",
      { body: { filename: "../a", text: "x", voice: "K" } },
      400,
      "INPUT_INVALID",
      "/filename",
    ],
    [
      "create-sound",
      { body: { filename: "a", text: "x".repeat(3001), voice: "K" } },
      400,
      "INPUT_INVALID",
      "/text",
    ],
    ["create-sound", { body: { filename: "a", text: "  ", voice: "K" } }, 400, "INPUT_INVALID", "/text"],
    ["create-sound", { body: { filename: "a", text: "x", voice: "K;" } }, 400, "INPUT_INVALID", "/voice"],
    ["create-sound", { body: { filename: "a", text: "x" } }, 400, "INPUT_INVALID", "/voice"],
    [
      "create-sound",
      { body: { filename: "a", text: "x", voice: "K", directory: "../x" } },
      400,
      "INPUT_INVALID",
      "/directory",
    ],
    ["call-history", { query: { from: "2026-11-02", to: "2026-11-01" } }, 400, "INPUT_INVALID", "from"],
    ["call-history", { query: { from: "02/11/2026", to: "2026-11-01" } }, 400, "INPUT_INVALID", "from"],
    ["call-history", { query: { to: "2026-11-01" } }, 400, "INPUT_INVALID", "from"],
    [
      "call-history",
      { query: { from: "2026-11-01", to: "2026-11-01", limit: "5000" } },
      400,
      "INPUT_INVALID",
      "limit",
    ],
    [
      "call-history",
      { query: { from: "2026-11-01", to: "2026-11-01", cursor: "x" } },
      400,
      "INPUT_INVALID",
      "cursor",
    ],
    [
      "call-history",
      { query: { from: "2026-11-01", to: "2026-11-01", filter: "x" } },
      400,
      "INPUT_INVALID",
      "filter",
    ],
  ])("%s %j: %i %s %s", async (name, change, status, code, field) => {
    const { pbx, ports } = await setUp();
    const told = await call(ports, name, change);
    expect(told).toMatchObject({ status, type: "application/problem+json", body: { code, status } });
    expect(told.body["field"] ?? "").toBe(field);
    expect(pbx.seen).toEqual([]);
  });
});

describe("a key for one extension", () => {
  it.each([
    ["another in the short form", { extension: "109", to: "110" }, 403],
    ["another by WMS names", { channel: "Local/109@users", exten: "110" }, 403],
    ["its own", { extension: "108", to: "110" }, 201],
  ])("%s: %s", async (_name, body, status) => {
    const { pbx, ports } = await setUp();
    const keys = memoryKeys();
    const wanted = { label: "x", scopes, pbxs: "all", extensions: ["108"], signs: false } as const;
    const { text } = await editKeys(keys, 0, (standing) => addKey(standing, wanted, 0, randomBytes));
    const headers = { authorization: `Bearer ${text}` };
    const told = await call({ ...ports, keys }, "originate", { body, raw: { headers } });
    expect(told.status).toBe(status);
    if (status === 403)
      expect(told.body).toMatchObject({
        code: "EXTENSION_FORBIDDEN",
        field: expect.stringMatching(/^\/(?:extension|channel)$/),
        detail: "this key may not ring this extension",
      });
    expect(pbx.pbx.phones.calls).toHaveLength(status === 201 ? 1 : 0);
  });
});

describe("what the PBX's failures become", () => {
  it.each([
    ["connect-refused", 502, "CALL_NOT_SENT", "no", "WMS_UNREACHABLE"],
    ["rate-limit=7", 503, "PBX_BUSY", "yes", "WMS_RATE_LIMITED"],
    ["forbidden", 502, "PBX_REFUSED", "yes", "WMS_FORBIDDEN"],
    ["error-with-200", 502, "PBX_REFUSED", "yes", "WMS_REFUSED"],
    ["foreign-app", 502, "PBX_REFUSED", "yes", "WMS_UNAUTHORIZED"],
  ])("%s: a call that is refused", async (fault, status, code, sent, because) => {
    const { ports } = await setUp([fault]);
    expect(await call(ports, "originate")).toMatchObject({
      status,
      type: "application/problem+json",
      body: {
        code,
        sent,
        call: { state: "REFUSED", because },
        cure: expect.any(String),
        request_id: expect.any(String),
      },
    });
  });
  it.each([
    "reset-after-body",
    "reset-in-answer",
    "status=500",
    "truncated-json",
    "html",
    "empty-body",
    "redirect",
  ])("%s: a call of which nobody knows", async (fault) => {
    const { ports } = await setUp([fault]);
    expect(await call(ports, "originate")).toMatchObject({
      status: 202,
      body: {
        state: "UNKNOWN",
        next: expect.stringContaining("A request with this idempotency key does not ring a phone again"),
      },
    });
  });
  it("what nobody expected says nothing about itself", async () => {
    const { ports } = await setUp();
    const broken = { ...ports, pbxs: { get: () => Promise.reject(new Error("secret things")) } };
    const told = await call(broken, "originate");
    expect(told).toMatchObject({ status: 500, body: { code: "INTERNAL" } });
    expect(JSON.stringify(told)).not.toContain("secret things");
  });
  it("counts requests that fail in the deployment, and not those that fail at the PBX", async () => {
    const { ports } = await setUp(["html"]);
    const counts: unknown[] = [];
    const counting = { ...ports, metrics: { put: (values: unknown) => void counts.push(values) } };
    expect(await call(counting, "call-queues")).toMatchObject({ status: 502 });
    expect(counts).toEqual([]);
    for (const error of [
      new Error("unexpected"),
      new ProductError("REGISTRY_UNAVAILABLE", { detail: "no answer" }),
    ])
      await call({ ...counting, pbxs: { get: () => Promise.reject(error) } }, "call-queues");
    expect(counts).toEqual([{ requests_failed: 1 }, { requests_failed: 1 }]);
  });
});

describe("sounds", () => {
  const sound = { filename: "hello", text: "Good morning", voice: "Kimberly" };
  it("another text under the same name is refused without replace", async () => {
    const { ports } = await setUp();
    await call(ports, "create-sound", { body: sound });
    const other = { ...sound, text: "Good evening" };
    expect(await call(ports, "create-sound", { body: other })).toMatchObject({
      status: 409,
      body: { code: "SOUND_EXISTS" },
    });
    expect(await call(ports, "create-sound", { body: { ...other, replace: true } })).toMatchObject({
      status: 201,
    });
    expect(await call(ports, "create-sound", { body: other })).toMatchObject({ status: 200 });
  });
  it("one that was deleted in the PBX is made again", async () => {
    const { pbx, ports } = await setUp();
    await call(ports, "create-sound", { body: sound });
    pbx.pbx.sounds.clear();
    expect((await call(ports, "create-sound", { body: sound })).status).toBe(201);
  });
  it("a PBX that cannot list them: refused, and said so, unless replace", async () => {
    const { ports } = await setUp(["sounds-list-404"]);
    expect(await call(ports, "create-sound", { body: sound })).toMatchObject({
      status: 409,
      body: { code: "WMS_SOUND_LIST_MISSING", cure: expect.stringContaining("replace") },
    });
    expect((await call(ports, "create-sound", { body: { ...sound, replace: true } })).status).toBe(201);
  });
});

describe("the HTTP API on loopback", () => {
  it("answers over real HTTP as API Gateway would", async () => {
    const { ports } = await setUp();
    const keys = memoryKeys();
    const authorization = `Bearer ${await ownKey({ ...ports, keys }, "test")}`;
    const api = await serveHttpApi(routes({ ...ports, keys }), ports.clock);
    open.push(api.close);
    const placed = await fetch(`${api.url}/calls`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: '{"extension":"108","to":"109"}',
    });
    expect([placed.status, await placed.json()]).toMatchObject([201, { state: "PLACED" }]);
    expect((await fetch(`${api.url}/call-queues/1`, { headers: { authorization } })).status).toBe(200);
    expect((await fetch(`${api.url}/call-queues/1`)).status).toBe(401);
    expect((await fetch(`${api.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${api.url}/calls`)).status).toBe(404);
  });
  it("refuses a body over the limit before it is received, and closes the connection", async () => {
    const { ports } = await setUp();
    const api = await serveHttpApi(routes(ports), ports.clock);
    open.push(api.close);
    const ask = (headers: Record<string, string>, write: (sent: ClientRequest) => void) =>
      new Promise<unknown>((resolve, reject) => {
        const sent = request(`${api.url}/calls`, { method: "POST", headers }, (answer) => {
          let text = "";
          answer.on("data", (chunk) => (text += String(chunk)));
          answer.on("end", () =>
            resolve([answer.statusCode, answer.headers.connection, JSON.parse(text).code]),
          );
        });
        // the server closes the connection while the client still writes
        sent.on("error", (error: NodeJS.ErrnoException) => error.code !== "EPIPE" && reject(error));
        write(sent);
      });
    const refused = [413, "close", "BODY_TOO_LARGE"];
    // of 300 MB, not one byte is sent
    expect(await ask({ "content-length": "300000000" }, (sent) => sent.flushHeaders())).toEqual(refused);
    expect(await ask({}, (sent) => sent.write("x".repeat(256 * 1024 + 1)))).toEqual(refused);
  });
  it("refuses paths that cannot be decoded", async () => {
    const { ports } = await setUp();
    const keys = memoryKeys();
    const authorization = `Bearer ${await ownKey({ ...ports, keys }, "test")}`;
    const api = await serveHttpApi(routes({ ...ports, keys }), ports.clock);
    open.push(api.close);
    const status = async (path: string) =>
      (await fetch(`${api.url}${path}`, { headers: { authorization } })).status;
    expect(await status("/call-queues/%E0%A4%A")).toBe(400);
    expect(await status("/calls/%zz")).toBe(400);
    expect(await status("/call-queues?pbx=%E0%A4%A")).toBe(400);
    expect(await status("//")).toBe(404);
  });
});
