import { defined } from "../../lib/defined.ts";
import { ProductError } from "../../lib/errors.ts";
import { maskText } from "../../lib/mask.ts";
import { parseSecret } from "../../lib/pbxs/secret.ts";
import {
  type AuthKind,
  authFields,
  authKindNames,
  authKinds,
  secretAuthFields,
} from "../../lib/wms/auth-kinds.ts";
import { isJsonObject, parseJson } from "../../lib/wms/json.ts";
import { readWrittenJson } from "../../lib/written-json.ts";
import { UsageError } from "../terminal/output.ts";
import { changedEventKey, type EventKey, type EventKeyChange, eventKeys } from "./event-keys.ts";

type Json = Readonly<Record<string, unknown>>;

/** A PBX's secret before it is written, as JSON, and the tags that say whether its history is exported. */
export interface Draft {
  readonly secret: Json;
  /** IANA zone; undefined: the history is not exported. */
  readonly timezone: string | undefined;
  /** False pauses the export. */
  readonly exported: boolean;
  /** Customer under whose prefix the exports are. */
  readonly customer?: string | undefined;
}

/** Wanted changes; a part that is undefined stays. */
export interface Wish {
  readonly host?: string;
  readonly appId?: string;
  readonly appName?: string;
  readonly auth?: AuthKind;
  /** The secret key of this kind of credentials. */
  readonly key?: string;
  readonly credentialsFrom?: string;
  readonly expiresAt?: string;
  /** Changes of the keys that sign the PBX's events. `drop-old` has no value. */
  readonly eventKeys?: Readonly<
    Partial<Record<EventKey, { readonly change: EventKeyChange; readonly typed: string }>>
  >;
  /** Merged into the current ones; null removes one. */
  readonly settings?: Json;
  /** An empty string removes it. */
  readonly timezone?: string;
  readonly exported?: boolean;
  /** An empty string removes it. */
  readonly customer?: string;
}

export const credentialKeys: readonly string[] = [...authFields, "credentials_from"];

/** The kind of the current credentials; S2S if there are none yet. */
export const authOf = (secret: Json | undefined): AuthKind =>
  authKindNames.find((kind) => secret?.[authKinds[kind].secret] !== undefined) ?? "s2s";

/** The edited secret with the wanted changes. Another kind of credentials removes the current ones. */
export const wished = (before: Draft | undefined, wish: Wish): Draft => {
  const current = before?.secret;
  const auth = wish.auth ?? authOf(current);
  const borrowed = current?.["credentials_from"] !== undefined;
  const moves =
    wish.credentialsFrom !== undefined ||
    (current !== undefined && auth !== authOf(current)) ||
    (borrowed && wish.key !== undefined);
  const kept = Object.entries(current ?? {}).filter(([key]) => !(moves && credentialKeys.includes(key)));
  const signing = eventKeys.flatMap((name) => {
    const wanted = wish.eventKeys?.[name];
    return wanted === undefined
      ? []
      : [[name, changedEventKey(name, current?.[name], wanted.change, wanted.typed)] as const];
  });
  const settings = mergeSettings(current?.["settings"], wish.settings);
  const edited = defined({
    ...Object.fromEntries(kept),
    ...defined({
      host: wish.host,
      app_id: wish.appId,
      app_name: wish.appName,
      [authKinds[auth].secret]: wish.key,
      credentials_from: wish.credentialsFrom,
      expires_at: wish.expiresAt,
      ...Object.fromEntries(signing),
    }),
    settings,
  });
  const secret = wish.expiresAt === undefined ? withoutOldEnd(current, edited) : edited;
  return {
    secret,
    timezone: (wish.timezone ?? before?.timezone) || undefined,
    exported: wish.exported ?? before?.exported ?? true,
    ...defined({ customer: (wish.customer ?? before?.customer) || undefined }),
  };
};

/** Removes `expires_at`, which belongs to the old credentials. */
export const withoutOldEnd = (current: Json | undefined, edited: Json): Json => {
  const { expires_at: end, ...rest } = edited;
  const others = secretAuthFields.some(
    (field) => current?.[field] !== undefined && current[field] !== edited[field],
  );
  return others && end === current?.["expires_at"] ? rest : edited;
};

/** Settings after a change; null removes one. */
export const mergeSettings = (current: unknown, wish: Json | undefined): Json | undefined => {
  const merged = { ...(isJsonObject(current) ? current : {}), ...wish };
  const kept = Object.entries(merged).filter(([, value]) => value !== null);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
};

/** Reads `--settings`. Throws UsageError. */
export const readSettings = (text: string): Json => {
  const value = readWrittenJson(text, (why) => new UsageError(`\`--settings\` ${why}`));
  if (isJsonObject(value)) return value;
  throw new UsageError(`\`--settings\` must be a JSON object such as '{"country":"IT"}'.`);
};

const timezoneTag = "wildix:timezone";
const exportTag = "wildix:export";
const customerTag = "wildix:customer";

/** The edited secret as stored text. Throws PBX_SECRET_INVALID if functions would refuse it. */
export const toStored = (id: string, draft: Draft): { text: string; tags: Record<string, string> } => {
  const text = JSON.stringify(draft.secret);
  parseSecret(id, text);
  refusePlaceholders(id, draft.secret);
  return {
    text,
    tags: {
      ...defined({ [timezoneTag]: draft.timezone, [customerTag]: draft.customer }),
      ...(draft.exported ? {} : { [exportTag]: "off" }),
    },
  };
};

/** Pages show dots or stars in place of a secret, which a person or a program can copy. No request proves the keys of events. */
const refusePlaceholders = (id: string, secret: Json): void => {
  const field = hiddenKeys.find((key) => [secret[key]].flat().some(isPlaceholder));
  if (field !== undefined)
    throw new ProductError("PBX_SECRET_INVALID", {
      field,
      detail: `the secret of ${id}: \`${field}\` must be a secret, not the dots or stars that a page shows in its place. Copy it again.`,
    });
};

export const isPlaceholder = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && !/[\p{L}\p{N}]/u.test(value);

/** The stored secret, for editing. A string that is not a JSON object counts as empty. */
export const fromStored = (stored: { text: string; tags: Readonly<Record<string, string>> }): Draft => {
  let secret: unknown;
  try {
    secret = parseJson(stored.text);
  } catch {
    secret = undefined;
  }
  return {
    secret: isJsonObject(secret) ? secret : {},
    timezone: stored.tags[timezoneTag],
    exported: stored.tags[exportTag]?.trim().toLowerCase() !== "off",
    ...defined({ customer: stored.tags[customerTag] }),
  };
};

/** One changed field. Undefined: the field is absent before or after. */
export interface Change {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export const hiddenKeys: readonly string[] = [...secretAuthFields, ...eventKeys];

/** The changed fields. Secrets are shown as "(hidden)", and numbers in settings with their last two digits. */
export const changesOf = (before: Draft | undefined, after: Draft): Change[] => {
  const [old, now] = [before === undefined ? {} : flat(before), flat(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => old[key] !== now[key])
    .map((key) => ({ key, before: shown(key, old[key]), after: shown(key, now[key]) }));
};

const shown = (key: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  if (hiddenKeys.includes(key)) return "(hidden)";
  return key.startsWith("settings.") ? maskText(text) : text;
};

const flat = ({ secret, timezone, exported, customer }: Draft): Record<string, string> => {
  const { settings, ...rest } = secret;
  const nested = isJsonObject(settings)
    ? Object.entries(settings).map(([key, value]) => [`settings.${key}`, value] as const)
    : [];
  const all = [
    ...Object.entries(rest),
    ...nested,
    ["tag timezone", timezone],
    ["tag export", exported ? undefined : "off"],
    ["tag customer", customer],
  ] as const;
  return Object.fromEntries(
    all.flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
    ),
  );
};
