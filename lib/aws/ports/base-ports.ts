import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readConfig, required } from "../../config.ts";
import { createLog } from "../../log.ts";
import { emfMetrics } from "../../metrics.ts";
import type { BasePorts } from "../../ports.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { answersWithin } from "../client-options.ts";
import { secretsManagerRegistry } from "../secrets-manager.ts";

/** The ports that every function has. Throws CONFIG_MISSING. */
export const awsBasePorts = (secrets = new SecretsManagerClient(answersWithin(2_000))): BasePorts => {
  const config = readConfig(process.env);
  return {
    config,
    registry: secretsManagerRegistry(
      secrets,
      required(config.secretPrefix, "WILDIX_SECRET_PREFIX"),
      systemClock,
    ),
    clock: systemClock,
    random: Math.random,
    log: createLog(process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "wildix-functions"),
    // past the runtime's own format: CloudWatch reads metrics only from lines with nothing else in them
    metrics: emfMetrics(config.metricsNamespace, (line) => process.stdout.write(line), systemClock.now),
  };
};
