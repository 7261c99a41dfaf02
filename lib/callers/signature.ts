import { createHmac } from "node:crypto";

/** What a caller's signature covers. */
export interface SignedParts {
  /** Epoch seconds, as X-Wildix-Timestamp has them. */
  readonly timestamp: string;
  readonly method: string;
  /** Path and query as they are sent. */
  readonly target: string;
  /** Empty where the header is absent. */
  readonly idempotencyKey: string;
  readonly body: Uint8Array;
}

/**
 * The HMAC-SHA256 behind `v1=` of X-Wildix-Signature. The parts stand on a line each and the body follows; no part but the body
 * can have a line break, so no two requests share a text. The idempotency key is in it, or who saw a request could send it
 * again under another one, and the phone would ring again.
 */
export const signatureOf = (key: string, parts: SignedParts): Buffer =>
  createHmac("sha256", key)
    .update(`${parts.timestamp}\n${parts.method}\n${parts.target}\n${parts.idempotencyKey}\n`)
    .update(parts.body)
    .digest();
