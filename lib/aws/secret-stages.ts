import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { defined } from "../defined.ts";
import { available } from "./registry-errors.ts";

const root = "/wildix/";

/** The stages that have secrets, of PBXs or of callers: `/wildix/<stage>/…`. Throws REGISTRY_UNAVAILABLE. */
export const secretStages = async (client: SecretsManagerClient): Promise<string[]> => {
  const stages = new Set<string>();
  let token: string | undefined;
  do {
    const page = await available(() =>
      client.send(
        new ListSecretsCommand({
          Filters: [{ Key: "name", Values: [root] }],
          MaxResults: 100,
          ...defined({ NextToken: token }),
        }),
      ),
    );
    for (const { Name = "" } of page.SecretList ?? []) {
      const [, stage] = /^\/wildix\/([^/]+)\/./.exec(Name) ?? [];
      if (stage !== undefined) stages.add(stage);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return [...stages].sort();
};

/** The same with the credentials of this process. */
export const awsSecretStages = (region: string): Promise<string[]> =>
  secretStages(new SecretsManagerClient({ region }));
