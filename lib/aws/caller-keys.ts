import { createHash } from "node:crypto";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { CallerKeys } from "../callers/keys.ts";
import { ProductError } from "../errors.ts";
import { failureName } from "./failure-name.ts";

/**
 * The callers' keys in one secret. Secrets Manager has no conditional write, but it refuses a second text under a version id
 * that it has seen: the next version's id is made from the present one's, so of all who change the same version only the first
 * succeeds. It remembers ids for a day at least (a hundred versions). A write without that id (the console) is noticed
 * only by the reading directly before the write; what it wrote in between stays as AWSPREVIOUS.
 */
export const secretKeys = (client: SecretsManagerClient, name: string): CallerKeys => {
  const read: CallerKeys["read"] = async () => {
    const answer = await client
      .send(new GetSecretValueCommand({ SecretId: name }))
      .catch(unless("ResourceNotFoundException"));
    return answer?.SecretString === undefined
      ? undefined
      : { text: answer.SecretString, version: answer.VersionId ?? "" };
  };
  return {
    source: name,
    read: () => available(name, read),
    write: (text, version) =>
      available(name, async () => {
        if ((await read())?.version !== version) return false;
        const writing =
          version === undefined
            ? client.send(
                new CreateSecretCommand({ Name: name, Description: description, SecretString: text }),
              )
            : client.send(
                new PutSecretValueCommand({
                  SecretId: name,
                  SecretString: text,
                  ClientRequestToken: idAfter(version),
                }),
              );
        const written = await writing.catch(unless("ResourceExistsException"));
        return written !== undefined;
      }),
  };
};

/** The same with the environment's credentials. */
export const awsKeys = (name: string, region: string): CallerKeys =>
  secretKeys(new SecretsManagerClient({ region }), name);

const description = "API keys of wildix-functions; written by `wildix key`";

/** 32 to 64 characters, as ClientRequestToken requires. */
const idAfter = (version: string): string =>
  createHash("sha256").update(`wildix-keys\n${version}`).digest("hex");

const unless =
  (name: string) =>
  (error: unknown): undefined => {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  };

const available = async <T>(secret: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    throw new ProductError("KEYS_UNAVAILABLE", {
      field: secret,
      detail: `Secrets Manager did not respond for ${secret}: ${failureName(cause)}`,
      cause,
    });
  }
};
