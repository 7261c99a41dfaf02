import { defined } from "../../lib/defined.ts";
import { checkZone } from "../../lib/history/calendar/local-days.ts";
import { checkCustomer } from "../../lib/pbxs/customer.ts";
import { type ListedPbx, listedSecretText } from "../../lib/pbxs/pbx-list.ts";
import { type AuthKind, authKindNames, authKinds } from "../../lib/wms/auth-kinds.ts";
import { isJsonObject, parseJson } from "../../lib/wms/json.ts";
import { UsageError } from "../terminal/output.ts";
import { credentialKeys, type Draft, mergeSettings, withoutOldEnd } from "./draft.ts";
import { eventKeys } from "./event-keys.ts";
import type { FileRow } from "./rows.ts";

type Json = Readonly<Record<string, unknown>>;

export interface DraftedRow {
  readonly after: Draft;
  /** Keys of the current secret that stay, because a row that is the whole PBX does not have them. */
  readonly kept: readonly string[];
}

/** What a row makes of a PBX. Throws PBX_SECRET_INVALID for an unknown field, INPUT_INVALID for its zone or customer, UsageError for an export without a zone. */
export const draftRow = (before: Draft | undefined, row: FileRow): DraftedRow => {
  const drafted = row.whole ? replaced(before, row) : merged(before, row);
  if (row.listed["export"] === "on" && drafted.after.timezone === undefined)
    throw new UsageError("`timezone` must be set if `export` is on. Give the time zone of the PBX.");
  return drafted;
};

/** Set by other commands than an import, so that a file often does not have them. */
const keptKeys = ["settings", ...eventKeys];

const replaced = (before: Draft | undefined, { pbx, listed }: FileRow): DraftedRow => {
  const secret = secretOf(pbx, listed);
  const kept = keptKeys.filter((key) => !(key in secret) && before?.secret[key] !== undefined);
  const timezone = zoneOf(listed);
  return {
    after: {
      secret: { ...secret, ...Object.fromEntries(kept.map((key) => [key, before?.secret[key]])) },
      timezone,
      exported: timezone === undefined || listed["export"] !== "off",
      ...defined({ customer: customerOf(listed) ?? before?.customer }),
    },
    kept,
  };
};

const merged = (before: Draft | undefined, { pbx, listed }: FileRow): DraftedRow => {
  const { settings, ...given } = secretOf(pbx, listed);
  const [wasKind, isKind] = [kindOf(before?.secret), kindOf(given)];
  const moves = isKind !== undefined && isKind !== wasKind;
  const current = Object.entries(before?.secret ?? {}).filter(
    ([key]) => key !== "settings" && !(moves && credentialKeys.includes(key)),
  );
  const all = mergeSettings(before?.secret["settings"], isJsonObject(settings) ? settings : undefined);
  const edited = {
    ...Object.fromEntries(current),
    ...given,
    ...(all === undefined ? {} : { settings: all }),
  };
  return {
    after: {
      secret: "expires_at" in given ? edited : withoutOldEnd(before?.secret, edited),
      timezone: zoneOf(listed) ?? before?.timezone,
      exported: listed["export"] === undefined ? (before?.exported ?? true) : listed["export"] === "on",
      ...defined({ customer: customerOf(listed) ?? before?.customer }),
    },
    kept: [],
  };
};

const secretOf = (pbx: string, listed: ListedPbx): Json => {
  const secret = parseJson(listedSecretText(pbx, listed));
  return isJsonObject(secret) ? secret : {};
};

const zoneOf = ({ timezone }: ListedPbx): string | undefined =>
  typeof timezone === "string" && timezone !== "" ? checkZone(timezone, "timezone") : undefined;

const customerOf = ({ customer }: ListedPbx): string | undefined =>
  typeof customer === "string" && customer !== "" ? checkCustomer(customer, "customer") : undefined;

/** The kind of credentials of which a field is given. */
const kindOf = (secret: Json | undefined): AuthKind | "borrowed" | undefined => {
  if (secret?.["credentials_from"] !== undefined) return "borrowed";
  return authKindNames.find((kind) => authKinds[kind].fields.some((field) => secret?.[field] !== undefined));
};
