import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { bearer, callerApi } from "../support/caller-api.ts";
import { httpEvent } from "../support/events.ts";

const told = (answer: APIGatewayProxyStructuredResultV2): Record<string, unknown> => ({
  status: answer.statusCode,
  ...JSON.parse(answer.body ?? "{}"),
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
  it.each(["a", "7-b_c", "_5pCh1Gl7Uj3pQ0m8cJ5y6kPzG2dYH8vWn4rTtXo1eM", "Sales.1~2"])(
    "%j is an id",
    async (id) => {
      const { ask, add } = callerApi(async ({ parameters }) => ({ status: 200, body: parameters }));
      const event = { ...httpEvent({ headers: bearer(await add()) }), pathParameters: { id } };
      expect(told(await ask(event))).toEqual({ status: 200, id });
    },
  );
  it.each(["%E0%A4%A", "%zz", "\uFFFD", "\uD800", "a\u0000", "a b", "a/b", "..", "-a", ""])(
    "%j is not an id",
    async (id) => {
      const { ask, add } = callerApi(async ({ parameters }) => ({ status: 200, body: parameters }));
      const event = { ...httpEvent({ headers: bearer(await add()) }), pathParameters: { id } };
      expect(told(await ask(event))).toMatchObject({ status: 400, code: "INPUT_INVALID", field: "id" });
    },
  );
});
