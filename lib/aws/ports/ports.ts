import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { required } from "../../config.ts";
import { errorFields } from "../../log.ts";
import { createPbxs } from "../../pbxs/pbxs.ts";
import type { Ports } from "../../ports.ts";
import { nodeTransport } from "../../wms/sending/node-transport.ts";
import { secretKeys } from "../caller-keys.ts";
import { answersWithin } from "../client-options.ts";
import { awsBasePorts } from "./base-ports.ts";

/** The ports of a function that asks PBXs and needs no store. Throws CONFIG_MISSING. */
export const awsPorts = (): Ports => {
  const secrets = new SecretsManagerClient(answersWithin(2_000));
  const base = { ...awsBasePorts(secrets), transport: nodeTransport() };
  const pbxs = createPbxs({
    ...base,
    onFailure: (pbx, error, attempt) =>
      base.log.warn("request to the PBX failed", { pbx, attempt, ...errorFields(error) }),
  });
  return { ...base, pbxs, keys: secretKeys(secrets, required(base.config.keysSecret, "WILDIX_KEYS_SECRET")) };
};
