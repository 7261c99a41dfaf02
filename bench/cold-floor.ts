/** The least that a function of this kind can do: read one secret with the SDK. Measured beside the functions by cold.ts. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const client = new SecretsManagerClient({});

export const handler = async (): Promise<{ statusCode: number }> => {
  const prefix = process.env["WILDIX_SECRET_PREFIX"] ?? "";
  await client.send(new GetSecretValueCommand({ SecretId: `${prefix}milan` }));
  return { statusCode: 200 };
};
