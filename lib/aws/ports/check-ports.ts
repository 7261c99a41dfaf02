import { SNSClient } from "@aws-sdk/client-sns";
import { required } from "../../config.ts";
import type { CheckPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { snsAlarms } from "../sns-alarms.ts";
import { awsStatePorts } from "./state-ports.ts";

/** The ports of the function that checks PBXs. Throws CONFIG_MISSING. */
export const awsCheckPorts = (): CheckPorts => {
  const ports = awsStatePorts();
  const topic = required(ports.config.alarmTopic, "WILDIX_ALARM_TOPIC");
  return { ...ports, alarms: snsAlarms(new SNSClient(answersWithin(5_000)), topic) };
};
