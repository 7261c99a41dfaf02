import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractPbxs, registryContract, tagsOf } from "../pbxs/registry-contract.ts";
import { clock, stateContract } from "../state/contract.ts";
import { type BundledAdapters, bundledAdapters, loopback } from "../support/bundled-adapters.ts";
import { type Dynamo, startDynamo } from "../support/dynamo.ts";
import { startJsonService } from "../support/json-service.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

let bundled: BundledAdapters;
let dynamo: Dynamo;
const cleanUp: (() => unknown)[] = [];
beforeAll(async () => {
  bundled = await bundledAdapters();
  dynamo = await startDynamo();
});
afterAll(async () => {
  await dynamo.close();
  for (const act of cleanUp) await act();
});

describe("the state in DynamoDB, with the client of the bundles", () => {
  const state = () => {
    const client = new bundled.DynamoDBClient(loopback(dynamo.url));
    cleanUp.push(() => client.destroy());
    return bundled.dynamoState(client, dynamo.table, clock);
  };
  stateContract(() => [state(), state()]);
});

registryContract("Secrets Manager, with the client of the bundles", async () => {
  const secrets = contractPbxs.map((pbx) => ({
    name: `/wildix/dev/pbx/${pbx.id}`,
    value: JSON.stringify(pbx.secret),
    tags: tagsOf(pbx),
  }));
  const stub = await startSecretsManager(secrets);
  cleanUp.push(stub.close);
  const client = new bundled.SecretsManagerClient(loopback(stub.url));
  return bundled.secretsManagerRegistry(client, "/wildix/dev/pbx/", clock);
});

describe("Secrets Manager, with the client of the bundles", () => {
  it("gives the callers' keys, and undefined if there are none", async () => {
    const stub = await startSecretsManager([{ name: "/keys", value: "{}" }]);
    cleanUp.push(stub.close);
    const client = new bundled.SecretsManagerClient(loopback(stub.url));
    expect(await bundled.secretKeys(client, "/keys").read()).toEqual({ text: "{}", version: "first" });
    expect(await bundled.secretKeys(client, "/none").read()).toBeUndefined();
  });
  it("gives the time at which a secret was created", async () => {
    const stub = await startSecretsManager([{ name: "p/milan", value: "{}" }]);
    cleanUp.push(stub.close);
    const client = new bundled.SecretsManagerClient(loopback(stub.url));
    const [milan] = await bundled.secretsManagerRegistry(client, "p/", clock).list();
    expect(milan?.registeredAt).toBe(1_700_000_000_000);
  });
  it("is not changed by a function", async () => {
    const stub = await startSecretsManager([]);
    cleanUp.push(stub.close);
    const client = new bundled.SecretsManagerClient(loopback(stub.url));
    await expect(bundled.secretKeys(client, "/keys").write("{}", undefined)).rejects.toMatchObject({
      code: "KEYS_UNAVAILABLE",
      cause: {
        message: "a function cannot send CreateSecret: only the command wildix changes secrets",
      },
    });
  });
});

describe("the audit log in CloudWatch, with the client of the bundles", () => {
  it("writes a line into a stream that exists", async () => {
    const line = {
      at: "2026-11-24T09:00:00.000Z",
      decision: "allowed",
      pbx: "p",
      caller: "c",
      request: "r",
    } as const;
    const service = await startJsonService((operation) =>
      operation === "CreateLogStream" ? [400, { __type: "ResourceAlreadyExistsException" }] : [200, ""],
    );
    cleanUp.push(service.close);
    const client = new bundled.CloudWatchLogsClient(loopback(service.url));
    await bundled.cloudWatchAudit(client, "group", "stream").write(line);
    const where = { logGroupName: "group", logStreamName: "stream" };
    const logEvents = [{ timestamp: 1_795_510_800_000, message: JSON.stringify(line) }];
    expect(service.requests.map(({ target, body }) => [target, JSON.parse(body)])).toEqual([
      ["Logs_20140328.CreateLogStream", where],
      ["Logs_20140328.PutLogEvents", { ...where, logEvents }],
    ]);
  });
});
