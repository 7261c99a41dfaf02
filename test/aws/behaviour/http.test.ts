import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../../simulator/server.ts";
import { giveSecret } from "../../support/leaks.ts";
import { call, stack, startPbx, until, wildix, yesterday } from "../support/client.ts";
import { logLines } from "../support/logs.ts";

let pbx: Simulator;
beforeAll(async () => {
  pbx = await startPbx("http");
});
afterEach(() => pbx.clearFaults());

const order = { pbx: "http", extension: "108", to: "16144841500" };

describe("the HTTP API", () => {
  it("places a call", async () => {
    const answer = await call("POST", "/calls", order);
    expect(answer).toMatchObject({
      status: 201,
      type: "application/json",
      body: { state: "PLACED", pbx: "http" },
    });
    expect(pbx.pbx.phones.calls).toMatchObject([
      { first: { number: "108" }, second: { number: "16144841500" } },
    ]);
  });
  it("places it once, and says what became of it", async () => {
    const key = { "idempotency-key": "crm-4711" };
    const placed = await call("POST", "/calls", order, key);
    const again = await call("POST", "/calls", order, key);
    expect([placed.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([
      201,
      200,
      "true",
    ]);
    expect(await call("GET", `/calls/${placed.body["id"]}`)).toMatchObject({
      status: 200,
      body: { state: "PLACED", id: again.body["id"] },
    });
  });
  it("makes a sound once, and remembers it in the bucket", async () => {
    const sound = { pbx: "http", filename: "hello", text: "Good morning", voice: "Kimberly" };
    expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 201, body: { made: true } });
    expect(await call("POST", "/sounds", sound)).toMatchObject({ status: 200, body: { made: false } });
    expect(await call("POST", "/sounds", { ...sound, text: "Good evening" })).toMatchObject({
      status: 409,
      body: { code: "SOUND_EXISTS" },
    });
  });
  it("reads call queues, and one by the path", async () => {
    expect(await call("GET", "/call-queues?pbx=http")).toMatchObject({ body: { records: { length: 3 } } });
    expect(await call("GET", "/call-queues/2?pbx=http")).toMatchObject({
      body: { record: { name: "Sales" } },
    });
    expect(await call("GET", "/call-queues/99?pbx=http")).toMatchObject({
      status: 404,
      type: "application/problem+json",
      body: { code: "NOT_FOUND", field: "id" },
    });
  });
  it("pages through call history to its end", async () => {
    const ids = new Set<unknown>();
    const range = { from: yesterday, to: yesterday };
    const query = new URLSearchParams({ pbx: "http", ...range, limit: "60", fields: "id,start" });
    for (;;) {
      const { status, body } = await call("GET", `/call-history?${query}`);
      expect(status).toBe(200);
      const { records, next } = body;
      if (!Array.isArray(records)) throw new Error("no records");
      for (const { id } of records) ids.add(id);
      if (typeof next !== "string") break;
      query.set("cursor", next);
    }
    expect(ids.size).toBe(pbx.pbx.history.days().find(({ day }) => day === yesterday)?.rows);
  });
});

describe("errors, as a client sees them", () => {
  it.each([
    ["a field that is wrong", { ...order, extension: "108&109" }, 400, "INPUT_INVALID", "/extension"],
    ["a field that is unknown", { ...order, extention: "108" }, 400, "INPUT_INVALID", "/extention"],
    ["a PBX that nobody registered", { ...order, pbx: "nowhere" }, 404, "PBX_UNKNOWN", "/pbx"],
    ["no PBX, where there is no default", { extension: "108", to: "109" }, 400, "INPUT_INVALID", "/pbx"],
  ])("%s", async (_name, body, status, code, field) => {
    expect(await call("POST", "/calls", body)).toMatchObject({
      status,
      type: "application/problem+json",
      body: { code, field, cure: expect.any(String), request_id: expect.any(String) },
    });
  });
  it("a PBX that was removed, although AWS keeps its secret for 30 days", async () => {
    await startPbx("removed");
    expect(await wildix(["secret", "remove", "removed", "--stage", stack.stage, "--yes"])).toMatchObject({
      code: 0,
    });
    expect(await call("POST", "/calls", { ...order, pbx: "removed" })).toMatchObject({
      status: 404,
      body: { code: "PBX_UNKNOWN", field: "/pbx" },
    });
  });
  it("a body that is a form", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await call("POST", "/calls", "extension=108", headers)).toMatchObject({
      status: 400,
      body: { code: "BODY_INVALID", field: "content-type" },
    });
  });
  it.each([
    ["connect-refused", 502, { code: "CALL_NOT_SENT", sent: "no" }],
    ["reset-after-body", 202, { state: "UNKNOWN", next: expect.any(String) }],
    ["forbidden", 502, { code: "PBX_REFUSED", sent: "yes" }],
    ["rate-limit=7", 503, { code: "PBX_BUSY", sent: "yes" }],
  ])("a PBX with %s", async (fault, status, body) => {
    await pbx.setFault(fault);
    const answer = await call("POST", "/calls", order, { "idempotency-key": `fault-${fault}` });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers.get("retry-after")).toBe(fault === "rate-limit=7" ? "7" : null);
  });
  it("a route that does not exist", async () => {
    expect(await call("GET", "/nothing")).toMatchObject({ status: 404 });
    expect(await call("GET", "/calls")).toMatchObject({ status: 404 });
  });
});

describe("who may call", () => {
  const routes = [
    ["POST", "/calls"],
    ["GET", "/calls/x"],
    ["POST", "/sounds"],
    ["GET", "/call-queues"],
    ["GET", "/call-queues/1"],
    ["GET", "/call-history"],
  ] as const;
  it.each(routes)("nobody without a key: %s %s", async (method, path) => {
    const refused = { status: 401, type: "application/problem+json", body: { code: "UNAUTHORIZED" } };
    expect(await call(method, path, undefined, { authorization: "" })).toMatchObject(refused);
    expect(await call(method, path, undefined, { authorization: `Bearer ${stack.key}x` })).toMatchObject(
      refused,
    );
  });
  it("a key made now is known within seconds, and told what it lacks", async () => {
    const made = await wildix([
      ...["key", "create", "--label", "wallboard", "--scope", "queues:read", "--pbx", "http"],
      ...["--stage", "dev", "--json"],
    ]);
    const { id, key }: { id: string; key: string } = JSON.parse(made.out);
    const headers = { authorization: `Bearer ${giveSecret(key)}` };
    await until("the new key is known", async () => {
      const { status } = await call("GET", "/call-queues?pbx=http", undefined, headers);
      return status === 200 || undefined;
    });
    expect(await call("POST", "/calls", order, headers)).toMatchObject({ status: 403 });
    expect(await wildix(["key", "revoke", id, "--stage", "dev"])).toMatchObject({ code: 0 });
  });
});

describe("the log of a function", () => {
  it("is JSON, has the request and no number", async () => {
    const { body } = await call("POST", "/calls", { ...order, extension: "x y" });
    const lines = (await logLines(stack.endpoint)).filter((line) => line.startsWith("{"));
    const line = lines
      .map((text) => JSON.parse(text))
      .find(({ requestId }) => requestId === body["request_id"]);
    expect(line).toMatchObject({
      level: "WARN",
      message: "request failed",
      code: "INPUT_INVALID",
      status: 400,
    });
    expect(lines.join("\n")).not.toContain("16144841500");
  });
});
