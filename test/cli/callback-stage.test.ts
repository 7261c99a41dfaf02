import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { sampleText } from "../callbacks/events/samples.ts";
import { startPbx, wildix } from "../support/cli.ts";
import { startCloudFormation } from "../support/cloudformation.ts";
import { startDynamo } from "../support/dynamo.ts";
import { laptopSettings } from "../support/laptop.ts";
import { giveSecret } from "../support/leaks.ts";
import { customer } from "../support/milan.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = before;
});

const webhookSecret = giveSecret("webhook-of-the-stage");
const at = ["--stage", "prod", "--region", "eu-central-1"];
const milan = ["--pbx", "milan", ...at];

/** EventBridge on loopback: what was passed on. */
let events: { readonly DetailType: string; readonly Detail: string }[] = [];
const startEventBridge = async () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: typeof events };
      events.push(...Entries);
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

beforeEach(async () => {
  events = [];
  const { pbx } = await startPbx();
  const { appId: app_id, appName: app_name, secret: secret_key, zone } = simulatorDefaults;
  const secret = { host: pbx.url, app_id, app_name, secret_key, settings: laptopSettings };
  const tags = { "wildix:timezone": zone };
  const values = { milan: { ...secret, webhook_secrets: ["the-older-secret", webhookSecret] }, rome: secret };
  const secrets = await startSecretsManager(
    Object.entries(values).map(([id, value]) => ({
      name: `/own/prefix/${id}`,
      value: JSON.stringify(value),
      tags,
    })),
  );
  const dynamo = await startDynamo("the-table");
  const bus = await startEventBridge();
  const stack = await startCloudFormation({
    StateTableName: "the-table",
    AuditLogName: "audit",
    AlarmTopicArn: "arn:aws:sns:eu-central-1:1:alarms",
    EventBusName: "bus",
    PlannerSettings: JSON.stringify({ WILDIX_SECRET_PREFIX: "/own/prefix/" }),
  });
  for (const { close } of [secrets, dynamo, stack, bus]) onTestFinished(close);
  process.env = {
    ...before,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stack.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
});

const json = async (...args: string[]): Promise<unknown> => {
  const { code, out, err } = await wildix([...args, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
};

describe("with --stage, wildix callback", () => {
  it("adds, lists, explains and cancels a callback of the deployment, and passes changes on", async () => {
    const add = ["callback", "add", "--to", customer, "--queue", "Sales", ...milan];
    const added = (await json(...add)) as { id: string };
    expect(added).toMatchObject({ pbx: "milan", to: "+39333…67", state: "waiting", target: "201" });
    expect((await wildix(add)).out).toContain("the request was added to the open callback of this number");
    expect(await json("callback", "list", ...milan)).toMatchObject([
      { id: added.id, queue: { name: "Sales" } },
    ]);
    expect(await json("callback", "list", "--pbx", "rome", ...at)).toEqual([]);
    expect((await wildix(["callback", "list", added.id, ...milan])).out).toMatch(
      /number +\+39333…67, of the queue Sales\n +state +waiting \(\w+\): .+/,
    );
    expect((await wildix(["callback", "cancel", added.id, ...milan])).out).toContain(
      "closed and not dialled",
    );
    expect(await json("callback", "list", "--state", "open", ...milan)).toEqual([]);
    expect(events.map(({ DetailType }) => DetailType)).toEqual([
      "wildix.callback.opened",
      "wildix.callback.joined",
      "wildix.callback.closed",
    ]);
    expect(JSON.stringify(events)).not.toContain(customer.slice(-7));
  });
  it.each([
    [["callback", "list", ...at], "There are 2 PBXs. Name one with `--pbx`: milan, rome"],
    [["callback", "list", "--pbx", "milna", ...at], "PBX_UNKNOWN"],
    [["callback", "cancel", "x", ...milan], "There is no callback x of milan."],
    [["dnc", "list", ...milan, "--pbxs", "pbxs.json"], "Give `--stage` or `--pbxs`, not both."],
  ])("%j: %s", async (args, says) => {
    const { code, err } = await wildix(args);
    expect([code === 0, err]).toEqual([false, expect.stringContaining(says)]);
  });
});

describe("with --stage, wildix webhook send", () => {
  const sampled = sampleText("call-missed").trim();
  const received = async () => {
    const got: { path: string; signature: unknown }[] = [];
    const server = createServer((request, response) => {
      got.push({ path: request.url ?? "", signature: request.headers["x-signature"] });
      request.resume().on("end", () => response.writeHead(202).end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  it("signs with the secret that the PBX has under the prefix of the deployment", async () => {
    const { got, url } = await received();
    const { code } = await wildix(["webhook", "send", "-", "--url", url, ...milan], {}, sampled);
    expect([code, got]).toEqual([
      0,
      [{ path: "/webhooks/milan", signature: signWebhook(Buffer.from(sampled), webhookSecret) }],
    ]);
  });
  it.each([
    [at, "There are 2 PBXs. Name one with `--pbx`: milan, rome"],
    [["--pbx", "milna", ...at], "PBX_UNKNOWN"],
    [["--pbx", "rome", ...at], "rome has no `webhook_secrets`"],
  ])("%j: %s", async (args, says) => {
    const { code, err } = await wildix(["webhook", "send", "-", ...args], {}, sampled);
    expect([code === 0, err]).toEqual([false, expect.stringContaining(says)]);
  });
});

describe("with --stage, wildix dnc", () => {
  it("adds numbers of a PBX and of all, lists them masked, stops callbacks, and removes them", async () => {
    const opened = (await json("callback", "add", "--to", customer, ...milan)) as { id: string };
    expect(await json("dnc", "add", customer, "--note", "by phone", ...milan)).toEqual({
      added: 1,
      known: 0,
    });
    expect(await json("callback", "list", opened.id, ...milan)).toMatchObject({
      state: "closed",
      reason: "do_not_call",
    });
    expect(await json("dnc", "add", "+393331234568", "--all", ...at)).toEqual({ added: 1, known: 0 });
    expect(await json("dnc", "list", ...milan)).toMatchObject([
      { list: "milan", shown: "+39333…67", by: "command", note: "by phone" },
      { list: "all PBXs", shown: "+39333…68" },
    ]);
    expect(await json("dnc", "list", "--pbx", "rome", ...at)).toMatchObject([{ list: "all PBXs" }]);
    expect(
      (await wildix(["callback", "add", "--to", "+393331234568", "--pbx", "rome", ...at])).err,
    ).toContain("must not be on the do-not-call list");
    expect(await json("dnc", "remove", customer, ...milan)).toEqual({ removed: true });
    expect(await json("dnc", "remove", customer, ...milan)).toEqual({ removed: false });
    expect((await wildix(["callback", "add", "--to", customer, ...milan])).code).toBe(0);
  });
});
