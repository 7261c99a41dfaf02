/** Rights of a caller, one for each kind of request; a key has some of them. */
export const scopes = [
  "calls:create",
  "calls:read",
  "callbacks:read",
  "callbacks:write",
  "history:read",
  "queues:read",
  "sounds:write",
] as const;

export type Scope = (typeof scopes)[number];

/**
 * The caps that a key can have, in addition to those of the PBX, with the words after "calls". A new cap is added here,
 * and counted in lib/calls/guard/caps.ts.
 */
export const keyCaps = {
  per_day: "a day",
  per_destination_per_day: "a day to one number",
  per_minute: "a minute",
} as const;

export type KeyCap = keyof typeof keyCaps;
export const keyCapNames = Object.keys(keyCaps) as KeyCap[];

/** Limits on one caller's calls. */
export type CallerCaps = { readonly [Name in KeyCap]?: number };

/** The sender of a request and its rights. */
export interface Caller {
  /** Written to records and audit lines; never a secret or a number. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly pbxs: readonly string[] | "all";
  readonly extensions: readonly string[] | "all";
  readonly caps?: CallerCaps;
}
