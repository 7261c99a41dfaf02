import type { PbxSecrets } from "../../lib/aws/pbx-secrets.ts";
import { diagnosePbx } from "../../lib/pbxs/diagnose-pbx.ts";
import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import { resolveName } from "../../lib/wms/diagnose.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import { type Context, checkStage, regionOf } from "../context/context.ts";
import type { Probe } from "./probe.ts";

/** Where the deployment is. */
export interface StageOptions {
  readonly stage: string;
  readonly prefix?: string;
  readonly region?: string;
  readonly json?: boolean;
}

export type DeployedSecrets = {
  readonly secrets: PbxSecrets;
  readonly registry: PbxRegistry;
  readonly prefix: string;
  readonly probe: Probe;
  /** Stages of the region that have secrets; undefined if a prefix was typed, which has no stage. */
  readonly stages: (() => Promise<readonly string[]>) | undefined;
};

/** Secrets Manager of the deployment. The SDK is loaded here, so that no other command waits for it. */
export const openSecrets = async (context: Context, options: StageOptions): Promise<DeployedSecrets> => {
  const { awsSecrets } = await import("../../lib/aws/pbx-secrets.ts");
  const { awsSecretStages } = await import("../../lib/aws/secret-stages.ts");
  const prefix = options.prefix ?? `/wildix/${checkStage(options.stage)}/pbx/`;
  const region = regionOf(context, options.region);
  const { clock } = context;
  const ports = { transport: nodeTransport(), clock, random: Math.random, resolve: resolveName };
  return {
    prefix,
    ...awsSecrets(prefix, region, context.clock),
    stages: options.prefix === undefined ? () => awsSecretStages(region) : undefined,
    probe: (connection, expected, settings) => diagnosePbx(ports, { connection, settings }, expected),
  };
};
