import { randomUUID } from "node:crypto";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { required } from "../../config.ts";
import type { CallsPorts } from "../../ports.ts";
import { systemMonotonic } from "../../wms/system-clock.ts";
import { cloudWatchAudit } from "../audit-log.ts";
import { answersWithin } from "../client-options.ts";
import { awsStatePorts } from "./state-ports.ts";

/** A call waits for its audit line; where the log is down, it must not wait long. */
const client = { ...answersWithin(1_000), maxAttempts: 2 };

/** The ports of the functions that place calls and look after them. Throws CONFIG_MISSING. */
export const awsCallsPorts = (): CallsPorts => {
  const ports = awsStatePorts();
  const group = required(ports.config.auditGroup, "WILDIX_AUDIT_LOG");
  const stream = process.env["AWS_LAMBDA_LOG_STREAM_NAME"] ?? randomUUID();
  return {
    ...ports,
    // a function has its own stream; its name has the form of the usual ones, so that they sort by day
    audit: cloudWatchAudit(new CloudWatchLogsClient(client), group, stream),
    monotonic: systemMonotonic,
    newId: randomUUID,
  };
};
