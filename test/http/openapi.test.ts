import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { routes } from "../../cli/server/functions.ts";
import { productErrors } from "../../lib/errors.ts";
import { wmsErrors } from "../../lib/wms/errors.ts";
import { openapi } from "../../scripts/openapi.ts";
import { withWords } from "../../scripts/openapi-schemas.ts";
import { httpEvent } from "../support/events.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { documentedBody, documentedRoutes, undocumented } from "../support/openapi.ts";
import { fakeClock } from "../support/scripted.ts";

const json = { "Content-Type": "application/json" };
const problemJson = { "Content-Type": "application/problem+json" };
const queues = { pbx: "milan", as_of: "2026-11-24T09:00:00.000Z", records: [{ id: "1" }] };
const problem = {
  type: "https://example.com/errors.md#internal",
  title: "An error",
  status: 500,
  detail: "x",
  code: "INTERNAL",
  cure: "x.",
  request_id: "r1",
};
const answer = (statusCode: number, headers: Record<string, string>, body: unknown) =>
  undocumented("GET /call-queues", { statusCode, headers, body: JSON.stringify(body) });

describe("docs/openapi.json", () => {
  it("is what the code makes", async () => {
    const page = await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8");
    expect(page).toBe(await openapi());
  });
  it("has every route, and no other", () => {
    const own = routes(memoryPorts(fakeClock())).map(({ method, path }) => `${method} ${path}`);
    expect(documentedRoutes().sort()).toEqual(own.sort());
  });
  it("says of every route that a request without credentials is refused, and it is", async () => {
    for (const { method, path, handler } of routes(memoryPorts(fakeClock()))) {
      const told = await handler(httpEvent({ method, path }), {
        awsRequestId: "x",
        getRemainingTimeInMillis: () => 10_000,
      });
      expect([told.statusCode, undocumented(`${method} ${path}`, told)]).toEqual([401, []]);
    }
  });
  it("has the functions' sample events as examples, which keep to its schemas", () => {
    for (const route of ["POST /calls", "POST /sounds", "POST /callbacks", "POST /do-not-call"]) {
      const { fits, example } = documentedBody(route);
      expect([fits(example), fits({ ...(example as object), unheard: 1 })]).toEqual([true, false]);
    }
  });
  it("explains every code that an answer can have", async () => {
    const page = await openapi();
    // a new code belongs to an operation (scripts/openapi-operations.ts), or here
    const notOverHttp = [
      "ALARMS_UNAVAILABLE",
      "DEPLOYMENT_NOT_FOUND",
      "EVENT_BUS_UNAVAILABLE",
      "EXPORT_EMPTIED",
      "EXPORT_FAILED",
      "EXPORT_TIMEOUT",
      "MANIFEST_INVALID",
    ];
    const codes = [...Object.keys(productErrors), ...Object.keys(wmsErrors)];
    expect(codes.filter((code) => !page.includes(`"${code}"`)).sort()).toEqual(notOverHttp);
  });
});

describe("the comparison of answers with the document", () => {
  it("lets a right one pass, of either kind", () => {
    expect(answer(200, json, queues)).toEqual([]);
    expect(answer(500, problemJson, problem)).toEqual([]);
    expect(answer(500, problemJson, { ...problem, field: "x", sent: "no" })).toEqual([]);
  });
  it.each<[string, () => string[]]>([
    ["another status", () => answer(204, json, queues)],
    ["another type", () => answer(200, problemJson, queues)],
    ["a field too many", () => answer(200, json, { ...queues, extra: 1 })],
    ["a field too few", () => answer(200, json, { ...queues, pbx: undefined })],
    ["a field of another kind", () => answer(200, json, { ...queues, records: {} })],
    ["a time that is none", () => answer(200, json, { ...queues, as_of: "now" })],
    ["a code of another status", () => answer(500, problemJson, { ...problem, code: "UNAUTHORIZED" })],
    ["another status in the body", () => answer(500, problemJson, { ...problem, status: 502 })],
    ["a problem with a field too many", () => answer(500, problemJson, { ...problem, stack: "x" })],
    ["a route that is none", () => undocumented("GET /x", { statusCode: 200, headers: json, body: "{}" })],
  ])("finds %s", (_name, compare) => expect(compare()).not.toEqual([]));
  it("and the generator finds a property without words, and words without a property", () => {
    expect(() => withWords("X", { a: {} }, {})).toThrow("X.a has no description");
    expect(() => withWords("X", {}, { a: "x" })).toThrow("X has no property a");
  });
});
