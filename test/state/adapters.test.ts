import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoState } from "../../lib/aws/dynamo-state.ts";
import { awsState } from "../../lib/aws/ports/state-ports.ts";
import { readConfig } from "../../lib/config.ts";
import { sqliteState } from "../../lib/local/sqlite-state.ts";
import { type Dynamo, startDynamo } from "../support/dynamo.ts";
import { fakeClock } from "../support/scripted.ts";

const clock = fakeClock();
const key = { partition: "p", id: "a" };
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-state-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the state in a SQLite file", () => {
  it("is one for several processes that write at once", async () => {
    const file = join(directory, "shared.sqlite");
    const child = new URL("../support/state-child.ts", import.meta.url).pathname;
    const told = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { stdout } = await promisify(execFile)(process.execPath, [
          child,
          file,
          "100",
          "2026-11-24T10:00:00Z",
        ]);
        return JSON.parse(stdout) as { counted: number; won: number };
      }),
    );
    expect(told.reduce((sum, { counted }) => sum + counted, 0)).toBe(50);
    expect(told.reduce((sum, { won }) => sum + won, 0)).toBe(100);
  });
  it("is for its owner only, with its journal", async () => {
    const file = join(directory, "private.sqlite");
    const state = sqliteState(file, clock);
    await state.write(key, 1, { absent: true });
    const modes = [file, `${file}-wal`, `${file}-shm`].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    state.close();
  });
  it("stays when the process ends, but for what expired", async () => {
    const file = join(directory, "kept.sqlite");
    const state = sqliteState(file, clock);
    const expiresAt = Math.floor(clock.now() / 1000) + 10;
    await state.write(key, 1, { absent: true }, expiresAt);
    const stays = await state.write({ ...key, id: "b" }, 2, { absent: true });
    await state.count(key, { by: 1, expiresAt });
    state.close();
    clock.at += 10_000;
    const again = sqliteState(file, clock);
    expect(await again.read({ ...key, id: "b" })).toEqual(stays);
    expect(await again.read(key)).toBeUndefined();
    expect(await again.count(key, { by: 1, expiresAt: expiresAt + 10 })).toBe(1);
  });
  it("a file that is no state is said by name", async () => {
    const file = join(directory, "text.sqlite");
    await writeFile(file, "this is no database, but a text that is long enough to be looked at".repeat(20));
    await expect(sqliteState(file, clock).read(key)).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
      message: expect.stringContaining("text.sqlite"),
    });
    await expect(
      sqliteState(join(directory, "none", "deep", "x"), clock).write(key, 1, { absent: true }),
    ).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
  });
});

describe("the state in DynamoDB", () => {
  let dynamo: Dynamo;
  beforeAll(async () => {
    dynamo = await startDynamo();
  });
  afterAll(() => dynamo.close());

  /** A client whose answers get lost once, after the write was made. */
  const lossy = (): { state: ReturnType<typeof dynamoState>; lose: () => void } => {
    const client = dynamo.client({ maxAttempts: 3 });
    let losing = false;
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        if (!losing) return answer;
        losing = false;
        throw Object.assign(new Error("lost"), { name: "TimeoutError", code: "ECONNRESET" });
      },
      { step: "deserialize", priority: "high" },
    );
    const lose = (): void => {
      losing = true;
    };
    return { state: dynamoState(client, dynamo.table, clock), lose };
  };

  it("knows its own write again when the answer was lost", async () => {
    const { state, lose } = lossy();
    lose();
    const first = await state.write(key, 1, { absent: true });
    expect(first).toBeDefined();
    lose();
    const second = await state.write(key, 2, { version: first?.version ?? "" });
    expect(await state.read(key)).toEqual(second);
    lose();
    expect(await state.write(key, 3, { version: first?.version ?? "" })).toBeUndefined();
  });
  it("takes one request to begin a counter and to increase it, and two to begin it again", async () => {
    const client = dynamo.client();
    let requests = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        requests++;
        return next(args);
      },
      { step: "build" },
    );
    const state = dynamoState(client, dynamo.table, clock);
    const count = (by: number) =>
      state.count({ partition: "requests", id: "a" }, { by, expiresAt: Math.floor(clock.now() / 1000) + 60 });
    expect([await count(1), requests]).toEqual([1, 1]);
    expect([await count(2), requests]).toEqual([3, 2]);
    clock.at += 60_000;
    expect([await count(5), requests]).toEqual([5, 4]);
  });
  it("counts once more rather than not at all when the answer was lost", async () => {
    const { state, lose } = lossy();
    const count = { by: 1, limit: 3, expiresAt: Math.floor(clock.now() / 1000) + 60 };
    lose();
    expect(await state.count(key, count)).toBe(2);
    lose();
    expect(await state.count(key, count)).toBeUndefined();
  });
  it("a table that is not there, or a network that is not, is said", async () => {
    const none = dynamoState(dynamo.client(), "no-such-table", clock);
    await expect(none.read(key)).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
      message: "DynamoDB did not respond: ResourceNotFoundException",
    });
    const away = dynamoState(
      dynamo.client({ endpoint: "http://127.0.0.1:1", maxAttempts: 1 }),
      dynamo.table,
      clock,
    );
    await expect(away.write(key, 1, { absent: true })).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    await expect(away.count(key, { by: 1, expiresAt: 1 })).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
    });
    await expect(away.list("p")[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
    });
  });
  it("a deployment without a table is refused by the variable's name", () => {
    expect(() => awsState(readConfig({}))).toThrowError(
      expect.objectContaining({ code: "CONFIG_MISSING", field: "WILDIX_TABLE" }),
    );
    expect(awsState(readConfig({ WILDIX_TABLE: "state" }))).toBeDefined();
  });
});
