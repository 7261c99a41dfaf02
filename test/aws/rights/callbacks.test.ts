import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import { call, clientSettings, invoke, stack, startPbx, until } from "../support/client.ts";
import { enableCallbacks, missedBy, sqsKey, webhookSecret } from "../support/missed-calls.ts";

beforeAll(async () => {
  await startPbx("callbacks");
  await enableCallbacks("callbacks");
});

/** The callback whose masked number ends so. */
const callbackOf = (lastDigits: string) =>
  until(`a callback of …${lastDigits}`, async () => {
    const { body } = await call("GET", "/callbacks?pbx=callbacks");
    const found = (body["callbacks"] as { to: string; id: string; state: string }[]).find(({ to }) =>
      to.endsWith(lastDigits),
    );
    return found;
  });

describe("where IAM decides, callbacks do their jobs by their own roles", () => {
  it("webhook queues a signed event, and events opens a callback", async () => {
    const body = missedBy("+393331234501");
    const send = async (signature: string) => {
      const headers = { "content-type": "application/json", "x-signature": signature };
      const answer = await fetch(`${stack.api}/webhooks/callbacks`, { method: "POST", headers, body });
      return { status: answer.status, text: await answer.text() };
    };
    const refused = await send(signWebhook(Buffer.from(body), "wrong"));
    expect([refused.status, refused.text.includes("WEBHOOK_UNAUTHORIZED")]).toEqual([401, true]);
    expect(await send(signWebhook(Buffer.from(body), webhookSecret))).toEqual({ status: 202, text: "" });
    expect(await callbackOf("01")).toMatchObject({ state: "waiting", count: 1 });
  });
  it("events takes messages of the SQS transport", async () => {
    const body = missedBy("+393331234502");
    await new SQSClient(clientSettings).send(
      new SendMessageCommand({
        QueueUrl: stack.outputs["PbxEventQueueUrl"] ?? "",
        MessageBody: body,
        MessageAttributes: {
          "X-SIGNATURE": { DataType: "String", StringValue: signWebhook(Buffer.from(body), sqsKey) },
        },
      }),
    );
    expect(await callbackOf("02")).toMatchObject({ state: "waiting" });
  });
  it("callbacks takes a request from the event bus", async () => {
    await new EventBridgeClient(clientSettings).send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: stack.outputs["EventBusName"] ?? "",
            Source: "crm",
            DetailType: "wildix.callback.requested",
            Detail: JSON.stringify({ pbx: "callbacks", to: "+393331234503" }),
          },
        ],
      }),
    );
    expect(await callbackOf("03")).toMatchObject({ count: 0 });
  });
  it("callbacks answers each of its routes", async () => {
    const to = "+393331234504";
    const opened = await call("POST", "/callbacks", { pbx: "callbacks", to });
    expect(opened.status).toBe(201);
    const path = `/callbacks/${String(opened.body["id"])}?pbx=callbacks`;
    expect(await call("GET", path)).toMatchObject({ status: 200 });
    expect(await call("DELETE", path)).toMatchObject({ status: 200, body: { reason: "cancelled" } });
    expect(await call("POST", "/do-not-call", { pbx: "callbacks", to })).toMatchObject({ status: 201 });
    expect(await call("GET", "/do-not-call?pbx=callbacks")).toMatchObject({ status: 200 });
    expect(await call("POST", "/callbacks", { pbx: "callbacks", to })).toMatchObject({ status: 403 });
    expect(await call("POST", "/do-not-call/removals", { pbx: "callbacks", to })).toMatchObject({
      body: { removed: true },
    });
  });
  it("sweep-callbacks visits what is due", async () => {
    expect(await invoke("sweep-callbacks")).toMatchObject({ error: null });
  });
});
