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
      { first: { extension: "109" }, to: "+16144841500", idempotencyKey: "7" },
      { idempotencyKey: "k1" },
    ]);
    expect(told(await ask(httpEvent({ ...own, headers })))).toMatchObject({
      status: 400,
      code: "INPUT_INVALID",
      field: "/contact/phone",
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
    expect(seen).toMatchObject([{ idempotencyKey: "k1" }, { idempotencyKey: "7" }]);
  });
});
