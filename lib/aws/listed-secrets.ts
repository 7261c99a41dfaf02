import { createHash } from "node:crypto";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type ListedPbx, listedPbx, type PbxList, readPbxList, unusable } from "../pbxs/pbx-list.ts";
import type { Clock } from "../wms/clock.ts";
import { available, ignoreMissing } from "./registry-errors.ts";

/** Secrets that hold several PBXs are called `<prefix>_1`, `<prefix>_2` and so on. No PBX's id begins with an underscore. */
export const isListName = (name: string): boolean => name.startsWith("_");
export const listName = (number: number): string => `_${number}`;

interface StoredList {
  readonly name: string;
  readonly pbxs: PbxList;
  readonly version: string;
}

interface FoundPbx {
  readonly list: StoredList;
  readonly listed: ListedPbx;
}

export interface ListedSecrets {
  /** Undefined if there is no such secret. */
  read(name: string): Promise<StoredList | undefined>;
  /** All of them, in order. */
  all(): Promise<readonly StoredList[]>;
  /** Looks only into the secret in which the PBX was the last time. */
  findKnown(id: string): Promise<FoundPbx | undefined>;
  find(id: string): Promise<FoundPbx | undefined>;
  /** Replaces the PBXs of a secret, or creates it. Throws REGISTRY_UNAVAILABLE if another command changed it in between. */
  write(name: string, pbxs: PbxList, before: StoredList | undefined): Promise<void>;
}

/** How long a list is believed, ms: those who ask for many PBXs read it once. Less than the age at which a 401 asks again. */
const believedMs = 10_000;

/** All methods throw REGISTRY_UNAVAILABLE. */
export const listedSecrets = (
  client: SecretsManagerClient,
  prefix: string,
  clock: Pick<Clock, "now">,
): ListedSecrets => {
  /** In which secret a PBX was the last time. */
  const places = new Map<string, string>();
  const reading = new Map<string, { list: Promise<StoredList | undefined>; at: number }>();

  const fetch = (name: string): Promise<StoredList | undefined> =>
    available(async () => {
      const SecretId = prefix + name;
      const answer = await client.send(new GetSecretValueCommand({ SecretId })).catch(ignoreMissing);
      if (answer === undefined) return undefined;
      const pbxs = readPbxList(SecretId, answer.SecretString ?? "");
      for (const id of Object.keys(pbxs)) places.set(id, name);
      return { name, pbxs, version: answer.VersionId ?? "" };
    });
  const read = (name: string): Promise<StoredList | undefined> => {
    const known = reading.get(name);
    if (known !== undefined && clock.now() - known.at < believedMs) return known.list;
    const list = fetch(name);
    reading.set(name, { list, at: clock.now() });
    list.catch(() => reading.delete(name));
    return list;
  };
  const all = async function* (): AsyncGenerator<StoredList> {
    for (let number = 1; ; number++) {
      const list = await read(listName(number));
      if (list === undefined) return;
      yield list;
    }
  };
  const within = (list: StoredList | undefined, id: string): FoundPbx | undefined => {
    const listed = list && listedPbx(list.pbxs, id);
    return list && listed && { list, listed };
  };
  return {
    read,
    all: () => Array.fromAsync(all()),
    findKnown: async (id) => {
      const name = places.get(id);
      if (name === undefined) return undefined;
      const found = within(await read(name), id);
      if (found === undefined) places.delete(id);
      return found;
    },
    find: async (id) => {
      for await (const list of all()) {
        const found = within(list, id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    write: (name, pbxs, before) =>
      available(async () => {
        reading.delete(name);
        const SecretId = prefix + name;
        const SecretString = JSON.stringify({ pbxs });
        if (before === undefined) {
          const Description = "Several PBXs of wildix-functions";
          await client.send(new CreateSecretCommand({ Name: SecretId, Description, SecretString }));
          return;
        }
        // Secrets Manager refuses other text under an id that it has seen: the first of two writers succeeds (caller-keys.ts)
        const ClientRequestToken = createHash("sha256")
          .update(`${SecretId}\n${before.version}`)
          .digest("hex");
        await client
          .send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }))
          .catch((cause: unknown) => {
            if (cause instanceof Error && cause.name === "ResourceExistsException")
              throw unusable(SecretId, "was changed by another command. Run the command again.", cause);
            throw cause;
          });
      }),
  };
};
