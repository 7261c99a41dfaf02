import type { FunctionName } from "../../cli/server/functions.ts";
import { datasets } from "../../lib/history/publication/manifest.ts";
import { arnBase } from "./template.ts";

/** Actions by the exact resource, as `rendered` writes it, for the stage dev. */
export type Needs = Readonly<Record<string, readonly string[]>>;

const secret = (name: string): string => `${arnBase("secretsmanager")}secret:${name}`;
/** Reads a PBX's credentials: the name begins with `WILDIX_SECRET_PREFIX`. */
const pbxSecrets: Needs = { [secret("/wildix/dev/pbx/*")]: ["secretsmanager:GetSecretValue"] };
/** Of the secrets' values, a planner reads only those that hold several PBXs. */
const sharedSecrets: Needs = { [secret("/wildix/dev/pbx/_*")]: ["secretsmanager:GetSecretValue"] };
/** The list has no resource-level permission. */
const secretList: Needs = { "*": ["secretsmanager:ListSecrets"] };
/** The secret's name as code reads it, and its ARN with the six characters that Secrets Manager adds. */
const callerKeys: Needs = {
  [secret("/wildix/dev/keys")]: ["secretsmanager:GetSecretValue"],
  [secret("/wildix/dev/keys-??????")]: ["secretsmanager:GetSecretValue"],
};
const auditLog = `${arnBase("logs")}log-group:\${AuditLog}`;
const writeLog = ["logs:CreateLogStream", "logs:PutLogEvents"];
const bucket = `\${ExportBucket.Arn}`;
/** Without the right to list, a missing object is answered as a forbidden one. */
const bucketList: Needs = { [bucket]: ["s3:ListBucket"] };
const table = `\${StateTable.Arn}`;

/** Everything that opening, changing and ringing a callback does. */
const callbackWork: Needs = {
  ...secretList,
  ...pbxSecrets,
  [table]: [
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:Query",
  ],
  [auditLog]: writeLog,
  [`${auditLog}:*`]: writeLog,
  "${AlarmTopic}": ["sns:Publish"],
  "${EventBus.Arn}": ["events:PutEvents"],
};

/**
 * What the code of each function calls, and on which resource. Written from the code and not from serverless/roles.cjs, so that
 * each checks the other. The function's own log, destination, event source and the key of a topic are not here: the template says them.
 */
export const needs: Readonly<Record<FunctionName, Needs>> = {
  originate: {
    ...callerKeys,
    ...pbxSecrets,
    // calls, locks and counters of callers
    [table]: [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:Query",
    ],
    [auditLog]: writeLog,
    [`${auditLog}:*`]: writeLog,
  },
  "reconcile-calls": {
    ...pbxSecrets,
    [table]: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"],
  },
  "create-sound": {
    ...callerKeys,
    ...pbxSecrets,
    ...bucketList,
    [`${bucket}/sounds/*`]: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
  },
  "call-queues": { ...callerKeys, ...pbxSecrets },
  "call-history": { ...callerKeys, ...pbxSecrets },
  "plan-exports": {
    ...secretList,
    ...sharedSecrets,
    ...bucketList,
    // reads the manifests of days, writes the report on all PBXs
    [`${bucket}/manifests/*`]: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
    [`${bucket}/customers/*/manifests/*`]: ["s3:GetObject"],
    [`${bucket}/customers.json`]: ["s3:GetObject", "s3:PutObject"],
    [table]: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    "${ExportQueue.Arn}": ["sqs:SendMessage"],
    "${ExportDeadLetters.Arn}": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
    "${AlarmTopic}": ["sns:Publish"],
    "${EventBus.Arn}": ["events:PutEvents"],
  },
  "export-history": {
    ...secretList,
    ...pbxSecrets,
    ...bucketList,
    // parts are deleted if their day is exported again
    ...Object.fromEntries(
      datasets.flatMap((folder) =>
        [folder, `customers/*/${folder}`].map((place) => [
          `${bucket}/${place}/*`,
          ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
        ]),
      ),
    ),
    // a manifest is too small for a multipart upload
    [`${bucket}/manifests/*`]: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    [`${bucket}/customers/*/manifests/*`]: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    [`${bucket}/customers.json`]: ["s3:GetObject", "s3:PutObject"],
    // lists the numbers that were erased
    [table]: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    // the continuation of a day, and a day that another worker has
    "${EventBus.Arn}": ["events:PutEvents"],
    "${ExportQueue.Arn}": ["sqs:SendMessage", "sqs:ChangeMessageVisibility"],
  },
  "check-pbxs": {
    ...secretList,
    ...pbxSecrets,
    // what the operators were notified of
    [table]: ["dynamodb:GetItem", "dynamodb:PutItem"],
    "${AlarmTopic}": ["sns:Publish"],
  },
  webhook: { ...pbxSecrets, "${EventQueue.Arn}": ["sqs:SendMessage"] },
  events: {
    ...callbackWork,
    // an event is written once
    [`${bucket}/events/*`]: ["s3:PutObject", "s3:AbortMultipartUpload"],
    [`${bucket}/customers/*/events/*`]: ["s3:PutObject", "s3:AbortMultipartUpload"],
    [`${bucket}/customers.json`]: ["s3:GetObject"],
    ...bucketList,
  },
  callbacks: { ...callerKeys, ...callbackWork },
  "sweep-callbacks": callbackWork,
};
