import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { build } from "esbuild";
import type { cloudWatchAudit } from "../../lib/aws/audit-log.ts";
import type { secretKeys } from "../../lib/aws/caller-keys.ts";
import type { dynamoState } from "../../lib/aws/dynamo-state.ts";
import type { JsonClientOptions } from "../../lib/aws/lambda-clients/json-client.ts";
import type { secretsManagerRegistry } from "../../lib/aws/secrets-manager.ts";

type New<Client> = new (options: JsonClientOptions) => Client;

/** Adapters and the clients that the bundles contain in place of the SDK's. */
export interface BundledAdapters {
  readonly dynamoState: typeof dynamoState;
  readonly secretsManagerRegistry: typeof secretsManagerRegistry;
  readonly secretKeys: typeof secretKeys;
  readonly cloudWatchAudit: typeof cloudWatchAudit;
  readonly DynamoDBClient: New<DynamoDBClient>;
  readonly SecretsManagerClient: New<SecretsManagerClient>;
  readonly CloudWatchLogsClient: New<CloudWatchLogsClient>;
}

const entry = `
export { dynamoState } from "./lib/aws/dynamo-state.ts";
export { secretsManagerRegistry } from "./lib/aws/secrets-manager.ts";
export { secretKeys } from "./lib/aws/caller-keys.ts";
export { cloudWatchAudit } from "./lib/aws/audit-log.ts";
export { DynamoDBClient } from "@aws-sdk/client-dynamodb";
export { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
export { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";`;

/** Builds them as they are packaged. */
export const bundledAdapters = async (): Promise<BundledAdapters> => {
  const {
    outputFileExtension: _extension,
    packager: _packager,
    ...options
  } = createRequire(import.meta.url)("../../esbuild.config.cjs")();
  const directory = await mkdtemp(join(tmpdir(), "wildix-adapters-"));
  const outfile = join(directory, "adapters.mjs");
  try {
    await build({ ...options, stdin: { contents: entry, resolveDir: process.cwd() }, outfile });
    return await import(outfile);
  } finally {
    await rm(directory, { recursive: true });
  }
};

/** Options of a client for a server on loopback. */
export const loopback = (endpoint: string): JsonClientOptions => ({
  endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
