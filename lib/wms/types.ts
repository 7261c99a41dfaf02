import type { Auth } from "./auth-kinds.ts";

/** A value that a WMS parameter can have. Numbers travel as text; see docs/signing.md for what is refused. */
export type WmsValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly WmsValue[]
  | WmsParams;
export interface WmsParams {
  readonly [name: string]: WmsValue;
}

/** Where a PBX answers, and how to prove who asks. `host` is an https origin; http only on loopback. */
export interface Connection {
  readonly host: string;
  readonly auth: Auth;
}

/** WMS takes the first four; the others are signed the same way. */
export type Method = "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS";

/** Header names and values in order, as they travel. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** One request as a caller says it: the official client's get, post, put and delete take the same things. */
export interface WmsRequest {
  readonly method: Method;
  /** API path such as `/api/v1/PBX/CallHistory/`; a query string in it is parsed and signed. */
  readonly path: string;
  readonly params?: WmsParams;
  readonly body?: WmsParams;
  /** Sent and, with S2S, signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the body travels. Default: `json` if a Content-Type header says so, else `form`. */
  readonly as?: "form" | "json";
}

/** A request as it travels. `canonical` and `claims` are there for S2S only: what was hashed, what the token says. */
export interface WireRequest {
  readonly method: Method;
  /** Origin and target, for people to read; the transport uses `origin` and `target`. */
  readonly url: string;
  /** Scheme, host name and port to connect to. */
  readonly origin: string;
  /** The request line's target, byte for byte (ASCII). */
  readonly target: string;
  /** Host first, without a port; Authorization included. */
  readonly headers: HeaderPairs;
  /** UTF-8 text; empty for no body. */
  readonly body: string;
  readonly canonical?: string;
  readonly claims?: SignedClaims;
}

export interface SignedClaims {
  readonly iss: string;
  /** Epoch seconds. */
  readonly iat: number;
  /** `iat` + 300. */
  readonly exp: number;
  readonly sign: {
    readonly alg: "sha256";
    readonly headers: readonly (string | number)[];
    readonly hash: string;
  };
}
