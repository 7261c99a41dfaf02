import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { invoke, routes } from "../../cli/server/functions.ts";
import { ownKey } from "../../cli/server/owner.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { serveHttpApi } from "../../lib/local/http-api.ts";
import { localPorts } from "../../lib/local/ports.ts";
import type { AllPorts } from "../../lib/ports.ts";
import type { Clock } from "../../lib/wms/clock.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import type { Transport } from "../../lib/wms/sending/transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../simulator/server.ts";
import { undocumented } from "../support/openapi.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const transport = nodeTransport();
/** Gives a PBX on a busy machine the time that it needs. */
const patient: Transport = (exchange) => transport({ ...exchange, timeoutMs: 100_000 });
/** A second request within ten seconds is the same call: on a busy machine the time does not run on before it. */
const standing = (): Clock => {
  const at = systemClock.now();
  return { now: () => at, sleep: systemClock.sleep };
};

/** The HTTP API over real HTTP, as `npm start` serves it, and a simulated PBX behind it. */
const start = async (
  faults: readonly string[] = [],
  { clock, transport }: { readonly clock: Clock; readonly transport: Transport } = {
    clock: standing(),
    transport: patient,
  },
) => {
  const pbx = await startSimulator({ days: 2, ringMs: 5, talkMs: 5, faults, now: clock.now });
  const directory = await mkdtemp(join(tmpdir(), "wildix-calls-"));
  const keys = memoryKeys();
  const env = {
    WILDIX_HOST: pbx.url,
    WILDIX_APP_ID: simulatorDefaults.appId,
    WILDIX_APP_NAME: simulatorDefaults.appName,
    WILDIX_SECRET_KEY: simulatorDefaults.secret,
  };
  const local = await localPorts({ env, directory, clock, transport });
  const ports: AllPorts = { ...local, keys, monotonic: clock.now };
  const api = await serveHttpApi(routes(ports), clock);
  const bearer = await ownKey(ports, "test");
  open.push(api.close, pbx.close, () => rm(directory, { recursive: true, force: true }));
  const ask = async (method: string, path: string, key?: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const headers = { "Content-Type": response.headers.get("content-type") ?? "" };
    const route = `${method} ${path.replace(/^\/calls\/.+/, "/calls/{id}")}`;
    expect(undocumented(route, { statusCode: response.status, headers, body: text })).toEqual([]);
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };
  return {
    pbx,
    ports,
    get: (path: string) => ask("GET", path),
    post: (key?: string, body: unknown = { extension: "108", to: "16144841500" }) =>
      ask("POST", "/calls", key, body),
  };
};
const rings = (pbx: Simulator): number => pbx.pbx.phones.calls.length;
const originates = (pbx: Simulator): number =>
  pbx.seen.filter(({ method, target }) => method === "POST" && target.startsWith("/api/v1/Originate")).length;
const over = async (pbx: Simulator): Promise<void> => {
  while (!pbx.pbx.phones.calls.every((call) => call.over)) await systemClock.sleep(5);
};

describe("POST /calls over HTTP", () => {
  it("places a call, shows it again for the same key, and on its own page", async () => {
    const { pbx, get, post } = await start();
    const first = await post("order-7");
    expect([first.status, first.body]).toMatchObject([201, { state: "PLACED", exten: "16144841500" }]);
    const location = first.headers.get("location") ?? "";
    expect(location).toBe(`/calls/${first.body["id"]}`);
    const again = await post("order-7");
    expect([again.status, again.headers.get("idempotent-replayed"), again.body]).toEqual([
      200,
      "true",
      first.body,
    ]);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(await get(location)).toMatchObject({ status: 200, body: first.body });
    expect(await post("order-7", { extension: "109", to: "16144841500" })).toMatchObject({
      status: 422,
      body: { code: "CALL_KEY_REUSED" },
    });
    expect([rings(pbx), originates(pbx)]).toEqual([1, 1]);
  });
  it("100 at once with one key: one originate, 99 replays or told to wait", async () => {
    const { pbx, post } = await start();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post("k")));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200 || status === 409)).toHaveLength(99);
    for (const { status, headers } of answers)
      if (status === 409) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect([rings(pbx), originates(pbx)]).toEqual([1, 1]);
  });
  it("twice without a key: one originate", async () => {
    const { pbx, post } = await start();
    await post();
    expect(await post()).toMatchObject({ status: 200 });
    expect(originates(pbx)).toBe(1);
  });
  it("twice without a key, at every 100 ms of the ten seconds from the first: one originate each", async () => {
    const from = systemClock.now();
    let now = from;
    const { pbx, post } = await start([], {
      clock: { ...systemClock, now: () => now },
      transport: patient,
    });
    for (let pair = 0; pair < 100; pair++) {
      const call = { extension: "108", to: String(16144841500 + pair) };
      // another minute each, and wherever a clock's own ten seconds begin
      now = from + pair * 60_700;
      const first = await post(undefined, call);
      now += pair * 100;
      const second = await post(undefined, call);
      expect([first.status, second.status, second.body]).toEqual([201, 200, first.body]);
      expect(originates(pbx)).toBe(pair + 1);
    }
    now = from + 99 * 60_700 + 10_000;
    expect(await post(undefined, { extension: "108", to: String(16144841500 + 99) })).toMatchObject({
      status: 201,
    });
  });
  it("behind a PBX that takes 40 s: an answer before the PBX's, and the way to more", async () => {
    const { post, pbx } = await start(["slow=40000"], { clock: standing(), transport });
    const { status, headers, body } = await post("k");
    expect(pbx.seen.filter(({ method }) => method === "POST")).toEqual([]);
    expect([status, body]).toMatchObject([202, { state: "UNKNOWN", because: "WMS_TIMEOUT" }]);
    expect(headers.get("location")).toBe(`/calls/${body["id"]}`);
    expect(rings(pbx)).toBe(1);
  });
  it("whose answer is lost: 202, the same key rings no more, and history settles it", async () => {
    const { pbx, get, post } = await start(["reset-after-body"]);
    const first = await post("k");
    expect(first).toMatchObject({
      status: 202,
      body: { state: "UNKNOWN", next: expect.stringContaining("Look at the phone 108") },
    });
    const location = first.headers.get("location") ?? "";
    const again = await post("k");
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(rings(pbx)).toBe(1);
    await over(pbx);
    const found = await get(location);
    expect(found).toMatchObject({
      status: 200,
      body: { state: "PLACED", evidence: { kind: "exact", row: expect.stringMatching(/^\d+$/) } },
    });
    expect((await post("k")).status).toBe(200);
    expect(rings(pbx)).toBe(1);
  });
  it("to a PBX that carries no mark into history: found by phones and time", async () => {
    const { pbx, get, post } = await start(["reset-after-body@Originate", "marks-lost"]);
    const { headers } = await post("k");
    await over(pbx);
    const { body } = await get(headers.get("location") ?? "");
    expect(body).toMatchObject({ state: "PLACED", evidence: { kind: "inferred" } });
  });
  it("to a PBX that is not there: 502 not_sent, and the same key after it is back: 201", async () => {
    const { pbx, post } = await start(["connect-refused"]);
    expect(await post("k")).toMatchObject({
      status: 502,
      body: {
        code: "CALL_NOT_SENT",
        sent: "no",
        call: { state: "REFUSED", reason: "not_sent", because: "WMS_UNREACHABLE" },
      },
    });
    await pbx.clearFaults();
    expect((await post("k")).status).toBe(201);
    expect(rings(pbx)).toBe(1);
  });
  it("for a colleague's e-mail", async () => {
    const { pbx, post } = await start();
    expect(await post("k", { agent: "zoe@example.com", to: "16144841500" })).toMatchObject({ status: 201 });
    expect(pbx.pbx.phones.calls).toMatchObject([{ first: { number: "102", name: "Zoë Krüger" } }]);
    expect(await post("l", { agent: "nobody@example.com", to: "16144841500" })).toMatchObject({
      status: 400,
      body: { field: "/agent" },
    });
  });
  it("to try: nothing is sent", async () => {
    const { pbx, post } = await start();
    const { status, body } = await post("k", { extension: "108", to: "16144841500", dry_run: true });
    expect([status, body]).toMatchObject([
      200,
      { dry_run: true, pbx: "default", would_send: { exten: "16144841500" } },
    ]);
    expect(pbx.seen).toEqual([]);
  });
  it("to try, with the wish in the query: refused, and nothing rings", async () => {
    const { pbx, ports } = await start();
    const api = await serveHttpApi(routes(ports), ports.clock);
    open.push(api.close);
    const authorization = `Bearer ${await ownKey(ports, "query")}`;
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ extension: "108", to: "16144841500" });
    const told = await fetch(`${api.url}/calls?dry_run=true`, { method: "POST", headers, body });
    expect([told.status, await told.json()]).toMatchObject([400, { field: "dry_run" }]);
    expect(pbx.seen).toEqual([]);
  });
  it("with a key that is none is refused", async () => {
    const { post } = await start();
    expect(await post("a b")).toMatchObject({ status: 400, body: { field: "idempotency-key" } });
  });
});

describe("reconcile-calls", () => {
  it("settles what nobody asked about", async () => {
    const { pbx, ports, post } = await start(["reset-after-body*1@Originate"]);
    await post("lost");
    await post("placed");
    await over(pbx);
    expect(await invoke("reconcile-calls", ports, {})).toEqual({ open: 0, settled: 1, givenUp: 0 });
    expect(await post("lost")).toMatchObject({ status: 200, body: { state: "PLACED" } });
    expect(await invoke("reconcile-calls", ports, {})).toEqual({ open: 0, settled: 0, givenUp: 0 });
  });
});
