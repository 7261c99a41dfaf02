import { describe, expect, it } from "vitest";
import { ask, call, stack, startPbx } from "../support/client.ts";
import { isLoopback, listenersOf, processesOf } from "../support/processes.ts";

describe("this suite", () => {
  it("listens on loopback alone, with the emulator, its functions and the PBX", async () => {
    await startPbx("loopback");
    await call("GET", "/call-queues?pbx=loopback");
    const processes = await processesOf(stack.run);
    expect(processes.length).toBeGreaterThanOrEqual(2);
    const listeners = await listenersOf([...processes, process.pid]);
    expect(listeners.length).toBeGreaterThanOrEqual(2);
    expect(listeners.filter((address) => !isLoopback(address))).toEqual([]);
  });
  it("hands nothing of this shell on to the functions", async () => {
    expect(Object.keys(stack.env).filter((name) => /npm|vitest|CI/i.test(name))).toEqual([]);
  });
  it("has the properties that the emulator's CloudFormation drops", async () => {
    const TableName = stack.outputs["StateTableName"];
    expect(await ask("dynamodb", "DynamoDB_20120810.DescribeTimeToLive", { TableName })).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: "expires_at" },
    });
  });
});
