import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readConfig, required } from "../config.ts";
import { createLog, errorFields } from "../log.ts";
import { emfMetrics } from "../metrics.ts";
import { createPbxs } from "../pbxs/pbxs.ts";
import type { Ports } from "../ports.ts";
import { nodeTransport } from "../wms/node-transport.ts";
import { systemClock } from "../wms/system-clock.ts";
import { secretKeys } from "./caller-keys.ts";
import { answersWithin } from "./client-options.ts";
import { secretsManagerRegistry } from "./secrets-manager.ts";

/** The ports of a function that needs no store. Throws CONFIG_MISSING. */
export const awsPorts = (): Ports => {
  const config = readConfig(process.env);
  const log = createLog(process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "wildix-functions");
  const secrets = new SecretsManagerClient(answersWithin(2_000));
  const registry = secretsManagerRegistry(secrets, required(config.secretPrefix, "WILDIX_SECRET_PREFIX"));
  const keys = secretKeys(secrets, required(config.keysSecret, "WILDIX_KEYS_SECRET"));
  const pbxs = createPbxs({
    registry,
    transport: nodeTransport(),
    clock: systemClock,
    random: Math.random,
    onFailure: (pbx, error, attempt) =>
      log.warn("request to the PBX failed", { pbx, attempt, ...errorFields(error) }),
  });
  // past the runtime's own format: CloudWatch reads metrics from lines that are theirs alone
  const metrics = emfMetrics((line) => process.stdout.write(line), systemClock.now);
  return { config, registry, pbxs, keys, clock: systemClock, log, metrics };
};
