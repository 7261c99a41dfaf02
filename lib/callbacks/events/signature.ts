import { createHmac, timingSafeEqual } from "node:crypto";

/** HMAC-SHA256 in hex. One receiver of these webhooks strips the prefix, so a sender may write it. */
const form = /^(?:sha256=)?([0-9a-f]{64})$/i;

/** Takes the place of the secrets of a PBX that has none, so that the work is the same. */
const noSecret = "no secret";
/** A PBX has two secrets while one replaces the other. */
const usualSecrets = 2;

/** The bytes of a signature; undefined if the text is not one. */
export const readSignature = (text: string | undefined): Buffer | undefined => {
  const hex = text?.trim().match(form)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex, "hex");
};

/**
 * Whether one of the secrets signed these bytes. Every secret is tried, and at least two are, so that the time says neither which
 * one matched nor whether there is one.
 */
export const isSigned = (body: Uint8Array, signature: Buffer, secrets: readonly string[]): boolean => {
  const padding = Array.from({ length: Math.max(0, usualSecrets - secrets.length) }, () => noSecret);
  const matches = (secret: string): boolean => timingSafeEqual(hmac(secret, body), signature);
  let found = false;
  for (const secret of secrets) found = matches(secret) || found;
  for (const secret of padding) matches(secret);
  return found;
};

/** The header X-Signature of a webhook: lower-case hex over the raw bytes. */
export const signWebhook = (body: Uint8Array, secret: string): string => hmac(secret, body).toString("hex");

const hmac = (secret: string, body: Uint8Array): Buffer => createHmac("sha256", secret).update(body).digest();
