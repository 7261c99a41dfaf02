import { beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../../simulator/server.ts";
import { call, stack, startPbx } from "../support/client.ts";

let pbx: Simulator;
beforeAll(async () => {
  pbx = await startPbx("http");
});

describe("the HTTP API", () => {
  it("places a call", async () => {
    const answer = await call("POST", "/calls", { pbx: "http", extension: "108", to: "16144841500" });
    expect(answer).toMatchObject({
      status: 201,
      type: "application/json",
      body: { state: "PLACED", pbx: "http" },
    });
    expect(pbx.pbx.phones.calls).toMatchObject([
      { first: { number: "108" }, second: { number: "16144841500" } },
    ]);
  });
  it("asks for credentials on every route", async () => {
    for (const [method, path] of [
      ["POST", "/calls"],
      ["POST", "/sounds"],
      ["GET", "/call-queues"],
      ["GET", "/call-queues/1"],
      ["GET", "/call-history"],
    ] as const)
      expect((await fetch(`${stack.api}${path}`, { method })).status, path).toBe(403);
  });
});
