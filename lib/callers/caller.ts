/** Rights of a caller, one for each kind of request; a key has some of them. */
export const scopes = ["calls:create", "calls:read", "history:read", "queues:read", "sounds:write"] as const;

/** A scope without a route, which keys created by earlier versions can have. */
export const retiredScopes = ["callbacks:write"] as const;

export type Scope = (typeof scopes)[number];

/** Limits on one caller's calls, in addition to those of the PBX. */
export interface CallerCaps {
  readonly perDay?: number;
  readonly perDestinationPerDay?: number;
  readonly perMinute?: number;
}

/** The sender of a request and its rights. */
export interface Caller {
  /** Written to records and audit lines; never a secret or a number. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly pbxs: readonly string[] | "all";
  readonly extensions: readonly string[] | "all";
  readonly caps?: CallerCaps;
}
