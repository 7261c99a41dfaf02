import {
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { defined } from "../defined.ts";
import { available } from "./registry-errors.ts";

/** The secrets whose names begin with a prefix, without their values. Throws REGISTRY_UNAVAILABLE. */
export async function* secretsUnder(
  client: SecretsManagerClient,
  prefix: string,
): AsyncIterable<SecretListEntry & { readonly Name: string }> {
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
    for (const { Name, ...secret } of page.SecretList ?? [])
      if (Name?.startsWith(prefix)) yield { ...secret, Name };
    token = page.NextToken;
  } while (token !== undefined);
}
