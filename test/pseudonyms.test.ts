import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoState } from "../lib/aws/dynamo-state.ts";
import { memoryState } from "../lib/local/memory-state.ts";
import { sqliteState } from "../lib/local/sqlite-state.ts";
import { createPseudonyms } from "../lib/pseudonyms.ts";
import type { StateStore } from "../lib/state.ts";
import { type Dynamo, startDynamo } from "./support/dynamo.ts";
import { fakeClock } from "./support/scripted.ts";

const clock = fakeClock();
let dynamo: Dynamo;
let directory: string;
beforeAll(async () => {
  dynamo = await startDynamo();
  directory = await mkdtemp(join(tmpdir(), "wildix-pseudonyms-"));
});
afterAll(async () => {
  await dynamo.close();
  await rm(directory, { recursive: true, force: true });
});

let made = 0;
const newId = (): string => `id-${++made}`;

const adapters: Readonly<Record<string, () => StateStore>> = {
  memory: () => memoryState(clock),
  SQLite: () => sqliteState(join(directory, "state.sqlite"), clock),
  DynamoDB: () => dynamoState(dynamo.client(), dynamo.table, clock),
};

describe.each(Object.entries(adapters))("pseudonyms in %s", (_name, make) => {
  it("are the same in every process, also if all begin at the same moment", async () => {
    const state = make();
    const processes = Array.from({ length: 20 }, () => createPseudonyms(state, newId));
    const names = await Promise.all(processes.map((pseudonym) => pseudonym("+16144841500")));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await createPseudonyms(state, newId)("+16144841500")).toBe(names[0]);
    expect(await processes[0]?.("+16144841501")).not.toBe(names[0]);
  });
});

describe("pseudonyms", () => {
  it("differ between deployments", async () => {
    const [one, other] = [memoryState(clock), memoryState(clock)].map((state) =>
      createPseudonyms(state, newId),
    );
    expect(await one?.("x")).not.toBe(await other?.("x"));
  });
  it("read the key once in a process, and again only if that failed", async () => {
    const inner = memoryState(clock);
    let reads = 0;
    const state: StateStore = {
      ...inner,
      read: async (key) => {
        if (++reads === 1) throw new Error("the state is down");
        return inner.read(key);
      },
    };
    const pseudonym = createPseudonyms(state, newId);
    await expect(pseudonym("x")).rejects.toThrow("the state is down");
    const names = await Promise.all([pseudonym("x"), pseudonym("x"), pseudonym("x")]);
    expect([new Set(names).size, reads]).toEqual([1, 2]);
  });
});

describe("reading the key of pseudonyms ahead", () => {
  const counting = (state: StateStore) => {
    const counts = { reads: 0, writes: 0 };
    const counted: StateStore = {
      ...state,
      read: (key) => {
        counts.reads++;
        return state.read(key);
      },
      write: (...written) => {
        counts.writes++;
        return state.write(...written);
      },
    };
    return { counted, counts };
  };
  it("makes no key", async () => {
    const { counted, counts } = counting(memoryState(clock));
    const pseudonym = createPseudonyms(counted, newId);
    await pseudonym.readAhead();
    expect(counts).toEqual({ reads: 1, writes: 0 });
    await pseudonym("a");
    expect(counts).toEqual({ reads: 2, writes: 1 });
  });
  it("saves the first name its request, and gives the same name", async () => {
    const { counted, counts } = counting(memoryState(clock));
    const before = await createPseudonyms(counted, newId)("a");
    const pseudonym = createPseudonyms(counted, newId);
    await pseudonym.readAhead();
    const { reads } = counts;
    expect(await pseudonym("a")).toBe(before);
    expect(counts.reads).toBe(reads);
  });
});
