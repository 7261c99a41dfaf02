import { parseKeys, type StoredKey, signs } from "../../lib/callers/keys.ts";
import { credentialsEnd, daysUntil } from "../../lib/pbxs/check-pbxs.ts";
import { type PbxRegistry, readPbx } from "../../lib/pbxs/registry.ts";
import type { AuthKind } from "../../lib/wms/auth-kinds.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { type Context, type KeysOptions, openKeys } from "../context/context.ts";
import { withBar } from "./with-bar.ts";

/** What ends, or could end: the credentials of a PBX, or a key of a caller. */
export interface Ending {
  readonly of: "pbx" | "key";
  readonly id: string;
  /** Purpose of a caller's key. */
  readonly label?: string;
  readonly kind?: AuthKind | "bearer" | "hmac" | "older secret";
  /** ISO 8601; null: no end is known. */
  readonly ends: string | null;
  /** Whole days; negative if it has ended. */
  readonly days_left: number | null;
  /** `report`: the end of this kind of credentials on every PBX, as reported. */
  readonly from?: "secret" | "report";
  /** Why the end cannot be read. */
  readonly problem?: string;
}

const readsAtOnce = 20;

/** The ends of all credentials of PBXs and of callers' keys, the next one first; then those without a known end. */
export const findEndings = async (
  context: Context,
  registry: PbxRegistry,
  options: KeysOptions,
): Promise<Ending[]> => {
  const found = [...(await endsOfPbxs(context, registry)), ...(await endsOfKeys(context, options))];
  return found.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
};

const order = ({ ends, problem }: Ending): number => {
  if (problem !== undefined) return Number.NEGATIVE_INFINITY;
  return ends === null ? Number.MAX_VALUE : Date.parse(ends);
};

const endsAt = (at: number, now: number): Pick<Ending, "ends" | "days_left"> => ({
  ends: new Date(at).toISOString().replace(".000Z", "Z"),
  days_left: daysUntil(at, now),
});
const unknown = { ends: null, days_left: null };

const endsOfPbxs = async (context: Context, registry: PbxRegistry): Promise<Ending[]> => {
  const now = context.clock.now();
  const found: Ending[] = [];
  await withBar(context, "read", readsAtOnce, await registry.list(), async ({ id }) => {
    try {
      const secret = await readPbx(registry, id);
      const end = credentialsEnd(secret);
      const { kind } = secret.connection.auth;
      found.push(
        end === undefined
          ? { of: "pbx", id, kind, ...unknown }
          : { of: "pbx", id, kind, ...endsAt(end.at, now), from: end.from },
      );
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      found.push({ of: "pbx", id, ...unknown, problem: error.message });
    }
  });
  return found;
};

/** Keys that are revoked are left out. A key that was rotated has an older secret, which ends before the key. */
const endsOfKeys = async (context: Context, options: KeysOptions): Promise<Ending[]> => {
  const now = context.clock.now();
  let keys: [string, StoredKey][];
  try {
    const port = await openKeys(context, options);
    const stored = await port.read();
    keys = stored === undefined ? [] : Object.entries(parseKeys(stored.text, port.source));
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return [{ of: "key", id: "keys", ...unknown, problem: error.message }];
  }
  return keys
    .filter(([, { revoked }]) => revoked === undefined)
    .flatMap(([id, key]): Ending[] => {
      const { label, expires } = key;
      const kind = signs(key) ? "hmac" : "bearer";
      const older = key.proofs.flatMap(({ until }) =>
        until === undefined || Date.parse(until) <= now ? [] : [Date.parse(until)],
      );
      return [
        {
          of: "key",
          id,
          label,
          kind,
          ...(expires === undefined ? unknown : endsAt(Date.parse(expires), now)),
        },
        ...older.map((at): Ending => ({ of: "key", id, label, kind: "older secret", ...endsAt(at, now) })),
      ];
    });
};
