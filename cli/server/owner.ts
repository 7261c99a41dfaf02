import { randomBytes } from "node:crypto";
import { scopes } from "../../lib/callers/caller.ts";
import type { RandomBytes } from "../../lib/callers/key-text.ts";
import { addKey, editKeys, endedBecause } from "../../lib/callers/keys.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import type { Ports } from "../../lib/ports.ts";
import { isJsonObject } from "../../lib/wms/json.ts";

const day = 86_400_000;

/** A key with every right for a day, for the user of this process. Removes ended keys with the same label. */
export const ownKey = async (
  { keys, clock }: Pick<Ports, "keys" | "clock">,
  label: string,
  random: RandomBytes = randomBytes,
): Promise<string> => {
  const now = clock.now();
  const { text } = await editKeys(keys, now, (current) =>
    addKey(
      Object.fromEntries(
        Object.entries(current).filter(
          ([, key]) => key.label !== label || endedBecause(key, now) === undefined,
        ),
      ),
      { label, scopes, pbxs: "all", extensions: "all", expires: now + day, signs: false },
      now,
      random,
    ),
  );
  return text;
};

/** Gives a key the same id in every process, so that a call that is asked for again is the same caller's. */
const sameId = (): RandomBytes => {
  let drawn = 0;
  return (size) => (drawn++ === 0 ? new Uint8Array(size) : randomBytes(size));
};

/**
 * An event as the owner of this machine sends it: a request that brings no credentials gets a key of this process's own. One
 * that brings some is checked against the ports' keys as on AWS.
 */
export const asOwner = async <P extends Ports>(
  ports: P,
  event: unknown,
): Promise<{ readonly ports: P; readonly event: unknown }> => {
  const headers = isJsonObject(event) ? event["headers"] : undefined;
  const named = isJsonObject(headers) ? Object.keys(headers).map((name) => name.toLowerCase()) : [];
  if (!isJsonObject(event) || !isJsonObject(event["requestContext"])) return { ports, event };
  // it is sent now, whenever it was written down
  const sent = { ...event, requestContext: { ...event["requestContext"], timeEpoch: ports.clock.now() } };
  if (named.includes("authorization") || named.includes("x-wildix-signature")) return { ports, event: sent };
  const keys = memoryKeys();
  const authorization = `Bearer ${await ownKey({ ...ports, keys }, "this process", sameId())}`;
  return {
    ports: { ...ports, keys },
    event: { ...sent, headers: { ...(isJsonObject(headers) ? headers : {}), authorization } },
  };
};
