import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-secrets-manager";
import type { PbxRegistry } from "../pbxs/registry.ts";
import { available, secretsManagerRegistry } from "./secrets-manager.ts";

export type Tags = Readonly<Record<string, string>>;

/** The current secret of a PBX in Secrets Manager. */
export interface StandingSecret {
  readonly text: string;
  /** The product's own tags, `wildix:…`; others are ignored. */
  readonly tags: Tags;
}

/** What a person does with the secrets of PBXs; functions only read them (secrets-manager.ts). Throws REGISTRY_UNAVAILABLE. */
export interface PbxSecrets {
  /** Undefined if there is none, or if it is about to be deleted. */
  read(id: string): Promise<StandingSecret | undefined>;
  /** Makes the secret, or gives it another value and other tags; one that is about to be deleted comes back. */
  write(id: string, secret: StandingSecret): Promise<void>;
  /** Deletes it in 30 days; until then `write` brings it back. Gives that time, epoch ms; undefined if there is none. */
  remove(id: string): Promise<number | undefined>;
}

const ownTag = "wildix:";
const daysToRegret = 30;

export const pbxSecrets = (client: SecretsManagerClient, prefix: string): PbxSecrets => {
  const describe = (id: string) =>
    client.send(new DescribeSecretCommand({ SecretId: prefix + id })).catch(ignoreMissing);
  return {
    read: (id) =>
      available(async () => {
        const known = await describe(id);
        if (known === undefined || known.DeletedDate !== undefined) return undefined;
        const answer = await client.send(new GetSecretValueCommand({ SecretId: prefix + id }));
        const tags = (known.Tags ?? []).flatMap(({ Key = "", Value = "" }) =>
          Key.startsWith(ownTag) ? [[Key, Value]] : [],
        );
        return { text: answer.SecretString ?? "", tags: Object.fromEntries(tags) };
      }),
    write: (id, { text, tags }) =>
      available(async () => {
        const SecretId = prefix + id;
        const wanted = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        const known = await describe(id);
        if (known === undefined) {
          await client.send(
            new CreateSecretCommand({
              Name: SecretId,
              Description: "A PBX of wildix-functions",
              SecretString: text,
              Tags: wanted,
            }),
          );
          return;
        }
        if (known.DeletedDate !== undefined) await client.send(new RestoreSecretCommand({ SecretId }));
        await client.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
        const stale = (known.Tags ?? []).flatMap(({ Key = "" }) =>
          Key.startsWith(ownTag) && !(Key in tags) ? [Key] : [],
        );
        if (stale.length > 0) await client.send(new UntagResourceCommand({ SecretId, TagKeys: stale }));
        if (wanted.length > 0) await client.send(new TagResourceCommand({ SecretId, Tags: wanted }));
      }),
    remove: (id) =>
      available(async () => {
        const answer = await client
          .send(new DeleteSecretCommand({ SecretId: prefix + id, RecoveryWindowInDays: daysToRegret }))
          .catch(ignoreMissing);
        return answer?.DeletionDate?.getTime();
      }),
  };
};

const ignoreMissing = (error: unknown): undefined => {
  if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
  throw error;
};

/** The PBXs' secrets of a deployment, with the credentials of this process. */
export const awsSecrets = (
  prefix: string,
  region: string,
): { readonly secrets: PbxSecrets; readonly registry: PbxRegistry } => {
  const client = new SecretsManagerClient({ region });
  return { secrets: pbxSecrets(client, prefix), registry: secretsManagerRegistry(client, prefix) };
};
