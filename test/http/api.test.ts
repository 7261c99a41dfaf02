import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { bearer, callerApi } from "../support/caller-api.ts";
import { httpEvent } from "../support/events.ts";

const told = (answer: APIGatewayProxyStructuredResultV2): Record<string, unknown> => ({
  status: answer.statusCode,
  ...JSON.parse(answer.body ?? "{}"),
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
    ["{", "the body ends before its JSON is complete"],
    ["[".repeat(65), "the body has more than 64 levels"],
    [`[${"[],".repeat(20_000)}0]`, "the body has more than 20000 objects and lists"],
  ])("that is not an object is refused: %.10s", async (body, detail) => {
    const { ask, add } = bodyApi();
    const event = httpEvent({ method: "POST", headers: bearer(await add()), body });
    expect(told(await ask(event))).toMatchObject({ status: 400, code: "BODY_INVALID", detail });
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
