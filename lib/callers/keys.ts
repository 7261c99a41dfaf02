import * as z from "zod/mini";
import { ProductError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { CodedError } from "../wms/errors.ts";
import { parseJson } from "../wms/json.ts";
import { type Caller, retiredScopes, type Scope, scopes } from "./caller.ts";
import { hashOf, newKey, type RandomBytes } from "./key-text.ts";
import { type Mapping, mappingSchema } from "./mapping.ts";

/**
 * Where the callers' keys lie: one text for all of them, since they are few, and one reading then serves every request for a
 * while. Adapters: lib/aws/caller-keys.ts, lib/local/caller-keys.ts. Throws KEYS_UNAVAILABLE.
 */
export interface CallerKeys {
  /** Undefined: there are none yet, and nobody may call. */
  read(): Promise<StandingKeys | undefined>;
  /** Replaces what `read` gave; without `version` there was nothing. False: somebody else wrote since, and nothing changed. */
  write(text: string, version: string | undefined): Promise<boolean>;
}

export interface StandingKeys {
  readonly text: string;
  readonly version: string;
}

const text = z.string().check(z.minLength(1), z.maxLength(100));
const time = z.iso.datetime();
const allowed = z.union([z.literal("all"), z.array(text)]);
const cap = z.optional(z.int().check(z.minimum(1)));

/** What a caller's secret is compared with; the older one of two ends at `until`. */
const proof = z.union([
  /** Of a bearer key, in hex. */
  z.strictObject({ sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)), until: z.optional(time) }),
  /** A key that signs, as it is: whoever checks an HMAC needs what made it. */
  z.strictObject({ hmac_key: text, until: z.optional(time) }),
]);

const keySchema = z.strictObject({
  label: text,
  created: time,
  expires: z.optional(time),
  revoked: z.optional(time),
  scopes: z.array(z.enum([...scopes, ...retiredScopes])),
  pbxs: allowed,
  extensions: allowed,
  caps: z.optional(z.strictObject({ per_day: cap, per_destination_per_day: cap, per_minute: cap })),
  mapping: z.optional(mappingSchema),
  proofs: z.array(proof).check(z.maxLength(2)),
});

const keysSchema = z.strictObject({ keys: z.record(z.string(), keySchema) });

export type StoredKey = z.infer<typeof keySchema>;
export type Keys = Readonly<Record<string, StoredKey>>;

export interface WantedKey {
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly pbxs: readonly string[] | "all";
  readonly extensions: readonly string[] | "all";
  readonly caps?: StoredKey["caps"];
  /** Epoch ms. */
  readonly expires?: number;
  readonly mapping?: Mapping;
  /** True: requests are signed with it, and it never travels. */
  readonly signs: boolean;
}

const limits = {
  /** What a secret of Secrets Manager holds. */
  bytes: 65_536,
  /** An ended key stays in the list for so long, ms. */
  remembered: 90 * 86_400_000,
  tries: 5,
};

/** Throws KEYS_INVALID that names the key and the field, and never a value. */
export const parseKeys = (json: string): Keys => {
  try {
    return parseInput(keysSchema, parseJson(json)).keys;
  } catch (error) {
    const known = error instanceof CodedError;
    throw new ProductError("KEYS_INVALID", {
      detail: `the callers' keys: ${known ? error.message : "are no JSON"}`,
      ...(known && error.field !== undefined ? { field: error.field } : {}),
    });
  }
};

/** Changes the keys as they stand; where somebody else was quicker, tries on what stands then. */
export const editKeys = async <T>(
  port: CallerKeys,
  now: number,
  edit: (keys: Keys) => { readonly keys: Keys; readonly result: T },
): Promise<T> => {
  for (let attempt = 0; attempt < limits.tries; attempt++) {
    const standing = await port.read();
    const { keys, result } = edit(standing === undefined ? {} : parseKeys(standing.text));
    const kept = Object.entries(keys).filter(([, key]) => now - endOf(key) < limits.remembered);
    const json = JSON.stringify({ keys: Object.fromEntries(kept) });
    if (Buffer.byteLength(json) > limits.bytes)
      throw new ProductError("KEYS_INVALID", {
        detail: `the callers' keys would have ${Buffer.byteLength(json)} bytes; a secret holds ${limits.bytes}. Revoke keys that nobody uses.`,
      });
    // what is written has to be readable: one wrong key would shut all callers out
    parseKeys(json);
    if (await port.write(json, standing?.version)) return result;
  }
  throw new ProductError("KEYS_UNAVAILABLE", { detail: "the callers' keys: others keep changing them" });
};

/** A new key among the others; its text is shown once and stored nowhere, unless it signs. */
export const addKey = (
  keys: Keys,
  wanted: WantedKey,
  now: number,
  random: RandomBytes,
): { readonly keys: Keys; readonly result: { readonly id: string; readonly text: string } } => {
  const made = newKey(random);
  const { label, pbxs, extensions, caps, expires, mapping } = wanted;
  const key: StoredKey = {
    label,
    created: iso(now),
    ...(expires === undefined ? {} : { expires: iso(expires) }),
    scopes: [...wanted.scopes],
    pbxs: pbxs === "all" ? pbxs : [...pbxs],
    extensions: extensions === "all" ? extensions : [...extensions],
    ...(caps === undefined ? {} : { caps }),
    ...(mapping === undefined ? {} : { mapping }),
    proofs: [proofOf(made.text, wanted.signs)],
  };
  return { keys: { ...keys, [made.id]: key }, result: made };
};

/** Another secret for a key; the present one is good until `until`, epoch ms, and an older one no more. Throws NOT_FOUND. */
export const rotateKey = (
  keys: Keys,
  id: string,
  until: number,
  random: RandomBytes,
): { readonly keys: Keys; readonly result: { readonly id: string; readonly text: string } } => {
  const key = standing(keys, id);
  const present = key.proofs.at(-1);
  const made = newKey(random, id);
  const proofs = [
    ...(present === undefined ? [] : [{ ...present, until: iso(until) }]),
    proofOf(made.text, signs(key)),
  ];
  return { keys: { ...keys, [id]: { ...key, proofs } }, result: made };
};

/** Ends a key; what it was called and when it ended stays for a while, its secret does not. Throws NOT_FOUND. */
export const revokeKey = (
  keys: Keys,
  id: string,
  now: number,
): { readonly keys: Keys; readonly result: undefined } => {
  const { expires: _expires, caps: _caps, mapping: _mapping, ...kept } = standing(keys, id);
  const ended = { ...kept, revoked: iso(now), proofs: [] };
  return { keys: { ...keys, [id]: ended }, result: undefined };
};

/** Whether requests are signed with this key. */
export const signs = (key: StoredKey): boolean => key.proofs.some((each) => "hmac_key" in each);

/** Why a key is good for nothing now; undefined where it is good. */
export const endedBecause = (key: StoredKey, now: number): string | undefined => {
  if (key.revoked !== undefined) return `was revoked at ${key.revoked}`;
  if (key.expires !== undefined && now >= Date.parse(key.expires)) return `expired at ${key.expires}`;
  return undefined;
};

export const toCaller = (id: string, key: StoredKey): Caller => {
  const { per_day, per_destination_per_day, per_minute } = key.caps ?? {};
  return {
    id,
    scopes: new Set(scopes.filter((scope) => key.scopes.includes(scope))),
    pbxs: key.pbxs,
    extensions: key.extensions,
    ...(key.caps === undefined
      ? {}
      : {
          caps: {
            ...(per_day === undefined ? {} : { perDay: per_day }),
            ...(per_destination_per_day === undefined
              ? {}
              : { perDestinationPerDay: per_destination_per_day }),
            ...(per_minute === undefined ? {} : { perMinute: per_minute }),
          },
        }),
  };
};

const standing = (keys: Keys, id: string): StoredKey => {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  if (key !== undefined && key.revoked === undefined) return key;
  throw new ProductError("NOT_FOUND", {
    field: "id",
    detail: key === undefined ? `no key has the id ${id}` : `the key ${id} was revoked`,
  });
};

const endOf = (key: StoredKey): number =>
  Math.min(
    ...[key.revoked, key.expires].map((end) =>
      end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end),
    ),
  );

const proofOf = (text: string, signing: boolean): StoredKey["proofs"][number] =>
  signing ? { hmac_key: text } : { sha256: hashOf(text).toString("hex") };

const iso = (ms: number): string => new Date(ms).toISOString();
