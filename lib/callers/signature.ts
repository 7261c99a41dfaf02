import { createHmac } from "node:crypto";

/** The parts that a signature covers. */
export interface SignedParts {
  /** Epoch seconds, from X-Wildix-Timestamp. */
  readonly timestamp: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Empty if the header is absent. */
  readonly idempotencyKey: string;
  readonly body: Uint8Array;
}

/**
 * The HMAC-SHA256 after `v1=` in X-Wildix-Signature, over the parts, one a line, and the body. Only the body can contain a line
 * break, so two different requests never have the same text. The text includes the idempotency key: without it, a person who sees
 * a request could send it again under another key, and the phone would ring again.
 */
export const signatureOf = (key: string, parts: SignedParts): Buffer =>
  createHmac("sha256", key)
    .update(`${parts.timestamp}\n${parts.method}\n${parts.target}\n${parts.idempotencyKey}\n`)
    .update(parts.body)
    .digest();
