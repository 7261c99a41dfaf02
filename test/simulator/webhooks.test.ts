import { describe, expect, it, onTestFinished } from "vitest";
import { readEvent } from "../../lib/callbacks/events/envelope.ts";
import { judgeCompleted } from "../../lib/callbacks/events/judge-call.ts";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { serveHttpApi } from "../../lib/local/http-api.ts";
import { startSimulator } from "../../simulator/server.ts";
import { webhookDefaults } from "../../simulator/webhooks.ts";
import { testClock } from "../support/clocks.ts";

const setUp = async (faults: readonly string[] = []) => {
  const got: { type: string; body: string; signature: string | undefined }[] = [];
  const served = await serveHttpApi(
    [
      {
        method: "POST",
        path: "/webhooks/{pbx}",
        handler: async ({ body = "", headers }) => {
          got.push({ type: readEvent(body)?.type ?? "?", body, signature: headers["x-signature"] });
          return { statusCode: 202 };
        },
      },
    ],
    testClock,
  );
  const pbx = await startSimulator({ now: testClock.now, days: 2, ringMs: 5, talkMs: 5, faults });
  onTestFinished(pbx.close);
  onTestFinished(served.close);
  const put = async (path: string, body: object): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${pbx.url}/simulator/${path}`, { method: "PUT", body: JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: answer.ok ? JSON.parse(text) : text };
  };
  const get = async (path: string): Promise<unknown> => (await fetch(`${pbx.url}/simulator/${path}`)).json();
  await put("webhook", { url: `${served.url}/webhooks/milan` });
  return { pbx, got, put, get };
};

const live = ["call:live:progress", "call:live:completed"];

describe("the simulator's webhooks", () => {
  it("tell of a missed call, which is one click, and history has its rows", async () => {
    const { pbx, got, put } = await setUp();
    expect(await put("missed", { from: "+393331234567", queue: "Sales", seconds: 25 })).toMatchObject({
      status: 200,
      body: { outcome: "abandoned", caller: "+393331234567", queues: ["Sales"] },
    });
    await expect.poll(() => got.map(({ type }) => type)).toEqual([...live, "call:completed"]);
    for (const { body, signature } of got)
      expect(signature).toBe(signWebhook(Buffer.from(body), webhookDefaults.secret));
    const event = readEvent(got[2]?.body ?? "");
    expect(event && judgeCompleted("milan", event)).toMatchObject({
      kind: "missed",
      number: "+393331234567",
      direction: "inbound",
      queue: { id: "2", name: "Sales" },
    });
    expect(pbx.pbx.history.latest(1)[0]).toMatchObject({ disposition: "NO ANSWER" });
  });
  it("tell of a call that was placed", async () => {
    const { got, put } = await setUp();
    await put("calls", { extension: "101", to: "+393331234567" });
    await expect.poll(() => got.at(-1)?.type).toBe("call:completed");
    const event = readEvent(got[2]?.body ?? "");
    expect(event && judgeCompleted("milan", event)).toMatchObject({
      kind: "bridged",
      direction: "outbound",
      number: "+393331234567",
      extension: "101",
    });
  });
  it.each([
    [["webhooks-doubled"], [...live, "call:completed"].flatMap((type) => [type, type])],
    [["webhooks-disordered"], [...live, "call:completed"].toReversed()],
    [["webhooks-late=20"], [...live, "call:completed"]],
  ])("%j", async (faults, types) => {
    const { got, put } = await setUp(faults);
    await put("missed", {});
    await expect.poll(() => got.map(({ type }) => type)).toEqual(types);
  });
  it("can be read in the form of SQS messages", async () => {
    const { got, put, get } = await setUp();
    await put("missed", {});
    await expect.poll(() => got.length).toBe(3);
    expect(await get("events?as=sqs")).toMatchObject({
      Records: got.map(({ body, signature }) => ({
        body,
        messageAttributes: { "X-SIGNATURE": { stringValue: signature } },
      })),
    });
    expect(await get("events")).toMatchObject(got.map(({ type }) => ({ type, status: 202 })));
  });
  it.each([
    ["missed", { queue: "Nobody" }],
    ["missed", { seconds: 0 }],
    ["missed", { from: 7 }],
    ["webhook", { url: "here" }],
  ])("refuse %s with %j", async (path, body) => {
    const { put } = await setUp();
    expect(await put(path, body)).toMatchObject({ status: 400, body: expect.stringContaining("send JSON") });
  });
});
