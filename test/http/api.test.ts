import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import { askedCall } from "../../lib/http/asked-call.ts";
import { bearer, callerApi, signedEvent } from "../support/caller-api.ts";
import { httpEvent } from "../support/events.ts";

const told = (answer: APIGatewayProxyStructuredResultV2): Record<string, unknown> => ({
  status: answer.statusCode,
  ...JSON.parse(answer.body ?? "{}"),
});

describe("a key that is good, but not for this", () => {
  it("lacks a scope, which is named", async () => {
    const { ask, add, lines } = callerApi(undefined, "history:read");
    const key = await add({ scopes: ["queues:read", "calls:create"] });
    expect(told(await ask(httpEvent({ headers: bearer(key) })))).toMatchObject({
      status: 403,
      code: "SCOPE_MISSING",
      field: "scope",
      detail: "this key lacks the scope history:read",
    });
    expect(lines).toMatchObject([{ caller: key.id, code: "SCOPE_MISSING" }]);
  });
  it("lacks the scope of one method and has that of another; a method of no scope is for nobody", async () => {
    const { ask, add } = callerApi(undefined, { GET: "calls:read", POST: "calls:create" });
    const headers = bearer(await add({ scopes: ["calls:read"] }));
    const status = async (method: string) =>
      (await ask(httpEvent({ method, path: "/calls", headers }))).statusCode;
    expect([await status("GET"), await status("POST"), await status("DELETE")]).toEqual([200, 403, 404]);
  });
  it("is for other PBXs, which is said before anything is looked up", async () => {
    const { ask, add, ports } = callerApi(async ({ caller, query }) => {
      await pickPbx(ports, caller, query["pbx"]);
      return { status: 200, body: {} };
    });
    const headers = bearer(await add({ pbxs: ["milan", "rome"] }));
    expect(told(await ask(httpEvent({ query: "pbx=oslo", headers })))).toMatchObject({
      status: 403,
      code: "PBX_FORBIDDEN",
      field: "pbx",
      detail: 'this key may not use the PBX "oslo"',
    });
  });
});

describe("path and query", () => {
  it("a parameter that the route does not have is refused by name", async () => {
    const { ask, add } = callerApi(undefined, "calls:create", ["pbx"]);
    const headers = bearer(await add({ scopes: ["calls:create"] }));
    expect(told(await ask(httpEvent({ method: "POST", query: "dry_run=true", headers })))).toMatchObject({
      status: 400,
      field: "dry_run",
      detail:
        "`dry_run` is not a query parameter of this route. Remove it, or send it as a field of the body.",
    });
    expect(told(await ask(httpEvent({ query: "pbxx=milan", headers })))).toMatchObject({
      field: "pbxx",
      detail: "`pbxx` is not a query parameter of this route. Did you mean pbx?",
    });
    expect((await ask(httpEvent({ query: "pbx=milan", headers }))).statusCode).toBe(200);
  });
  it.each([
    ["pbx=milan&pbx=rome", "pbx", "must be given once"],
    ["x=1&pbx=milan&%78=2", "x", "must be given once"],
    ["pbx=", "pbx", "must not be empty"],
    ["pbx", "pbx", "must not be empty"],
  ])("the query %s is refused by name", async (query, field, says) => {
    const { ask, add } = callerApi();
    const event = { ...httpEvent({ query, headers: bearer(await add()) }), rawQueryString: query };
    expect(told(await ask(event))).toMatchObject({
      code: "INPUT_INVALID",
      field,
      detail: expect.stringContaining(says),
    });
  });
  it.each([
    ["pbx=%E0%A4%A", "pbx"],
    ["pbx=%zz", "pbx"],
    ["%zz=1", "query"],
    ["pbx=milan&x=%", "x"],
  ])("the query %s is not decodable", async (query, field) => {
    const { ask, add } = callerApi();
    const event = { ...httpEvent({ headers: bearer(await add()) }), rawQueryString: query };
    expect(told(await ask(event))).toMatchObject({ status: 400, code: "INPUT_INVALID", field });
  });
  it.each(["%E0%A4%A", "%zz", "\uFFFD", "\uD800", "a\u0000", "a b", "a/b", "..", ""])(
    "%j is not an id",
    async (id) => {
      const { ask, add } = callerApi(async ({ parameters }) => ({ status: 200, body: parameters }));
      const event = { ...httpEvent({ headers: bearer(await add()) }), pathParameters: { id } };
      expect(told(await ask(event))).toMatchObject({ status: 400, code: "INPUT_INVALID", field: "id" });
    },
  );
});

describe("a body", () => {
  const bodyApi = () => callerApi(async (request) => ({ status: 200, body: request.json() }));
  it.each([false, true])("with a byte order mark is read, base64 %j", async (base64) => {
    const { ask, add } = bodyApi();
    const headers = bearer(await add());
    const event = httpEvent({ method: "POST", headers, body: '\uFEFF{"to":"109"}', base64 });
    expect(told(await ask(event))).toEqual({ status: 200, to: "109" });
  });
  it.each([
    ["[1]", "the body is a JSON list, not an object"],
    ["7", "the body is JSON, but not an object"],
    ["{", "the body is not JSON"],
    ["[".repeat(65), "the body has more than 64 levels"],
    [`[${"[],".repeat(20_000)}0]`, "the body has more than 20000 objects and lists"],
  ])("that is not an object is refused: %.10s", async (body, detail) => {
    const { ask, add } = bodyApi();
    const event = httpEvent({ method: "POST", headers: bearer(await add()), body });
    expect(told(await ask(event))).toMatchObject({ status: 400, code: "BODY_INVALID", detail });
  });
});

describe("the PBX that is meant", () => {
  const asked: string[] = [];
  const api = callerApi(async ({ caller, query }) => {
    const pbxs = { get: (id: string) => Promise.reject(new Error(asked.push(id).toString())) };
    const config = { ...api.ports.config, defaultPbx: "rome" };
    await pickPbx({ ...api.ports, pbxs, config }, caller, query["pbx"]).catch(() => undefined);
    return { status: 200, body: {} };
  });
  it.each([
    ["named", "all" as const, "pbx=oslo", "oslo"],
    ["the deployment's default", "all" as const, "", "rome"],
    ["the only one of the key, before the default", ["milan"], "", "milan"],
    ["the default, of several", ["milan", "rome"], "", "rome"],
  ])("is %s", async (_name, pbxs, query, id) => {
    asked.length = 0;
    await api.ask(httpEvent({ query, headers: bearer(await api.add({ pbxs })) }));
    await api.clock.sleep(60_000);
    expect(asked).toEqual([id]);
  });
});

describe("a call that is asked for", () => {
  const asking = () => {
    const seen: unknown[] = [];
    const api = callerApi(async (request) => {
      const { body, idempotencyKey } = askedCall(request);
      seen.push({ ...readCall(body), idempotencyKey });
      return { status: 201, body: {} };
    }, "calls:create");
    return { ...api, seen };
  };
  const own = { method: "POST", path: "/calls", body: '{"extension":"108","to":"16144841500"}' };
  const crm = { ...own, body: '{"contact":{"phone":"+1 614 484 1500"},"event":7}' };
  const mapping = {
    pointers: { to: "/contact/phone", idempotency_key: "/event" },
    values: { extension: "109" },
  };

  it("comes in our own form, with the idempotency key of its header", async () => {
    const { ask, add, seen } = asking();
    const headers = bearer(await add({ scopes: ["calls:create"] }));
    await ask(httpEvent({ ...own, headers }));
    await ask(httpEvent({ ...own, headers: { ...headers, "Idempotency-Key": "k1" } }));
    expect(seen).toMatchObject([
      { first: { extension: "108" }, to: "16144841500", idempotencyKey: undefined },
      { idempotencyKey: "k1" },
    ]);
  });
  it("or in a CRM's, read by the key's mapping; the header's key goes first", async () => {
    const { ask, add, seen } = asking();
    const headers = bearer(await add({ scopes: ["calls:create"], mapping }));
    await ask(httpEvent({ ...crm, headers }));
    await ask(httpEvent({ ...crm, headers: { ...headers, "idempotency-key": "k1" } }));
    expect(seen).toMatchObject([
      { first: { extension: "109" }, to: "+16144841500", idempotencyKey: expect.stringMatching(/^crm-/) },
      { idempotencyKey: "k1" },
    ]);
    expect(told(await ask(httpEvent({ ...own, headers })))).toMatchObject({
      status: 400,
      code: "INPUT_INVALID",
      field: "/contact/phone",
    });
  });
  it("names fields as the caller sent them", async () => {
    const { ask, add } = asking();
    const headers = bearer(await add({ scopes: ["calls:create"] }));
    const fieldOf = async (body: object, more: Record<string, string> = headers) =>
      told(await ask(httpEvent({ ...own, body: JSON.stringify(body), headers: more })))["field"];
    const short = { extension: "108", to: "109" };
    expect(await fieldOf({ ...short, caller_id: { number: "x" } })).toBe("/caller_id/number");
    expect(await fieldOf({ ...short, caller_id: { nmae: "x" } })).toBe("/caller_id/nmae");
    expect(await fieldOf({ to: "109" })).toBe("/extension");
    expect(await fieldOf(short, { ...headers, "idempotency-key": "a b" })).toBe("idempotency-key");
    const pointers = { to: "/contact/phone", extension: "/phone" };
    const crmHeaders = bearer(
      await add({ scopes: ["calls:create"], mapping: { pointers, values: { context: "a b" } } }),
    );
    expect(await fieldOf({ contact: { phone: "1/2" }, phone: "108" }, crmHeaders)).toBe("/contact/phone");
    expect(await fieldOf({ contact: { phone: "1" }, phone: "1&2" }, crmHeaders)).toBe("/phone");
    expect(await fieldOf({ contact: { phone: "1" }, phone: "1" }, crmHeaders)).toBe("values.context");
  });
  it("counts a field that is null as absent", async () => {
    const { ask, add, seen } = asking();
    const headers = bearer(await add({ scopes: ["calls:create"] }));
    const body = { extension: "108", to: "109", agent: null, caller_id: null, ring_seconds: null };
    expect((await ask(httpEvent({ ...own, headers, body: JSON.stringify(body) }))).statusCode).toBe(201);
    const inside = { extension: "108", to: "109", caller_id: { name: "Ada", number: null } };
    expect((await ask(httpEvent({ ...own, headers, body: JSON.stringify(inside) }))).statusCode).toBe(201);
    expect(seen).toMatchObject([{ callerId: undefined }, { callerId: '"Ada"' }]);
    const missing = { extension: "108", to: null, unheard: null };
    expect(told(await ask(httpEvent({ ...own, headers, body: JSON.stringify(missing) })))).toMatchObject({
      field: "/unheard",
    });
  });
  it("and signed, with an idempotency key: the same request once more must not ring again", async () => {
    const { ask, add, clock, seen } = asking();
    const signer = await add({ scopes: ["calls:create"], signs: true });
    expect(told(await ask(signedEvent(signer, clock.now(), own)))).toMatchObject({
      status: 400,
      field: "idempotency-key",
    });
    const keyed = { ...own, headers: { "idempotency-key": "k1" } };
    expect((await ask(signedEvent(signer, clock.now(), keyed))).statusCode).toBe(201);
    const mapped = await add({ scopes: ["calls:create"], signs: true, mapping });
    await clock.sleep(10_000);
    expect((await ask(signedEvent(mapped, clock.now(), crm))).statusCode).toBe(201);
    expect(seen).toMatchObject([
      { idempotencyKey: "k1" },
      { idempotencyKey: expect.stringMatching(/^crm-/) },
    ]);
  });
});

describe("the age of a request", () => {
  it.each([
    ["is from when API Gateway received it", -9_000, -9_000],
    ["is none, if the clock of API Gateway is ahead", 2_000, 0],
    ["is none, if the event has no time", undefined, 0],
  ])("%s", async (_name, sent, expected) => {
    const { ask, add, clock } = callerApi(async ({ receivedAt }) => ({ status: 200, body: { receivedAt } }));
    const event = httpEvent({ headers: bearer(await add()), timeEpoch: clock.now() + (sent ?? 0) });
    const { timeEpoch: _timeEpoch, ...context } = event.requestContext;
    const asked =
      sent === undefined ? { ...event, requestContext: context as typeof event.requestContext } : event;
    expect(told(await ask(asked))).toMatchObject({ status: 200, receivedAt: clock.now() + expected });
  });
  it.each([
    [30_000, 200, 1],
    [30_001, 503, 0],
  ])("of %i ms: the caller gets %i, and %i are served", async (age, status, served) => {
    let acts = 0;
    const { ask, add, clock } = callerApi(async () => ({ status: 200, body: { acts: ++acts } }));
    const timeEpoch = clock.now() - age;
    const answer = told(await ask(httpEvent({ headers: bearer(await add()), timeEpoch })));
    expect([answer["status"], acts]).toEqual([status, served]);
    if (status === 503)
      expect(answer).toMatchObject({
        code: "CALLER_GONE",
        detail: "the request is 30 s old; nothing was done",
      });
  });
});
