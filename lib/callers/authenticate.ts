import { timingSafeEqual } from "node:crypto";
import { ProductError } from "../errors.ts";
import type { Clock } from "../wms/clock.ts";
import type { Caller } from "./caller.ts";
import { hashOf, isKeyId, keyIn, readKey } from "./key-text.ts";
import type { Keyring } from "./keyring.ts";
import { endedBecause, type StoredKey, signs, toCaller } from "./keys.ts";
import type { Mapping } from "./mapping.ts";
import type { RawRequest } from "./raw-request.ts";
import { signatureOf } from "./signature.ts";

/** Largest difference between the time of a signed request and our clock, ms. */
const signatureWindow = 300_000;

export interface Authenticated {
  readonly caller: Caller;
  /** How the key's requests for calls are read, if they are not in our own form. */
  readonly mapping: Mapping | undefined;
  /** Whether the request was signed. A person who reads a signed request cannot change it, but can send it again. */
  readonly signed: boolean;
}

/** The key that a request names, and how to compare its proof with the stored one. */
interface Claim {
  readonly id: string;
  readonly signed: boolean;
  readonly given: Buffer;
  /** The value that `given` must have for a stored secret. */
  expect(secret: string): Buffer;
  /** Reason to refuse the request itself. */
  readonly wrong?: string;
}

/**
 * Who calls: by a bearer key (or the same as the password of Basic), or by an HMAC over the raw body. The caller
 * gets the same UNAUTHORIZED for every fault; the log has the reason. Throws KEYS_UNAVAILABLE and KEYS_INVALID too.
 */
export const authenticate = async (
  request: RawRequest,
  keys: Keyring,
  clock: Clock,
): Promise<Authenticated> => {
  const claim = claimOf(request, clock.now());
  if (typeof claim === "string") throw unauthorized(claim);
  const found = await keys.find(claim.id);
  const known = proves(claim, found, clock.now());
  const key = known ? found : ((await keys.findAgain(claim.id)) ?? found);
  // again only if the secrets changed: the number of comparisons must not depend on the request
  const changed = JSON.stringify(key?.proofs) !== JSON.stringify(found?.proofs);
  const proven = known || (changed && proves(claim, key, clock.now()));
  if (key === undefined) throw unauthorized(`no key has the id ${claim.id}`);
  const ended = endedBecause(key, clock.now());
  if (ended !== undefined) throw unauthorized(`the key ${claim.id} ${ended}`);
  if (claim.signed !== signs(key))
    throw unauthorized(
      `the key ${claim.id} ${claim.signed ? "is not a key for signing, but the request is signed with it" : "is a key for signing, and must never be sent: rotate it"}`,
    );
  if (claim.wrong !== undefined) throw unauthorized(`the key ${claim.id}: ${claim.wrong}`);
  if (!proven)
    throw unauthorized(`the key ${claim.id}: ${claim.signed ? "wrong signature" : "wrong secret"}`);
  return { caller: toCaller(claim.id, key), mapping: key.mapping, signed: claim.signed };
};

/** The number of comparisons and of bytes is the same for every claim, even if the id is unknown. */
const proves = (claim: Claim, key: StoredKey | undefined, now: number): boolean => {
  let proven = false;
  for (const slot of [0, 1]) {
    const proof = key?.proofs[slot];
    const live = proof !== undefined && (proof.until === undefined || now < Date.parse(proof.until));
    const secret = live ? secretOf(proof, claim.signed) : undefined;
    const equal = timingSafeEqual(claim.given, claim.expect(secret ?? noSecret));
    proven = (equal && secret !== undefined) || proven;
  }
  return proven;
};

const noSecret = "0".repeat(64);

/** Undefined if the proof is for the other kind of credentials. */
const secretOf = (proof: StoredKey["proofs"][number], signed: boolean): string | undefined => {
  if ("hmac_key" in proof) return signed ? proof.hmac_key : undefined;
  return signed ? undefined : proof.sha256;
};

/** The claim of a request, or the reason why it has none. */
const claimOf = (request: RawRequest, now: number): Claim | string => {
  const inUrl = [request.target, ...Object.values(request.query)].map(keyIn).find((id) => id !== undefined);
  if (inUrl !== undefined)
    return `the URL contains a key, and URLs are written to logs: revoke ${inUrl === "" ? "the key" : inUrl}`;
  const authorization = request.header("authorization");
  const signature = request.header("x-wildix-signature");
  if (authorization !== undefined && signature !== undefined) return "two kinds of credentials";
  if (signature !== undefined) return signedClaim(request, signature, now);
  if (authorization !== undefined) return bearerClaim(authorization);
  return "no credentials";
};

const bearerClaim = (authorization: string): Claim | string => {
  const key = readKey(bearerOf(authorization));
  if (key === undefined)
    return "the credentials are not a key, or the key is incomplete or has a typing error";
  return {
    id: key.id,
    signed: false,
    given: hashOf(key.text),
    expect: (sha256) => Buffer.from(sha256, "hex"),
  };
};

/** Some CRMs support only Basic: the key is the password, with any user name. */
const bearerOf = (authorization: string): string => {
  const [, scheme = "", credentials = ""] = /^(bearer|basic) +(\S+) *$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return credentials;
  return Buffer.from(credentials, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
};

const signedClaim = (request: RawRequest, signature: string, now: number): Claim | string => {
  const id = request.header("x-wildix-key") ?? "";
  const timestamp = request.header("x-wildix-timestamp") ?? "";
  const hex = /^v1=([0-9a-f]{64})$/i.exec(signature)?.[1];
  if (!isKeyId(id)) return "X-Wildix-Key must be the id of a key";
  if (hex === undefined) return `the key ${id}: X-Wildix-Signature is not v1= and 64 hex digits`;
  if (!/^\d{1,12}$/.test(timestamp)) return `the key ${id}: X-Wildix-Timestamp must be epoch seconds`;
  const apart = Number(timestamp) * 1000 - now;
  const parts = {
    timestamp,
    method: request.method,
    target: request.target,
    idempotencyKey: request.header("idempotency-key") ?? "",
    body: request.body,
  };
  return {
    id,
    signed: true,
    given: Buffer.from(hex, "hex"),
    expect: (secret) => signatureOf(secret, parts),
    ...(Math.abs(apart) <= signatureWindow
      ? {}
      : { wrong: `signed ${Math.abs(apart) / 1000} s ${apart < 0 ? "ago" : "ahead of the server's clock"}` }),
  };
};

const unauthorized = (why: string): ProductError =>
  new ProductError("UNAUTHORIZED", {
    detail: "the request has no valid key or signature",
    cause: new Error(why),
  });
