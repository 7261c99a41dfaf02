import {
  GetSecretValueCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { defined } from "../defined.ts";
import { entryOf, listedSecretText } from "../pbxs/pbx-list.ts";
import { type PbxEntry, type PbxRegistry, unknownPbx } from "../pbxs/registry.ts";
import type { Clock } from "../wms/clock.ts";
import { isListName, listedSecrets } from "./listed-secrets.ts";
import { available, ignoreMissing } from "./registry-errors.ts";
import { secretsUnder } from "./secrets-under.ts";

/**
 * The PBXs in Secrets Manager. A PBX has a separate secret, `<prefix><id>`, or a place in a secret that holds several PBXs
 * (listed-secrets.ts). The tag `wildix:timezone` says that a PBX is exported and in which zone; `wildix:export` = `off` pauses it.
 * Listing reads only tags, and the secrets that hold several PBXs.
 */
export const secretsManagerRegistry = (
  client: SecretsManagerClient,
  prefix: string,
  clock: Pick<Clock, "now">,
): PbxRegistry => {
  const lists = listedSecrets(client, prefix, clock);
  const readOwn = (id: string): Promise<string | undefined> =>
    available(async () => {
      const answer = await client
        .send(new GetSecretValueCommand({ SecretId: `${prefix}${id}` }))
        .catch(ignoreMissing);
      return answer && (answer.SecretString ?? "");
    });
  return {
    list: async () => {
      const entries = new Map<string, PbxEntry>();
      const names: string[] = [];
      for await (const secret of secretsUnder(client, prefix)) {
        const entry = toEntry(secret, prefix);
        if (isListName(entry.id)) names.push(entry.id);
        else entries.set(entry.id, entry);
      }
      for (const name of names) {
        const stored = await lists.read(name);
        // a separate secret is read first too
        for (const [id, listed] of Object.entries(stored?.pbxs ?? {}))
          if (!entries.has(id)) entries.set(id, entryOf(id, listed));
      }
      return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    readText: async (id) => {
      const known = await lists.findKnown(id);
      if (known !== undefined) return listedSecretText(id, known.listed);
      const own = await readOwn(id);
      if (own !== undefined) return own;
      const found = await lists.find(id);
      if (found !== undefined) return listedSecretText(id, found.listed);
      throw unknownPbx(id);
    },
  };
};

const toEntry = (secret: SecretListEntry & { readonly Name: string }, prefix: string): PbxEntry => {
  const tag = (key: string): string | undefined => secret.Tags?.find(({ Key }) => Key === key)?.Value;
  const timezone = tag("wildix:timezone");
  return {
    id: secret.Name.slice(prefix.length),
    timezone,
    exported: timezone !== undefined && tag("wildix:export")?.trim().toLowerCase() !== "off",
    registeredAt: secret.CreatedDate?.getTime(),
    ...defined({ customer: tag("wildix:customer") || undefined }),
  };
};
