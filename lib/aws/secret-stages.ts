import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretsUnder } from "./secrets-under.ts";

const root = "/wildix/";

/** The stages that have secrets, of PBXs or of callers: `/wildix/<stage>/…`. Throws REGISTRY_UNAVAILABLE. */
export const secretStages = async (client: SecretsManagerClient): Promise<string[]> => {
  const stages = new Set<string>();
  for await (const { Name } of secretsUnder(client, root)) {
    const [, stage] = /^\/wildix\/([^/]+)\/./.exec(Name) ?? [];
    if (stage !== undefined) stages.add(stage);
  }
  return [...stages].sort();
};

/** The same with the credentials of this process. */
export const awsSecretStages = (region: string): Promise<string[]> =>
  secretStages(new SecretsManagerClient({ region }));
