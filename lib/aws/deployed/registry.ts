import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Config, readConfig, required } from "../../config.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { secretsManagerRegistry } from "../secrets-manager.ts";
import { stackOutputs } from "./stack.ts";

/** The settings with which a deployment plans and finds its PBXs, from the outputs of its stack. */
export const configOf = (output: (name: string) => string): Config =>
  readConfig(JSON.parse(output("PlannerSettings")));

/** The PBXs of a deployment: their secrets begin with the prefix that it was deployed with. Throws CONFIG_MISSING. */
export const registryOf = ({ secretPrefix }: Config, region: string): PbxRegistry => {
  const prefix = required(secretPrefix, "WILDIX_SECRET_PREFIX");
  return secretsManagerRegistry(new SecretsManagerClient({ region }), prefix, systemClock);
};

/** The PBXs of a stage. Throws DEPLOYMENT_NOT_FOUND, CONFIG_MISSING. */
export const deployedRegistry = async (stage: string, region: string): Promise<PbxRegistry> =>
  registryOf(configOf(await stackOutputs(stage, region)), region);
