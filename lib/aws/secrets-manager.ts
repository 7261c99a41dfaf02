import {
  GetSecretValueCommand,
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import type { PbxEntry, PbxRegistry } from "../pbxs/registry.ts";

/**
 * The PBXs in Secrets Manager: one secret each, `<prefix><id>`. The tag `wildix:timezone` says that a PBX is exported and
 * in which zone; `wildix:export` = `off` pauses it. Listing reads only tags.
 */
export const secretsManagerRegistry = (client: SecretsManagerClient, prefix: string): PbxRegistry => ({
  list: async () => {
    const entries: PbxEntry[] = [];
    let token: string | undefined;
    do {
      const page = await available(() =>
        client.send(
          new ListSecretsCommand({
            Filters: [{ Key: "name", Values: [prefix] }],
            MaxResults: 100,
            ...defined({ NextToken: token }),
          }),
        ),
      );
      for (const secret of page.SecretList ?? [])
        if (secret.Name?.startsWith(prefix)) entries.push(toEntry(secret, prefix));
      token = page.NextToken;
    } while (token !== undefined);
    return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
  },
  readText: (id) =>
    available(async () => {
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: `${prefix}${id}` }));
        return answer.SecretString ?? "";
      } catch (cause) {
        if (!(cause instanceof Error) || cause.name !== "ResourceNotFoundException") throw cause;
        throw new ProductError("PBX_UNKNOWN", { field: "pbx", detail: `no PBX is called "${id}"`, cause });
      }
    }),
});

const toEntry = (secret: SecretListEntry, prefix: string): PbxEntry => {
  const tag = (key: string): string | undefined => secret.Tags?.find(({ Key }) => Key === key)?.Value;
  const timezone = tag("wildix:timezone");
  return {
    id: (secret.Name ?? "").slice(prefix.length),
    timezone,
    exported: timezone !== undefined && tag("wildix:export") !== "off",
    registeredAt: secret.CreatedDate?.getTime(),
  };
};

/** Secrets Manager's own errors as REGISTRY_UNAVAILABLE. */
export const available = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    const name = cause instanceof Error ? cause.name : "an error";
    throw new ProductError("REGISTRY_UNAVAILABLE", {
      detail: `Secrets Manager did not answer: ${name}`,
      cause,
    });
  }
};
