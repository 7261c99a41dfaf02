import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { readCall } from "../../lib/calls/dial/dial.ts";
import { askedCall } from "../../lib/http/asked-call.ts";
import { bearer, callerApi, signedEvent } from "../support/caller-api.ts";
import { httpEvent } from "../support/events.ts";

const told = (answer: APIGatewayProxyStructuredResultV2): Record<string, unknown> => ({
  status: answer.statusCode,
  ...JSON.parse(answer.body ?? "{}"),
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
