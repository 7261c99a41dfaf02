import { isDeepStrictEqual } from "node:util";
import { at, listOf, ofType, type Rule, target } from "./template.ts";

const accountItself = { AWS: { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } };

const closed = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

/** CloudWatch may use the key, for alarms of this account only. */
const alarmsMayUse = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: ["kms:GenerateDataKey*", "kms:Decrypt"],
  Resource: "*",
  Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
};

/** A topic is encrypted with a key that alarms may use: they cannot use AWS's own key for SNS. */
const topicFindings: Rule = (template) =>
  ofType(template, "AWS::SNS::Topic").flatMap(([id, { Properties }]) => {
    const key = template.Resources[target(at(Properties, "KmsMasterKeyId")) ?? ""];
    if (key?.Type !== "AWS::KMS::Key") return [`${id} is not encrypted with a key of the stack`];
    const statements = listOf(at(key.Properties, "KeyPolicy", "Statement"));
    const others = statements.filter(
      (one) => JSON.stringify(at(one, "Principal")) !== JSON.stringify(accountItself),
    );
    return isDeepStrictEqual(others, [alarmsMayUse])
      ? []
      : [`${id}: its key must be usable by alarms of this account, and by nobody else`];
  });

/** Data outlives the stack, mistakes and lost laptops: kept, closed, encrypted, restorable. */
export const dataFindings: Rule = (template) => {
  const buckets = ofType(template, "AWS::S3::Bucket")
    .filter(([id]) => id !== "ServerlessDeploymentBucket")
    .flatMap(([id, { DeletionPolicy, Properties }]) => {
      const policy = ofType(template, "AWS::S3::BucketPolicy").find(
        ([, own]) => at(own.Properties, "Bucket", "Ref") === id,
      );
      const rules = JSON.stringify(at(Properties, "LifecycleConfiguration", "Rules") ?? []);
      const wanted = [
        [DeletionPolicy === "Retain", "goes when the stack goes"],
        [
          closed.every((key) => at(Properties, "PublicAccessBlockConfiguration", key) === true),
          "may be made public",
        ],
        [at(Properties, "BucketEncryption") !== undefined, "is not encrypted"],
        [at(Properties, "VersioningConfiguration", "Status") === "Enabled", "keeps no older versions"],
        [rules.includes("AbortIncompleteMultipartUpload"), "keeps uploads that nobody finished"],
        [rules.includes("NoncurrentVersionExpiration"), "keeps older versions for ever"],
        [JSON.stringify(policy ?? "").includes('"aws:SecureTransport":"false"'), "can be read without TLS"],
      ] as const;
      return wanted.flatMap(([fine, problem]) => (fine ? [] : [`${id} ${problem}`]));
    });
  const tables = ofType(template, "AWS::DynamoDB::Table").flatMap(([id, { DeletionPolicy, Properties }]) => {
    const wanted = [
      [DeletionPolicy === "Retain", "goes when the stack goes"],
      [
        at(Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") === true,
        "cannot be restored",
      ],
      [at(Properties, "TimeToLiveSpecification", "AttributeName") === "expires_at", "keeps what has expired"],
      [at(Properties, "BillingMode") === "PAY_PER_REQUEST", "has a capacity that somebody has to guess"],
      [Properties["DeletionProtectionEnabled"] !== undefined, "does not say whether it may be deleted"],
    ] as const;
    return wanted.flatMap(([fine, problem]) => (fine ? [] : [`${id} ${problem}`]));
  });
  const queues = ofType(template, "AWS::SQS::Queue")
    .filter(([, { Properties }]) => Properties["SqsManagedSseEnabled"] !== true)
    .map(([id]) => `${id} is not encrypted`);
  return [...buckets, ...tables, ...queues, ...topicFindings(template)];
};
