import { SNSClient } from "@aws-sdk/client-sns";
import { announceOn } from "../../callbacks/announce.ts";
import { required } from "../../config.ts";
import type { CallbackPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { awsEventBus } from "../event-bridge.ts";
import { snsAlarms } from "../sns-alarms.ts";
import { awsCallsPorts } from "./calls-ports.ts";

/** The ports of the functions that open, change and ring callbacks. Throws CONFIG_MISSING. */
export const awsCallbackPorts = (): CallbackPorts => {
  const ports = awsCallsPorts();
  const { config, clock } = ports;
  const bus = awsEventBus(config);
  return {
    ...ports,
    bus,
    announce: announceOn(bus, clock),
    alarms: snsAlarms(new SNSClient(answersWithin(2_000)), required(config.alarmTopic, "WILDIX_ALARM_TOPIC")),
  };
};
