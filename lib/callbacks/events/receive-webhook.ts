import { isPbxId } from "../../pbxs/registry.ts";
import { isTimely, readEvent } from "./envelope.ts";
import type { EventQueue } from "./event-queue.ts";
import { isSigned, readSignature } from "./signature.ts";
import { type SecretPorts, signingKeys } from "./signing-keys.ts";

export interface WebhookPorts extends SecretPorts {
  readonly events: EventQueue;
}

/** A webhook before its sender is known. */
export interface Webhook {
  /** As the path names it. */
  readonly pbx: string;
  readonly signature: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** What became of a webhook. Only `queued` has an effect. */
export type ReceivedWebhook =
  | "unauthorized"
  | "too_large"
  | "wrong_type"
  | "unreadable"
  | "untimely"
  | "queued";

/** SQS takes four times as much. */
export const largestWebhook = 256 * 1024;

const json = /^application\/(?:[a-z.+-]*\+)?json\b/i;

/**
 * Checks a webhook and queues it. The order protects what comes after it: without a signature by a secret of the PBX, no parser
 * and no queue sees the body; without the form of one, no secret is read. Throws REGISTRY_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const webhookReceiver = (ports: WebhookPorts) => {
  const isByPbx = signingKeys(ports);
  return async (webhook: Webhook): Promise<ReceivedWebhook> => {
    const { pbx, body } = webhook;
    const signature = readSignature(webhook.signature);
    if (signature === undefined || !isPbxId(pbx)) return "unauthorized";
    if (body.length > largestWebhook) return "too_large";
    if (!(await isByPbx(pbx, (keys) => isSigned(body, signature, keys.webhook)))) return "unauthorized";
    if (webhook.contentType !== undefined && !json.test(webhook.contentType)) return "wrong_type";
    const text = body.toString("utf8");
    const event = readEvent(text);
    if (event === undefined) return "unreadable";
    if (!isTimely(event, ports.clock.now())) return "untimely";
    await ports.events.send({ pbx, body: text });
    return "queued";
  };
};
