import type { HeaderPairs, Method } from "../types.ts";

/** What goes onto an open connection. */
export interface Outgoing {
  readonly target: string;
  readonly headers: HeaderPairs;
  readonly body: string;
}

export interface Exchange {
  readonly method: Method;
  /** Scheme, host name and port to connect to. */
  readonly origin: string;
  /** For everything: DNS, connection, request, answer's head and body. */
  readonly timeoutMs: number;
  /** A dedicated connection (originate): a reused one can be half closed and lose the answer. */
  readonly dedicated?: boolean;
  readonly signal?: AbortSignal;
  /** Called when the connection is open: the request is signed then, so that no token ages while connecting. */
  readonly prepare: () => Promise<Outgoing>;
  /**
   * Called in the same tick as, and directly before, the first byte. False: `prepare` is called again (the process
   * was frozen in between). A throw: nothing is sent, and what was thrown is the cause.
   */
  readonly confirm?: () => boolean;
}

/**
 * `notSent`: proof that no byte of the request left. `maybeSent`: some byte may have, so the PBX may have acted.
 * A response's body throws when the connection is lost or the deadline passes.
 */
export type TransportResult =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: HeaderPairs;
      readonly body: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: "notSent" | "maybeSent"; readonly cause: unknown };

/** The one way to a PBX. Never follows a redirect, never retries, never throws. */
export type Transport = (exchange: Exchange) => Promise<TransportResult>;
