import * as z from "zod/mini";
import { defined } from "../defined.ts";
import { isError, ProductError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { isJsonObject } from "../wms/json.ts";
import { readWrittenJson } from "../written-json.ts";
import { type Caller, type KeyCap, keyCapNames, type Scope, scopes } from "./caller.ts";
import { hashOf, newKey, type RandomBytes } from "./key-text.ts";
import { type Mapping, mappingSchema } from "./mapping.ts";

/**
 * The store of the callers' keys. All keys are one text, so that one reading serves every request for a while. Adapters:
 * lib/aws/caller-keys.ts, lib/local/caller-keys.ts. Throws KEYS_UNAVAILABLE.
 */
export interface CallerKeys {
  /** The file or the secret, for messages. */
  readonly source: string;
  /** Undefined: no key exists yet, so every request is refused. */
  read(): Promise<StoredKeys | undefined>;
  /** Replaces the text of this version, or creates the first. False: another writer was faster, and nothing changed. */
  write(text: string, version: string | undefined): Promise<boolean>;
}

export interface StoredKeys {
  readonly text: string;
  readonly version: string;
}

const text = z.string().check(z.minLength(1), z.maxLength(100));
const time = z.iso.datetime({ error: "must be a time such as 2027-01-31T18:00:00Z." });
const allowed = z.union([z.literal("all"), z.array(text)], {
  error: 'must be "all", or a list of strings that are not empty.',
});
const cap = z.optional(z.int().check(z.minimum(1)));
const caps = Object.fromEntries(keyCapNames.map((name) => [name, cap])) as Record<KeyCap, typeof cap>;

/** The stored form of a secret; the older one of two ends at `until`. */
const proof = z.union(
  [
    /** Of a bearer key, in hex. */
    z.strictObject({
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits.")),
      until: z.optional(time),
    }),
    /** A key that signs, unhashed: checking an HMAC needs the key itself. */
    z.strictObject({ hmac_key: text, until: z.optional(time) }),
  ],
  { error: "must be an object with `sha256` or `hmac_key`, as `wildix key` writes it." },
);

const keySchema = z.strictObject({
  label: text,
  created: time,
  expires: z.optional(time),
  revoked: z.optional(time),
  scopes: z.array(z.enum(scopes)),
  pbxs: allowed,
  extensions: allowed,
  caps: z.optional(z.strictObject(caps)),
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
  /** True: requests are signed with the key, and it is never sent. */
  readonly signs: boolean;
}

const limits = {
  /** Size limit of a secret in Secrets Manager. */
  bytes: 65_536,
  /** Time for which an ended key stays in the list, ms. */
  remembered: 90 * 86_400_000,
  /** For one change. In each round at least one of the competing commands succeeds, so 20 simultaneous commands all succeed. */
  tries: 20,
};

/** Throws KEYS_INVALID that names the source, the key and the field, never a value. */
export const parseKeys = (json: string, source: string): Keys => {
  try {
    const value = readWrittenJson(json, (why) => unusable(source, why));
    // another file, for example that of PBXs: what is in it is not to be removed
    if (!isJsonObject(value) || !("keys" in value))
      throw unusable(
        source,
        'must have an object "keys", as `wildix key` writes it. Check that it is for API keys.',
      );
    return parseInput(keysSchema, value).keys;
  } catch (error) {
    if (!isError(error, "INPUT_INVALID")) throw error;
    const { field = "" } = error;
    const pointer = `\`/${field.replaceAll(".", "/")}\` in ${source}`;
    throw new ProductError("KEYS_INVALID", {
      field,
      detail: error.message.replace(`\`${field}\``, pointer),
    });
  }
};

const unusable = (source: string, detail: string): ProductError =>
  new ProductError("KEYS_INVALID", { detail: `\`${source}\` ${detail}` });

/** Changes the current keys; if another writer was faster, reads them and tries again. */
export const editKeys = async <T>(
  port: CallerKeys,
  now: number,
  edit: (keys: Keys) => { readonly keys: Keys; readonly result: T },
): Promise<T> => {
  for (let attempt = 0; attempt < limits.tries; attempt++) {
    const stored = await port.read();
    const { keys, result } = edit(stored === undefined ? {} : parseKeys(stored.text, port.source));
    const kept = Object.entries(keys).filter(([, key]) => now - endOf(key) < limits.remembered);
    const json = JSON.stringify({ keys: Object.fromEntries(kept) });
    if (Buffer.byteLength(json) > limits.bytes)
      throw new ProductError("KEYS_INVALID", {
        detail: `the callers' keys would have ${Buffer.byteLength(json)} bytes; a secret holds ${limits.bytes}. Revoke unused keys.`,
      });
    // one unreadable key would exclude all callers
    parseKeys(json, port.source);
    if (await port.write(json, stored?.version)) return result;
  }
  throw new ProductError("KEYS_UNAVAILABLE", {
    detail: "other commands changed the callers' keys during each attempt. Try again.",
  });
};

/** Adds a new key. Its text is not stored, unless the key signs. */
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
    ...defined({ expires: expires === undefined ? undefined : iso(expires) }),
    scopes: [...wanted.scopes],
    pbxs: pbxs === "all" ? pbxs : [...pbxs],
    extensions: extensions === "all" ? extensions : [...extensions],
    ...defined({ caps, mapping }),
    proofs: [proofOf(made.text, wanted.signs)],
  };
  return { keys: { ...keys, [made.id]: key }, result: made };
};

/** Gives a key a new secret. The current one is valid until `until`, epoch ms; an older one ends. Throws NOT_FOUND. */
export const rotateKey = (
  keys: Keys,
  id: string,
  until: number,
  random: RandomBytes,
): { readonly keys: Keys; readonly result: { readonly id: string; readonly text: string } } => {
  const key = currentKey(keys, id);
  const present = key.proofs.at(-1);
  const made = newKey(random, id);
  const proofs = [
    ...(present === undefined ? [] : [{ ...present, until: iso(until) }]),
    proofOf(made.text, signs(key)),
  ];
  return { keys: { ...keys, [id]: { ...key, proofs } }, result: made };
};

/** Ends a key and removes its secret; label and dates stay for a while. Throws NOT_FOUND. */
export const revokeKey = (
  keys: Keys,
  id: string,
  now: number,
): { readonly keys: Keys; readonly result: undefined } => {
  const { expires: _expires, caps: _caps, mapping: _mapping, ...kept } = currentKey(keys, id);
  const ended = { ...kept, revoked: iso(now), proofs: [] };
  return { keys: { ...keys, [id]: ended }, result: undefined };
};

/** Whether requests are signed with this key. */
export const signs = (key: StoredKey): boolean => key.proofs.some((each) => "hmac_key" in each);

/** Why a key is not valid now; undefined if it is valid. */
export const endedBecause = (key: StoredKey, now: number): string | undefined => {
  if (key.revoked !== undefined) return `was revoked at ${key.revoked}`;
  if (key.expires !== undefined && now >= Date.parse(key.expires)) return `expired at ${key.expires}`;
  return undefined;
};

export const toCaller = (id: string, key: StoredKey): Caller => ({
  id,
  scopes: new Set(scopes.filter((scope) => key.scopes.includes(scope))),
  pbxs: key.pbxs,
  extensions: key.extensions,
  ...defined({ caps: key.caps && defined(key.caps) }),
});

const currentKey = (keys: Keys, id: string): StoredKey => {
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
