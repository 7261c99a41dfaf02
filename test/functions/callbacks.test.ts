import type { EventBridgeEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { callbackRequested, callbacksApi } from "../../functions/callbacks.ts";
import { sweepCallbacks } from "../../functions/sweep-callbacks.ts";
import { announceOn } from "../../lib/callbacks/announce.ts";
import type { WantedKey } from "../../lib/callers/keys.ts";
import { ProductError } from "../../lib/errors.ts";
import type { BusEvent } from "../../lib/event-bus.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { bearer, callerApi } from "../support/caller-api.ts";
import { type Asked, httpEvent } from "../support/events.ts";
import { customer, milan } from "../support/milan.ts";
import { undocumented } from "../support/openapi.ts";

const invocation = { awsRequestId: "a1", getRemainingTimeInMillis: () => 10_000 };
const scopes = ["callbacks:read", "callbacks:write"] as const;

/** The API over callbacks in memory; every answer is compared with docs/openapi.json. */
const setUp = async (key: Partial<WantedKey> = {}) => {
  const world = callbackWorld({ others: { rome: milan, quiet: { country: "IT" } } });
  const callers = callerApi();
  callers.clock.at = world.clock.at;
  const made = await callers.add({ scopes, ...key });
  const passed: BusEvent[] = [];
  const bus = { put: async (event: BusEvent) => passed.push(event) > 0 };
  const ports = {
    ...callers.ports,
    ...world.ports,
    announce: announceOn(bus, world.clock),
    config: { defaultPbx: "milan" },
  };
  const handler = callbacksApi(ports);
  const ask = async (route: string, asked: Asked = {}, id?: string) => {
    const [method = "", path = ""] = route.split(" ");
    const event = httpEvent({
      method,
      path: path.replace("{id}", id ?? ""),
      timeEpoch: world.clock.at,
      ...asked,
      headers: { ...bearer(made), "content-type": "application/json", ...asked.headers },
    });
    const answer = await handler(
      { ...event, ...(id === undefined ? {} : { pathParameters: { id } }) },
      invocation,
    );
    expect(undocumented(route, answer)).toEqual([]);
    return { status: answer.statusCode, body: JSON.parse(answer.body ?? "{}") as Record<string, unknown> };
  };
  const post = (route: string, body: object) => ask(route, { body: JSON.stringify(body) });
  return { ...world, ports, passed, ask, post };
};

describe("/callbacks", () => {
  it("opens a callback, joins it, shows it, cancels it, and cancels it again", async () => {
    const { post, ask } = await setUp();
    const opened = await post("POST /callbacks", { to: customer, queue: "Sales", name: "Zoë" });
    expect(opened).toMatchObject({
      status: 201,
      body: { pbx: "milan", to: "+39333…67", queue: { name: "Sales" }, target: "201", state: "waiting" },
    });
    expect(await post("POST /callbacks", { to: "333 123 4567", queue: "Sales" })).toMatchObject({
      status: 200,
    });
    const id = String(opened.body["id"]);
    expect(await ask("GET /callbacks/{id}", {}, id)).toMatchObject({ status: 200, body: { id } });
    expect(await ask("GET /callbacks", { query: "state=open" })).toMatchObject({
      body: { callbacks: [{ id }] },
    });
    for (let n = 0; n < 2; n++)
      expect(await ask("DELETE /callbacks/{id}", {}, id)).toMatchObject({
        status: 200,
        body: { state: "closed", reason: "cancelled" },
      });
    expect(await ask("GET /callbacks", { query: "state=open" })).toMatchObject({ body: { callbacks: [] } });
  });
  it("shows and cancels a callback by each id that the list has, with whatever character it begins", async () => {
    const { post, ask } = await setUp();
    const numbers = Array.from({ length: 80 }, (_, n) => `+3933312345${10 + n}`);
    const ids: string[] = [];
    for (const to of numbers) ids.push(String((await post("POST /callbacks", { to })).body["id"]));
    expect(ids.some((id) => id.startsWith("_"))).toBe(true);
    for (const id of ids)
      for (const method of ["GET", "DELETE"])
        expect(await ask(`${method} /callbacks/{id}`, {}, id)).toMatchObject({ status: 200, body: { id } });
  });
  it("gives pages", async () => {
    const { post, ask } = await setUp();
    for (let n = 0; n < 51; n++) await post("POST /callbacks", { to: `+3933312345${10 + n}` });
    const first = await ask("GET /callbacks");
    expect(first.body["callbacks"]).toHaveLength(50);
    const rest = await ask("GET /callbacks", { query: `after=${String(first.body["next"])}` });
    expect(rest.body["callbacks"]).toHaveLength(1);
    expect(rest.body).not.toHaveProperty("next");
  });
  it("rings no earlier than `not_before`", async () => {
    const { post, until, times } = await setUp();
    await post("POST /callbacks", { to: customer, not_before: "2026-11-24T11:00:00+01:00" });
    await until(rome("11:01"));
    expect(times()).toEqual(["11:00 201"]);
  });
  it.each<[string, object, number, string, string]>([
    ["no number", {}, 400, "INPUT_INVALID", "/to"],
    ["an unknown field", { to: customer, number: "1" }, 400, "INPUT_INVALID", "/number"],
    ["a time that is none", { to: customer, not_before: "tomorrow" }, 400, "INPUT_INVALID", "/not_before"],
    [
      "a time without a zone",
      { to: customer, not_before: "2026-11-24T11:00:00" },
      400,
      "INPUT_INVALID",
      "/not_before",
    ],
    [
      "a time in two months",
      { to: customer, not_before: "2027-01-24T11:00:00Z" },
      400,
      "INPUT_INVALID",
      "/not_before",
    ],
    ["a number of another country", { to: "+18765551234" }, 403, "CALL_FORBIDDEN", "/to"],
    ["an extension", { to: "201" }, 400, "INPUT_INVALID", "/to"],
    ["an emergency number", { to: "112" }, 400, "INPUT_INVALID", "/to"],
    ["a PBX without callbacks", { to: customer, pbx: "quiet" }, 409, "CALLBACKS_OFF", "/pbx"],
    ["an unknown PBX", { to: customer, pbx: "x" }, 404, "PBX_UNKNOWN", "/pbx"],
  ])("refuses %s", async (_, body, status, code, field) => {
    const { post } = await setUp();
    expect(await post("POST /callbacks", body)).toMatchObject({ status, body: { code, field } });
  });
  it.each([
    ["state=both", "state"],
    ["after=a%20b", "after"],
    ["after=x", "after"],
    [`after=${"x".repeat(44)}`, "after"],
    ["limit=7", "limit"],
  ])("refuses the query %s", async (query, field) => {
    const { ask } = await setUp();
    expect(await ask("GET /callbacks", { query })).toMatchObject({ status: 400, body: { field } });
  });
  it("answers 404 for an id that does not exist", async () => {
    const { ask } = await setUp();
    for (const route of ["GET /callbacks/{id}", "DELETE /callbacks/{id}"])
      expect(await ask(route, {}, "x".repeat(43))).toMatchObject({
        status: 404,
        body: { code: "NOT_FOUND" },
      });
  });
  it("needs the scope, the PBX and the extension that rings", async () => {
    const readOnly = await setUp({ scopes: ["callbacks:read"] });
    expect(await readOnly.post("POST /callbacks", { to: customer })).toMatchObject({
      status: 403,
      body: { code: "SCOPE_MISSING" },
    });
    const ofRome = await setUp({ pbxs: ["rome"] });
    expect(await ofRome.ask("GET /callbacks", { query: "pbx=milan" })).toMatchObject({
      body: { code: "PBX_FORBIDDEN" },
    });
    const of300 = await setUp({ extensions: ["300"] });
    expect(await of300.post("POST /callbacks", { to: customer })).toMatchObject({
      status: 403,
      body: { code: "EXTENSION_FORBIDDEN" },
    });
  });
  it("passes changes on to the event bus", async () => {
    const { post, passed, ports, clock, times } = await setUp();
    await post("POST /callbacks", { to: customer });
    clock.at = rome("10:01");
    const sweep = sweepCallbacks(ports);
    expect(await sweep({}, { ...invocation, getRemainingTimeInMillis: () => 55_000 })).toMatchObject({
      due: 1,
      rang: 1,
    });
    expect(times()).toEqual(["10:01 201"]);
    expect(passed).toMatchObject([
      { detailType: "wildix.callback.opened", pbx: "milan", detail: { to: "+39333…67", state: "waiting" } },
      { detailType: "wildix.callback.rang" },
    ]);
    expect(JSON.stringify(passed)).not.toContain(customer);
  });
});

describe("/do-not-call", () => {
  it("lists a number once, closes its callback, refuses another, and takes it off", async () => {
    const { post, ask, clock } = await setUp();
    const opened = await post("POST /callbacks", { to: customer });
    expect(await post("POST /do-not-call", { to: customer, note: "by phone" })).toEqual({
      status: 201,
      body: { pbx: "milan", added: true },
    });
    expect(await post("POST /do-not-call", { to: "333 1234567" })).toEqual({
      status: 200,
      body: { pbx: "milan", added: false },
    });
    expect(await ask("GET /callbacks/{id}", {}, String(opened.body["id"]))).toMatchObject({
      body: { state: "closed", reason: "do_not_call" },
    });
    expect(await post("POST /callbacks", { to: customer })).toMatchObject({
      status: 403,
      body: { code: "DO_NOT_CALL", field: "/to" },
    });
    const { body } = await ask("GET /do-not-call");
    expect(body).toMatchObject({ numbers: [{ pbx: "milan", shown: "+39333…67", note: "by phone" }] });
    expect(await post("POST /do-not-call/removals", { to: customer })).toMatchObject({
      body: { removed: true },
    });
    expect(await post("POST /do-not-call/removals", { to: customer })).toMatchObject({
      body: { removed: false },
    });
    clock.at += 1000;
    expect(await post("POST /callbacks", { to: customer })).toMatchObject({ status: 201 });
  });
  it("for all PBXs holds for each of them", async () => {
    const { post, ask } = await setUp();
    expect(await post("POST /do-not-call", { to: customer, all: true })).toMatchObject({
      body: { all: true, added: true },
    });
    expect(await post("POST /callbacks", { to: customer, pbx: "rome" })).toMatchObject({
      body: { code: "DO_NOT_CALL" },
    });
    expect(await ask("GET /do-not-call", { query: "pbx=rome" })).toMatchObject({
      body: { numbers: [{ all: true }] },
    });
  });
  it.each<[string, object, Partial<WantedKey>, string]>([
    ["all and a PBX", { to: customer, all: true, pbx: "milan" }, {}, "INPUT_INVALID"],
    ["all with a key for one PBX", { to: customer, all: true }, { pbxs: ["milan"] }, "PBX_FORBIDDEN"],
    ["all and a number without +", { to: "3331234567", all: true }, {}, "INPUT_INVALID"],
    ["an extension", { to: "201" }, {}, "INPUT_INVALID"],
    ["no number", {}, {}, "INPUT_INVALID"],
  ])("refuses %s", async (_, body, key, code) => {
    const { post } = await setUp(key);
    expect(await post("POST /do-not-call", body)).toMatchObject({ body: { code } });
  });
});

describe("the event wildix.callback.requested", () => {
  const request = (detail: unknown, id = "e1") =>
    ({ id, "detail-type": "wildix.callback.requested", detail }) as EventBridgeEvent<
      "wildix.callback.requested",
      unknown
    >;
  it("opens a callback once, however often it is delivered", async () => {
    const { ports, passed, callbacks } = await setUp();
    const handle = callbackRequested(ports);
    const detail = { pbx: "milan", to: customer };
    expect(await handle(request(detail), invocation)).toEqual({ result: "opened" });
    expect(await handle(request(detail), invocation)).toEqual({ result: "repeated" });
    expect(await handle(request(detail, "e2"), invocation)).toEqual({ result: "joined" });
    expect(passed.map(({ detailType }) => detailType)).toContain("wildix.callback.opened");
    expect((await callbacks.list("milan")).callbacks).toHaveLength(1);
  });
  it.each([
    ["INPUT_INVALID", { pbx: "milan" }],
    ["CALL_FORBIDDEN", { pbx: "milan", to: "+18765551234" }],
    ["CALLBACKS_OFF", { pbx: "quiet", to: customer }],
    ["PBX_UNKNOWN", { pbx: "x", to: customer }],
  ])("that asks for what is refused is logged and not tried again: %s", async (result, detail) => {
    const { ports, logged } = await setUp();
    expect(await callbackRequested(ports)(request(detail), invocation)).toEqual({ result });
    expect(JSON.stringify(logged)).not.toMatch(/3331234567|8765551234/);
  });
  it("is tried again while the state is down", async () => {
    const { ports } = await setUp();
    const down = () => Promise.reject(new ProductError("STATE_UNAVAILABLE", { detail: "down" }));
    const handle = callbackRequested({ ...ports, state: { ...ports.state, read: down, write: down } });
    await expect(handle(request({ pbx: "milan", to: customer }), invocation)).rejects.toThrow("down");
  });
});
