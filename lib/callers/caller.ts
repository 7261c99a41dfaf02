/** What a caller may do; a key carries some of them. */
export const scopes = [
  "calls:create",
  "calls:read",
  "history:read",
  "queues:read",
  "sounds:write",
  "callbacks:write",
] as const;
export type Scope = (typeof scopes)[number];

/** Bounds on one caller's calls, beside those of the PBX. */
export interface CallerCaps {
  readonly perDay?: number;
  readonly perDestinationPerDay?: number;
  readonly perMinute?: number;
}

/** Who asks, as far as the handlers need to know. Whoever proves an identity (a key, IAM, the command) makes one. */
export interface Caller {
  /** Stands in records and audit lines; never a secret, never a number. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly pbxs: readonly string[] | "all";
  readonly extensions: readonly string[] | "all";
  readonly caps?: CallerCaps;
}
