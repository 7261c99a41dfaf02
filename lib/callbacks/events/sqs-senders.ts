import { atOnce } from "../../at-once.ts";
import { recent } from "../../cache.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import { isSigned } from "./signature.ts";
import { readSigningKeys, type SecretPorts } from "./signing-keys.ts";

export interface SenderPorts extends SecretPorts {
  readonly registry: Pick<PbxRegistry, "list" | "readText">;
}

/** How long the keys of all PBXs are believed, ms; after a signature that none of them made, they are read again if they are older. */
const keptMs = 5 * 60_000;
const quietMs = 60_000;
const readAtOnce = 20;

/** PBXs by their key of the SQS transport. */
type Senders = ReadonlyMap<string, readonly string[]>;

/**
 * Who sent a message of the SQS transport. One queue serves all PBXs, and nothing in a message can be believed before its signature
 * is: so the key that made the signature says which PBX it is. PBXs that share a key cannot be distinguished, so all of them are returned.
 */
export const sqsSenders = (ports: SenderPorts) => {
  const readAll = async (): Promise<Senders> => {
    const entries = await ports.registry.list();
    const senders = new Map<string, string[]>();
    await atOnce(readAtOnce, entries, async ({ id }) => {
      for (const key of (await readSigningKeys(ports.registry, id)).sqs)
        senders.set(key, [...(senders.get(key) ?? []), id].sort());
    });
    return senders;
  };
  const latest = recent<Senders>(ports.clock, quietMs);
  const kept = recent<Senders>(ports.clock, keptMs);
  return async (body: Uint8Array, signature: Buffer): Promise<readonly string[]> => {
    const find = (senders: Senders) =>
      [...senders].find(([key]) => isSigned(body, signature, [key]))?.[1] ?? [];
    const { value } = await kept("all", () => latest("all", readAll).then(({ value: all }) => all));
    const found = find(value);
    return found.length > 0 ? found : find((await latest("all", readAll)).value);
  };
};
