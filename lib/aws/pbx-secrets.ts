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
import { atOnce } from "../at-once.ts";
import { intoLists, type ListedPbx, listedPbx, listedTags, secretTextOf } from "../pbxs/pbx-list.ts";
import type { PbxRegistry } from "../pbxs/registry.ts";
import type { Clock } from "../wms/clock.ts";
import { listedSecrets, listName } from "./listed-secrets.ts";
import { available, ignoreMissing } from "./registry-errors.ts";
import { secretsManagerRegistry } from "./secrets-manager.ts";

export type Tags = Readonly<Record<string, string>>;

/** The secret of a PBX in Secrets Manager, before it is written. */
export interface SecretDraft {
  readonly text: string;
  /** The product's own tags, `wildix:…`; others are ignored. */
  readonly tags: Tags;
}

/** The current secret of a PBX in Secrets Manager. */
export interface StoredSecret extends SecretDraft {
  /** The secret that holds this PBX among others. Undefined: the PBX has a separate secret. */
  readonly list: string | undefined;
}

/** What a person does with the secrets of PBXs; functions only read them (secrets-manager.ts). Throws REGISTRY_UNAVAILABLE. */
export interface PbxSecrets {
  /** Undefined if there is none, or if it is about to be deleted. */
  read(id: string): Promise<StoredSecret | undefined>;
  /**
   * Creates the secret, or gives it another value and other tags. A secret that is about to be deleted is restored. A PBX among others
   * stays among them.
   */
  write(id: string, secret: SecretDraft): Promise<void>;
  /**
   * Writes PBXs into secrets that hold several PBXs. Their own secrets are removed then: each would be read first. Gives the names of
   * the secrets written.
   */
  writeListed(secrets: ReadonlyMap<string, SecretDraft>): Promise<readonly string[]>;
  /**
   * Deletes a secret in 30 days; until then `write` brings it back. Returns that time, epoch ms. A PBX among others is removed immediately:
   * `now`. Undefined if there is no such PBX.
   */
  remove(id: string): Promise<number | "now" | undefined>;
}

const ownTag = "wildix:";
const daysToRegret = 30;
/** Secrets that are described at the same time. */
const readsAtOnce = 10;

export const pbxSecrets = (
  client: SecretsManagerClient,
  prefix: string,
  clock: Pick<Clock, "now">,
): PbxSecrets => {
  const lists = listedSecrets(client, prefix, clock);
  const describe = (id: string) =>
    client.send(new DescribeSecretCommand({ SecretId: prefix + id })).catch(ignoreMissing);
  const readOwn = (id: string): Promise<StoredSecret | undefined> =>
    available(async () => {
      const known = await describe(id);
      if (known === undefined || known.DeletedDate !== undefined) return undefined;
      const answer = await client.send(new GetSecretValueCommand({ SecretId: prefix + id }));
      const tags = (known.Tags ?? []).flatMap(({ Key = "", Value = "" }) =>
        Key.startsWith(ownTag) ? [[Key, Value]] : [],
      );
      return { text: answer.SecretString ?? "", tags: Object.fromEntries(tags), list: undefined };
    });
  const writeOwn = (id: string, { text, tags }: SecretDraft): Promise<void> =>
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
    });
  const removeOwn = (id: string): Promise<number | undefined> =>
    available(async () => {
      const answer = await client
        .send(new DeleteSecretCommand({ SecretId: prefix + id, RecoveryWindowInDays: daysToRegret }))
        .catch(ignoreMissing);
      return answer?.DeletionDate?.getTime();
    });
  /** When the separate secrets of PBXs were created: missing days since then are exported. PBXs without such a secret are absent. */
  const createdAt = async (ids: readonly string[]): Promise<ReadonlyMap<string, Date>> => {
    const created = new Map<string, Date>();
    await atOnce(readsAtOnce, ids, async (id) => {
      const known = await available(() => describe(id));
      if (known?.CreatedDate !== undefined && known.DeletedDate === undefined)
        created.set(id, known.CreatedDate);
    });
    return created;
  };
  const listed = (
    { text, tags }: SecretDraft,
    before: ListedPbx | undefined,
    created: Date = new Date(clock.now()),
  ): ListedPbx => ({
    registered: created.toISOString(),
    ...(before?.["registered"] === undefined ? {} : { registered: before["registered"] }),
    ...JSON.parse(text),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.slice(ownTag.length), value])),
  });

  return {
    read: async (id) => {
      const own = await readOwn(id);
      if (own !== undefined) return own;
      const found = await lists.find(id);
      if (found === undefined) return undefined;
      const tags = listedTags.flatMap((name) => {
        const value = found.listed[name];
        return name !== "registered" && typeof value === "string" ? [[ownTag + name, value]] : [];
      });
      return {
        text: secretTextOf(found.listed),
        tags: Object.fromEntries(tags),
        list: found.list.name,
      };
    },
    write: async (id, secret) => {
      const found = (await readOwn(id)) === undefined ? await lists.find(id) : undefined;
      if (found === undefined) return writeOwn(id, secret);
      const pbxs = { ...found.list.pbxs, [id]: listed(secret, found.listed) };
      await lists.write(found.list.name, pbxs, found.list);
    },
    writeListed: async (secrets) => {
      const before = await lists.all();
      const current = (id: string): ListedPbx | undefined =>
        before.map(({ pbxs }) => listedPbx(pbxs, id)).find((known) => known !== undefined);
      const created = await createdAt([...secrets.keys()].filter((id) => current(id) === undefined));
      const changes = [...secrets].map(
        ([id, secret]) => [id, listed(secret, current(id), created.get(id))] as const,
      );
      const after = intoLists(
        before.map(({ pbxs }) => pbxs),
        Object.fromEntries(changes),
      );
      const written: string[] = [];
      for (const [at, pbxs] of after.entries()) {
        const known = before[at];
        if (JSON.stringify(known?.pbxs) === JSON.stringify(pbxs)) continue;
        const name = listName(at + 1);
        await lists.write(name, pbxs, known);
        written.push(name);
      }
      // only now: until then each PBX is registered by its own secret
      for (const id of secrets.keys()) if ((await readOwn(id)) !== undefined) await removeOwn(id);
      return written;
    },
    remove: async (id) => {
      const until = await removeOwn(id);
      if (until !== undefined) return until;
      const found = await lists.find(id);
      if (found === undefined) return undefined;
      const { [id]: _removed, ...rest } = found.list.pbxs;
      await lists.write(found.list.name, rest, found.list);
      return "now";
    },
  };
};

/** The PBXs' secrets of a deployment, with the credentials of this process. */
export const awsSecrets = (
  prefix: string,
  region: string,
  clock: Pick<Clock, "now">,
): { readonly secrets: PbxSecrets; readonly registry: PbxRegistry } => {
  const client = new SecretsManagerClient({ region });
  return {
    secrets: pbxSecrets(client, prefix, clock),
    registry: secretsManagerRegistry(client, prefix, clock),
  };
};
