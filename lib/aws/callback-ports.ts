import { SNSClient } from "@aws-sdk/client-sns";
import { required } from "../config.ts";
import type { CallbackPorts } from "../ports.ts";
import { awsCallsPorts } from "./calls-ports.ts";
import { answersWithin } from "./client-options.ts";
import { snsAlarms } from "./sns-alarms.ts";

/** The ports of the functions that call back. Throws CONFIG_MISSING. */
export const awsCallbackPorts = (): CallbackPorts => {
  const ports = awsCallsPorts();
  const topic = required(ports.config.alarmTopic, "WILDIX_ALARM_TOPIC");
  return {
    ...ports,
    alarms: snsAlarms(new SNSClient(answersWithin(5_000)), topic),
    // without an event bus nobody listens
    announce: async () => undefined,
  };
};
