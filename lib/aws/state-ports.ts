import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Config, required } from "../config.ts";
import { defined } from "../defined.ts";
import type { StatePorts } from "../ports.ts";
import type { StateStore } from "../state.ts";
import { systemClock } from "../wms/system-clock.ts";
import { answersWithin } from "./client-options.ts";
import { dynamoState } from "./dynamo-state.ts";
import { awsPorts } from "./ports.ts";

/** DynamoDB answers in milliseconds or not at all; a person waits at a phone, and a try more is cheap. */
const client = answersWithin(1_000);

/** The state of this deployment. Throws CONFIG_MISSING. */
export const awsState = (config: Config): StateStore => awsStateOf(required(config.table, "WILDIX_TABLE"));

/** The state in a table; without a region, in the function's own. */
export const awsStateOf = (table: string, region?: string): StateStore => {
  const options = { ...client, ...defined({ region }) };
  return dynamoState(new DynamoDBClient(options), table, systemClock);
};

/** The ports of a function that remembers. Apart from ports.ts, so that the others do not carry DynamoDB's client. */
export const awsStatePorts = (): StatePorts => {
  const ports = awsPorts();
  return { ...ports, state: awsState(ports.config) };
};
