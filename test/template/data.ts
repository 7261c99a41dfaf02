import { at, ofType, type Rule } from "./template.ts";

const closed = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

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
  return [...buckets, ...tables, ...queues];
};
