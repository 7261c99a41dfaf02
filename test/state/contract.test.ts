import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { dynamoState } from "../../lib/aws/dynamo-state.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { sqliteState } from "../../lib/local/sqlite-state.ts";
import type { StateStore } from "../../lib/state.ts";
import { type Dynamo, startDynamo } from "../support/dynamo.ts";
import { clock, stateContract } from "./contract.ts";

let dynamo: Dynamo;
let directory: string;
beforeAll(async () => {
  dynamo = await startDynamo();
  directory = await mkdtemp(join(tmpdir(), "wildix-state-"));
});
afterAll(async () => {
  await dynamo.close();
  await rm(directory, { recursive: true, force: true });
});

const adapters: Record<string, () => [StateStore, StateStore]> = {
  memory: () => {
    const state = memoryState(clock);
    return [state, state];
  },
  SQLite: () => {
    const file = join(directory, "state.sqlite");
    return [sqliteState(file, clock), sqliteState(file, clock)];
  },
  DynamoDB: () => [
    dynamoState(dynamo.client(), dynamo.table, clock),
    dynamoState(dynamo.client(), dynamo.table, clock),
  ],
};

describe.each(Object.entries(adapters))("the state in %s", (_name, make) => stateContract(make));
