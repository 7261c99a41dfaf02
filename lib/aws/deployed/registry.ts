import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readConfig, required } from "../../config.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { secretsManagerRegistry } from "../secrets-manager.ts";
import { stackOutputs } from "./stack.ts";

/** The PBXs of a deployment: their secrets begin with the prefix that it was deployed with. Throws CONFIG_MISSING. */
export const registryOf = (output: (name: string) => string, region: string): PbxRegistry => {
  const config = readConfig(JSON.parse(output("PlannerSettings")));
  const prefix = required(config.secretPrefix, "WILDIX_SECRET_PREFIX");
  return secretsManagerRegistry(new SecretsManagerClient({ region }), prefix, systemClock);
};

/** The PBXs of a stage. Throws DEPLOYMENT_NOT_FOUND, CONFIG_MISSING. */
export const deployedRegistry = async (stage: string, region: string): Promise<PbxRegistry> =>
  registryOf(await stackOutputs(stage, region), region);
