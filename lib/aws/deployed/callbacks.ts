import { randomUUID } from "node:crypto";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SNSClient } from "@aws-sdk/client-sns";
import { announceOn } from "../../callbacks/announce.ts";
import type { CallbackPorts } from "../../callbacks/callbacks.ts";
import type { Log } from "../../log.ts";
import { noMetrics } from "../../metrics.ts";
import { createPbxs, type Pbxs } from "../../pbxs/pbxs.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import { nodeTransport } from "../../wms/sending/node-transport.ts";
import { systemClock, systemMonotonic } from "../../wms/system-clock.ts";
import { cloudWatchAudit } from "../audit-log.ts";
import { eventBridge } from "../event-bridge.ts";
import { awsStateOf } from "../ports/state-ports.ts";
import { snsAlarms } from "../sns-alarms.ts";
import { configOf, registryOf } from "./registry.ts";
import { stackOutputs } from "./stack.ts";

/** The ports with which the command handles callbacks of a deployment. Throws DEPLOYMENT_NOT_FOUND, CONFIG_MISSING. */
export const deployedCallbacks = async (
  stage: string,
  region: string,
  log: Log,
): Promise<CallbackPorts & { readonly registry: PbxRegistry; readonly pbxs: Pbxs }> => {
  const output = await stackOutputs(stage, region);
  const registry = registryOf(configOf(output), region);
  const stream = `command/${randomUUID()}`;
  return {
    registry,
    pbxs: createPbxs({ registry, transport: nodeTransport(), clock: systemClock, random: Math.random }),
    state: awsStateOf(output("StateTableName"), region),
    audit: cloudWatchAudit(new CloudWatchLogsClient({ region }), output("AuditLogName"), stream),
    clock: systemClock,
    monotonic: systemMonotonic,
    newId: randomUUID,
    log,
    metrics: noMetrics,
    alarms: snsAlarms(new SNSClient({ region }), output("AlarmTopicArn")),
    announce: announceOn(eventBridge(new EventBridgeClient({ region }), output("EventBusName")), systemClock),
  };
};
