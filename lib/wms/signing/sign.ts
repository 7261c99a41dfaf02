import { createHash, type webcrypto } from "node:crypto";
import { SignJWT } from "jose";
import { authKinds } from "../auth-kinds.ts";
import type { Connection, HeaderPairs, SignedClaims, WireRequest, WmsRequest } from "../types.ts";
import { canonicalText } from "./canonical.ts";
import { checkCredentials, readHost } from "./host.ts";
import type { PhpArray, PhpNode } from "./php.ts";
import { crypto } from "./web-crypto.ts";
import { headerNameForToken, type Layout, layOut } from "./wire.ts";

/** Seconds for which a token is valid; the official client's value. */
const tokenLifetime = 300;

/**
 * Makes the request that the PBX accepts. Pure: sends nothing, reads no clock. `at` is epoch seconds.
 *
 * With S2S the PBX rebuilds the canonical text from what arrives and compares its SHA-256 with the one in the token
 * (claims iss, iat, exp, sign; HS256). With an API key or a simple token the request travels in the same form, unsigned.
 *
 * Throws WmsError before anything could be sent: WMS_HOST_INVALID, WMS_CREDENTIALS_INVALID, WMS_METHOD_INVALID,
 * WMS_PATH_INVALID, WMS_PARAM_INVALID, WMS_HEADER_INVALID; docs/signing.md lists what is refused and why.
 */
export const sign = async (connection: Connection, request: WmsRequest, at: number): Promise<WireRequest> => {
  const { origin, name } = readHost(connection.host.replace(/^\/+|\/+$/g, ""));
  const credential = checkCredentials(connection);
  const layout = layOut(request);
  const plain = {
    method: layout.method,
    url: origin + layout.target,
    origin,
    target: layout.target,
    body: layout.body,
  };
  if (connection.auth.kind !== "s2s") {
    const bearer = credential.get(authKinds[connection.auth.kind].secret) ?? "";
    return { ...plain, headers: wireHeaders(layout, name, [["Authorization", `Bearer ${bearer}`]]) };
  }

  const appId = credential.get("app_id") ?? "";
  const headers = signedHeaders(layout.headerArray, name, appId);
  const canonical = canonicalText(layout.method, layout.path, headers, layout.params, layout.bodyArray);
  const claims: SignedClaims = {
    iss: credential.get("app_name") ?? "",
    iat: at,
    exp: at + tokenLifetime,
    sign: {
      alg: "sha256",
      headers: [...headers.entries.keys()].map(headerNameForToken),
      hash: createHash("sha256").update(canonical, "utf8").digest("hex"),
    },
  };
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ typ: "JWT", alg: "HS256" })
    .sign(await hmacKey(credential.get("secret_key") ?? ""));
  const pairs: HeaderPairs = [
    ["X-APP-ID", appId],
    ["Authorization", `Bearer ${token}`],
  ];
  return { ...plain, headers: wireHeaders(layout, name, pairs), canonical, claims };
};

/** The caller's headers, then Host and X-APP-ID; the two overwrite the caller's in place. */
const signedHeaders = (given: PhpArray, host: string, appId: string): PhpArray => {
  const entries = new Map<string, PhpNode>(given.entries);
  entries.set("Host", host);
  entries.set("X-APP-ID", appId);
  return { entries, list: false };
};

const wireHeaders = (layout: Layout, host: string, auth: HeaderPairs): HeaderPairs => [
  ["Host", host],
  ...(layout.contentType === undefined ? [] : [["Content-Type", layout.contentType] as const]),
  ...layout.headers.filter(([name]) => name !== "Host" && name !== "X-APP-ID"),
  ...auth,
];

/** The last few secrets' keys: importing one costs as much as a signature. */
const keys = new Map<string, Promise<webcrypto.CryptoKey>>();
const keptKeys = 64;

const hmacKey = (secret: string): Promise<webcrypto.CryptoKey> => {
  const known = keys.get(secret);
  if (known) return known;
  const key = crypto.subtle.importKey(
    "raw",
    Buffer.from(secret, "utf8"),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  if (keys.size >= keptKeys) keys.clear();
  keys.set(secret, key);
  return key;
};
