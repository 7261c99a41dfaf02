import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Config, required } from "../../config.ts";
import type { StatePorts } from "../../ports.ts";
import type { StateStore } from "../../state.ts";
import { systemClock } from "../../wms/system-clock.ts";
import { answersWithin } from "../client-options.ts";
import { dynamoState } from "../dynamo-state.ts";
import { awsPorts } from "./ports.ts";

/** DynamoDB answers in milliseconds or not at all; a person waits at a phone, and a try more is cheap. */
const forFunctions = answersWithin(1_000);
/** A command reads the counters of 1,000 PBXs at the same time, over any network. */
const forCommands = answersWithin(20_000, 10_000);

/** The state of this deployment. Throws CONFIG_MISSING. */
export const awsState = (config: Config): StateStore =>
  dynamoState(new DynamoDBClient(forFunctions), required(config.table, "WILDIX_TABLE"), systemClock);

/** The state of another deployment, for the command. */
export const awsStateOf = (table: string, region: string): StateStore =>
  dynamoState(new DynamoDBClient({ ...forCommands, region }), table, systemClock);

/** The ports of a function that remembers. Apart from ports.ts, so that the others do not carry DynamoDB's client. */
export const awsStatePorts = (): StatePorts => {
  const ports = awsPorts();
  return { ...ports, state: awsState(ports.config) };
};
