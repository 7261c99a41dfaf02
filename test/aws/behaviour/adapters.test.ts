import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { secretKeys } from "../../../lib/aws/caller-keys.ts";
import { dynamoState } from "../../../lib/aws/dynamo-state.ts";
import { pbxSecrets } from "../../../lib/aws/pbx-secrets.ts";
import { s3Store } from "../../../lib/aws/s3-store.ts";
import { secretsManagerRegistry } from "../../../lib/aws/secrets-manager.ts";
import { callerKeysContract } from "../../callers/caller-keys-contract.ts";
import { contractPbxs, registryContract, tagsOf } from "../../pbxs/registry-contract.ts";
import { clock, stateContract } from "../../state/contract.ts";
import { bytes, storeContract } from "../../store/store-contract.ts";
import { clientSettings, stack } from "../support/client.ts";

const s3 = new S3Client({ ...clientSettings, forcePathStyle: true });
const secretsManager = new SecretsManagerClient(clientSettings);

const newBucket = async (): Promise<string> => {
  const Bucket = `contract-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
};

storeContract("S3", async () => s3Store(s3, await newBucket()));

registryContract("Secrets Manager", async () => {
  const prefix = `/contract/${randomUUID()}/`;
  const secrets = pbxSecrets(secretsManager, prefix, { now: Date.now });
  for (const pbx of contractPbxs)
    await secrets.write(pbx.id, { text: JSON.stringify(pbx.secret), tags: tagsOf(pbx) });
  return secretsManagerRegistry(secretsManager, prefix, { now: Date.now });
});

describe("callers' keys in Secrets Manager", () =>
  callerKeysContract(async () => {
    const name = `/contract/${randomUUID()}/keys`;
    return [secretKeys(secretsManager, name), secretKeys(secretsManager, name)];
  }));

describe("the state in DynamoDB", () => {
  const table = stack.outputs["StateTableName"] ?? "";
  // the emulator removes what has expired by its own clock, so the contract's clock is ahead of that
  clock.at = Math.ceil(Date.now() / 1000 + 86_400) * 1000;
  const make = () => dynamoState(new DynamoDBClient(clientSettings), table, clock);
  stateContract(() => [make(), make()]);
});

describe("the store on S3", () => {
  it("an abort leaves no upload behind that would cost", async () => {
    const Bucket = await newBucket();
    const uploads = async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [];
    const staged = await s3Store(s3, Bucket).stage("a", bytes(20));
    expect(await uploads()).toHaveLength(1);
    await staged.abort();
    expect(await uploads()).toEqual([]);
  });
  it("of 20 who write the same object at once, one does", async () => {
    const store = s3Store(s3, await newBucket());
    const staged = await Promise.all(Array.from({ length: 20 }, () => store.stage("a", bytes(1))));
    const outcomes = await Promise.allSettled(staged.map((one) => one.commit({ absent: true })));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "STORE_CONFLICT" });
  });
});
