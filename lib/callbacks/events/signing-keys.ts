import { recent } from "../../cache.ts";
import { isError } from "../../errors.ts";
import { checkPbxId, type PbxRegistry } from "../../pbxs/registry.ts";
import { parseSecret } from "../../pbxs/secret.ts";
import type { Clock } from "../../wms/clock.ts";

/** How long the secrets of a PBX are believed, ms. */
const keptMs = 5 * 60_000;
/** After a signature that no secret made, they are read again if they are older, ms: one may have been added. */
const quietMs = 30_000;

export interface SecretPorts {
  readonly registry: Pick<PbxRegistry, "readText">;
  readonly clock: Clock;
}

/** The keys with which a PBX signs its events. */
export interface SigningKeys {
  readonly webhook: readonly string[];
  readonly sqs: readonly string[];
}

const none: SigningKeys = { webhook: [], sqs: [] };

/** The keys of one PBX. One that is not registered, or whose secret cannot be used, has none. Throws REGISTRY_UNAVAILABLE. */
export const readSigningKeys = async (
  registry: Pick<PbxRegistry, "readText">,
  pbx: string,
): Promise<SigningKeys> => {
  try {
    const { webhookSecrets, sqsSigningKeys } = parseSecret(pbx, await registry.readText(checkPbxId(pbx)));
    return { webhook: webhookSecrets, sqs: sqsSigningKeys };
  } catch (error) {
    if (isError(error, "PBX_UNKNOWN", "PBX_SECRET_INVALID")) return none;
    throw error;
  }
};

/**
 * The signing keys of PBXs, kept for a while. A PBX without any is remembered as well: an attacker who tries names costs one reading
 * for each. `matches` gets the keys, and the current ones if it refuses old ones. Throws REGISTRY_UNAVAILABLE.
 */
export const signingKeys = ({ registry, clock }: SecretPorts) => {
  const read = (pbx: string) => () => readSigningKeys(registry, pbx);
  const kept = recent<SigningKeys>(clock, keptMs);
  const latest = recent<SigningKeys>(clock, quietMs);
  return async (pbx: string, matches: (keys: SigningKeys) => boolean): Promise<boolean> => {
    const { value, at } = await kept(pbx, () => latest(pbx, read(pbx)).then(({ value: keys }) => keys));
    if (matches(value)) return true;
    if (clock.now() - at < quietMs) return false;
    const { value: again } = await latest(pbx, read(pbx));
    return matches(again);
  };
};
