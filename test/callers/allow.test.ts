import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { bearer, callerApi } from "../support/caller-api.ts";
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
