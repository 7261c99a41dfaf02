import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { webhook } from "../../functions/webhook.ts";
import { readEvent } from "../../lib/callbacks/events/envelope.ts";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { ProductError } from "../../lib/errors.ts";
import { httpEvent } from "../support/events.ts";
import { fakeClock } from "../support/scripted.ts";

vi.mock("../../lib/callbacks/events/envelope.ts", { spy: true });
beforeEach(() => void vi.mocked(readEvent).mockClear());

interface Hostile {
  readonly why: string;
  readonly pbx: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A body of so many bytes. */
  readonly filler?: number;
  readonly fill?: string;
  /** Signs what is sent. */
  readonly signed_with?: string;
  /** The flag of API Gateway without its encoding. */
  readonly sent_as_is?: boolean;
  readonly status: number;
}
const hostile = JSON.parse(
  readFileSync(new URL("../fixtures/hostile-webhooks.json", import.meta.url), "utf8"),
) as { secret: string; body: string; webhooks: Hostile[] };
const { secret, body } = hostile;

const connection = { host: "https://pbx.example.com", token: "t" };
const secrets = new Map([
  [
    "milan",
    JSON.stringify({
      ...connection,
      webhook_secrets: ["retired", secret],
      sqs_signing_key: "sqsSigningKeyOfThisPbx",
    }),
  ],
  ["turin", JSON.stringify({ ...connection, webhook_secrets: ["secretOfAnotherPbx0123456789AB"] })],
  ["rome", JSON.stringify(connection)],
  ["broken", "{"],
]);

/** The event that the fixture holds was sent a moment ago. */
const sentAt = 1693389853611;

const setUp = (known: ReadonlyMap<string, string> = secrets) => {
  const clock = fakeClock(sentAt + 1_000);
  const queued: { pbx: string; body: string }[] = [];
  const counts: object[] = [];
  const lines: object[] = [];
  const reads: string[] = [];
  const queue = { down: false };
  const note = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const handler = webhook({
    clock,
    registry: {
      readText: async (id) => {
        reads.push(id);
        const text = known.get(id);
        if (text === undefined) throw new ProductError("PBX_UNKNOWN", { detail: `no PBX is called "${id}"` });
        return text;
      },
    },
    events: {
      send: async (event) => {
        if (queue.down) throw new ProductError("QUEUE_UNAVAILABLE", { detail: "SQS: timeout" });
        queued.push(event);
      },
    },
    log: { info: note, warn: note, error: note },
    metrics: { put: (values) => void counts.push(values) },
  });
  const send = async (
    sent: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
    { pbx = "milan", base64 = false, asIs = false } = {},
  ) => {
    const event = httpEvent({ method: "POST", path: `/webhooks/${pbx}`, headers });
    const encoded = base64 && !asIs ? Buffer.from(sent).toString("base64") : sent.toString();
    return handler(
      { ...event, pathParameters: { pbx }, body: encoded, isBase64Encoded: base64 },
      { awsRequestId: "a1", getRemainingTimeInMillis: () => 10_000 },
    );
  };
  return { clock, queued, counts, lines, reads, queue, send };
};

const signed = (text: string, header = "x-signature"): Record<string, string> => ({
  "content-type": "application/json",
  [header]: signWebhook(Buffer.from(text), secret),
});
const codes: Readonly<Record<number, string>> = {
  401: '"code":"WEBHOOK_UNAUTHORIZED"',
  413: '"code":"BODY_TOO_LARGE"',
  415: '"code":"CONTENT_TYPE_UNSUPPORTED"',
};
const at = (time: number, change: object = {}): string =>
  JSON.stringify({ ...(JSON.parse(body) as object), time, ...change });

describe("POST /webhooks/{pbx}", () => {
  it("queues a signed event as it was sent and answers 202 without a body", async () => {
    const { send, queued } = setUp();
    const answer = await send(body, signed(body));
    expect(answer).toEqual({ statusCode: 202, headers: { "Cache-Control": "no-store" } });
    expect(queued).toEqual([{ pbx: "milan", body }]);
  });
  it.each([
    ["the other header", signed(body, "X-Wildix-Signature"), {}],
    ["a prefix", { "x-signature": `sha256=${signWebhook(Buffer.from(body), secret)}` }, {}],
    ["no content type", { "x-signature": signWebhook(Buffer.from(body), secret) }, {}],
    ["a character set", { ...signed(body), "content-type": "application/json; charset=utf-8" }, {}],
    ["base64 by API Gateway", signed(body), { base64: true }],
  ])("takes %s", async (_, headers, options) => {
    const { send, queued } = setUp();
    expect(await send(body, headers, options)).toMatchObject({ statusCode: 202 });
    expect(queued).toEqual([{ pbx: "milan", body }]);
  });

  it("has at least 100 hostile webhooks to refuse", () =>
    expect(new Set(hostile.webhooks.map(({ why }) => why)).size).toBeGreaterThanOrEqual(100));
  it.each(hostile.webhooks.map((each) => [each.why, each] as const))(
    "refuses before any parser: %s",
    async (_, { pbx, headers, body: sent = body, filler, fill = "x", signed_with, sent_as_is, status }) => {
      const { send, queued, lines } = setUp();
      const bytes = filler === undefined ? sent : fill.repeat(filler);
      const own =
        signed_with === undefined ? {} : { "x-signature": signWebhook(Buffer.from(bytes), signed_with) };
      const answer = await send(
        bytes,
        { ...headers, ...own },
        { pbx, base64: sent_as_is ?? false, asIs: true },
      );
      expect(answer).toMatchObject({
        statusCode: status,
        body: expect.stringContaining(codes[status] ?? "?"),
      });
      expect(queued).toEqual([]);
      expect(readEvent).not.toHaveBeenCalled();
      expect(JSON.stringify([answer, lines])).not.toContain(secret);
    },
  );
  it("answers the same to an unknown PBX, a PBX without secrets and a wrong signature", async () => {
    const wrong = { ...signed(body), "x-signature": "0".repeat(64) };
    const answers = await Promise.all(
      ["milan", "rome", "broken", "unknown"].map((pbx) => setUp().send(body, wrong, { pbx })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ statusCode: 401 });
  });
  it("reads no secret for a request without the form of a signature", async () => {
    const { send, reads, counts } = setUp();
    await send(body);
    await send(body, { "x-signature": "abc" });
    await send(body, signed(body), { pbx: "../milan" });
    expect(reads).toEqual([]);
    expect(counts).toEqual(Array.from({ length: 3 }, () => ({ requests_unauthorized: 1 })));
  });
  it("reads the secret of an unknown PBX once in five minutes, as that of a known one", async () => {
    const { send, reads } = setUp();
    for (let n = 0; n < 5; n++) await send(body, signed(body), { pbx: "unknown" });
    expect(reads).toEqual(["unknown"]);
  });
  it("takes a secret that was added 30 seconds after it last read", async () => {
    const changing = new Map(secrets);
    const { send, clock, reads } = setUp(changing);
    const text = at(sentAt + 60_000);
    expect(await send(text, signed(text), { pbx: "turin" })).toMatchObject({ statusCode: 401 });
    changing.set("turin", JSON.stringify({ ...connection, webhook_secrets: [secret] }));
    expect(await send(text, signed(text), { pbx: "turin" })).toMatchObject({ statusCode: 401 });
    clock.at += 30_000;
    expect(await send(text, signed(text), { pbx: "turin" })).toMatchObject({ statusCode: 202 });
    expect(reads).toEqual(["turin", "turin"]);
  });

  it.each([
    ["unreadable", "half of JSON", () => body.slice(0, -1)],
    ["unreadable", "a list", () => "[]"],
    ["unreadable", "an event without an id", () => at(sentAt, { id: undefined })],
    ["untimely", "older than 24 hours", (now: number) => at(now - 86_400_001)],
    ["untimely", "more than five minutes ahead", (now: number) => at(now + 300_001)],
  ])("answers 202 and counts as %s what is signed and %s", async (received, _, text) => {
    const { send, queued, counts, clock } = setUp();
    const sent = text(clock.now());
    expect(await send(sent, signed(sent))).toMatchObject({ statusCode: 202 });
    expect(queued).toEqual([]);
    expect(counts).toEqual([{ [`webhooks_${received}`]: 1 }]);
  });
  it("answers 503 while the queue is down, so that the PBX sends again", async () => {
    const { send, queue, queued, counts } = setUp();
    queue.down = true;
    expect(await send(body, signed(body))).toMatchObject({ statusCode: 503 });
    expect(counts).toEqual([{ requests_failed: 1 }]);
    queue.down = false;
    expect(await send(body, signed(body))).toMatchObject({ statusCode: 202 });
    expect(queued).toHaveLength(1);
  });
});
