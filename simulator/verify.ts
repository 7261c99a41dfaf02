import { createHash, timingSafeEqual } from "node:crypto";
import { decodeJwt, errors, jwtVerify } from "jose";
import { canonicalTexts, header, type ReadRequest, type Received } from "./php-wire.ts";

/** Who may use this PBX. */
export interface Accounts {
  readonly appId: string;
  readonly appName: string;
  readonly secret: string;
  readonly apiKey: string;
  readonly token: string;
  /** The application is known, but registered on another PBX of the network. */
  readonly foreignApp: boolean;
}

export type Verdict =
  | { readonly ok: true; readonly kind: string }
  | { readonly ok: false; readonly reason: string };
const no = (reason: string): Verdict => ({ ok: false, reason });

/**
 * Whether a request is let in. S2S: the token's signature, its times, its issuer, and the hash of what arrived
 * (documented by the official client; the texts of refusals are invented). `now` is epoch seconds.
 */
export const verify = async (
  received: Received,
  request: ReadRequest,
  accounts: Accounts,
  now: number,
): Promise<Verdict> => {
  const bearer =
    /^Bearer (.+)$/.exec(header(received, "authorization") ?? "")?.[1] ?? request.query.text("token");
  if (bearer === undefined) return no("No credentials");
  const appId = header(received, "x-app-id");
  if (appId === undefined) return plainBearer(bearer, accounts);
  if (appId === "" || appId !== accounts.appId) return no("Unknown application");
  if (accounts.foreignApp) return no("The application belongs to another PBX");
  const claims = await verifyToken(bearer, accounts.secret, now);
  if ("reason" in claims) return no(claims.reason);
  if (claims.iss !== accounts.appName) return no("Wrong application name");
  const sign = claims.sign;
  if (sign?.alg !== "sha256" || typeof sign.hash !== "string" || !Array.isArray(sign.headers))
    return no("The token does not sign the request");
  const names = sign.headers.map(String);
  if (
    !names.some((name) => name.toLowerCase() === "host") ||
    !names.some((name) => name.toLowerCase() === "x-app-id")
  ) {
    return no("Host and X-APP-ID are not signed");
  }
  const hash = sign.hash;
  const same = canonicalTexts(received, request, names).some(
    (text) => createHash("sha256").update(text, "utf8").digest("hex") === hash,
  );
  return same ? { ok: true, kind: "s2s" } : no("The request is not the one that was signed");
};

const plainBearer = (bearer: string, accounts: Accounts): Verdict => {
  if (equal(bearer, accounts.apiKey)) return { ok: true, kind: "api_key" };
  if (equal(bearer, accounts.token)) return { ok: true, kind: "token" };
  return no("Unknown token");
};

const equal = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

interface Claims {
  readonly iss?: unknown;
  readonly sign?: { readonly alg?: unknown; readonly hash?: unknown; readonly headers?: unknown };
}

const verifyToken = async (
  token: string,
  secret: string,
  now: number,
): Promise<Claims | { reason: string }> => {
  const key = await crypto.subtle.importKey(
    "raw",
    Buffer.from(secret, "utf8"),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  try {
    await jwtVerify(token, key, { algorithms: ["HS256"], currentDate: new Date(now * 1000) });
    const claims: Claims & { iat?: number } = decodeJwt(token);
    // the official client's JWT library refuses tokens from the future without any tolerance
    if (typeof claims.iat !== "number" || claims.iat > now) return { reason: "The token is not valid yet" };
    return claims;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { reason: "The token has expired" };
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return { reason: "Signature verification failed" };
    return { reason: "Malformed token" };
  }
};
