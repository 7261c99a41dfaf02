import { describe, expect, it } from "vitest";
import type { VerifiedEvent } from "../../../lib/callbacks/events/event-queue.ts";
import {
  largestWebhook,
  type Webhook,
  webhookReceiver,
} from "../../../lib/callbacks/events/receive-webhook.ts";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import { ProductError } from "../../../lib/errors.ts";
import { fakeClock } from "../../support/scripted.ts";

const secret = "demoWebhookSecret0123456789ABC";
const now = 1772100000000;
const event = (change: object = {}): string =>
  JSON.stringify({ id: "x", type: "call:completed", time: now, data: {}, ...change });

const setUp = () => {
  const queued: VerifiedEvent[] = [];
  const read: string[] = [];
  const fails: { queue?: Error } = {};
  const receive = webhookReceiver({
    clock: fakeClock(now),
    registry: {
      readText: async (id) => {
        read.push(id);
        if (id !== "milan") throw new ProductError("PBX_UNKNOWN", { detail: "x" });
        return JSON.stringify({
          host: "https://pbx.example.com",
          token: "t",
          webhook_secrets: ["oldSecret", secret],
          sqs_signing_key: "keyOfSqs",
        });
      },
    },
    events: {
      send: async (sent) => {
        if (fails.queue) throw fails.queue;
        queued.push(sent);
      },
    },
  });
  const post = (body: string | Buffer, change: Partial<Webhook> & { by?: string } = {}) => {
    const bytes = Buffer.from(body as string);
    const { by = secret, ...webhook } = change;
    const signature = signWebhook(bytes, by);
    return receive({ pbx: "milan", signature, contentType: "application/json", body: bytes, ...webhook });
  };
  return { queued, read, fails, post };
};

/** An event of exactly so many bytes. */
const eventOf = (size: number): string => {
  const empty = event({ data: "" });
  return event({ data: "x".repeat(size - empty.length) });
};

describe("a webhook", () => {
  it("is queued with the PBX of its path and its text as it was sent", async () => {
    const { queued, post } = setUp();
    const body = `{ "time": ${now}, "id": "Zoë", "type": "call:end" }\n`;
    expect(await post(body)).toBe("queued");
    expect(queued).toEqual([{ pbx: "milan", body }]);
  });
  it("is queued if any of the PBX's secrets signed it", async () => {
    const { queued, post } = setUp();
    expect(await post(event(), { by: "oldSecret" })).toBe("queued");
    expect(queued).toHaveLength(1);
  });

  const unsigned: [string, Partial<Webhook> & { by?: string }][] = [
    ["no signature", { signature: undefined }],
    ["a signature of another form", { signature: "sha1=00" }],
    ["a PBX id that no PBX can have", { pbx: "../milan" }],
    ["a PBX id of 64 characters", { pbx: "m".repeat(64) }],
  ];
  it.each(unsigned)("with %s is unauthorized, and no secret is read", async (_, change) => {
    const { queued, read, post } = setUp();
    expect(await post(event(), change)).toBe("unauthorized");
    expect([read, queued]).toEqual([[], []]);
  });
  it.each<[string, Partial<Webhook> & { by?: string }]>([
    ["by another secret", { by: "another" }],
    ["by the key of the SQS transport", { by: "keyOfSqs" }],
    ["of an unknown PBX", { pbx: "rome" }],
    ["of an unknown PBX with an id of 63 characters", { pbx: "m".repeat(63) }],
    ["over another text", { signature: signWebhook(Buffer.from(`${event()} `), secret) }],
  ])("%s is unauthorized after the secrets were read", async (_, change) => {
    const { queued, read, post } = setUp();
    expect(await post(event(), change)).toBe("unauthorized");
    expect([read.length, queued]).toEqual([1, []]);
  });
  it("without a valid signature is unauthorized whatever else is wrong with it", async () => {
    const { post } = setUp();
    expect(await post("{", { by: "another", contentType: "text/plain" })).toBe("unauthorized");
  });

  it("of 256 KiB is queued", async () => {
    const { queued, post } = setUp();
    expect(await post(eventOf(largestWebhook))).toBe("queued");
    expect(queued).toHaveLength(1);
  });
  it("of one byte more is too large, and no secret is read", async () => {
    const { queued, read, post } = setUp();
    expect(await post(eventOf(largestWebhook + 1))).toBe("too_large");
    expect([read, queued]).toEqual([[], []]);
  });

  it.each([
    undefined,
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/cloudevents+json",
  ])("with the content type %s is queued", async (contentType) => {
    const { post } = setUp();
    expect(await post(event(), { contentType })).toBe("queued");
  });
  it.each(["", "text/plain", "application/jsonx", "text/application/json", "application/xml"])(
    "with the content type %j is refused before it is parsed",
    async (contentType) => {
      const { queued, post } = setUp();
      expect(await post("{", { contentType })).toBe("wrong_type");
      expect(queued).toEqual([]);
    },
  );

  it.each([
    ["half of JSON", "unreadable", "{"],
    ["no type", "unreadable", event({ type: undefined })],
    ["a time 24 hours ago", "queued", event({ time: now - 86_400_000 })],
    ["a time before that", "untimely", event({ time: now - 86_400_001 })],
    ["a time 5 minutes ahead", "queued", event({ time: now + 300_000 })],
    ["a time after that", "untimely", event({ time: now + 300_001 })],
  ])("that is signed and has %s is %s", async (_, word, body) => {
    const { queued, post } = setUp();
    expect(await post(body)).toBe(word);
    expect(queued).toHaveLength(word === "queued" ? 1 : 0);
  });
  it("fails if the queue does not take it, so that the PBX sends it again", async () => {
    const { fails, post } = setUp();
    fails.queue = new ProductError("QUEUE_UNAVAILABLE", { detail: "down" });
    await expect(post(event())).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  });
});
