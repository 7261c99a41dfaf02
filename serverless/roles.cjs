// What each function may do, and no more; how that becomes roles stands below. A test compares it with what the code calls.

const pbxSecret = allow(
  "secretsmanager:GetSecretValue",
  arn("secretsmanager", "secret:${param:secretPrefix}*"),
);
// by its name, or by the ARN with the six characters that Secrets Manager adds
const callerKeys = allow("secretsmanager:GetSecretValue", [
  arn("secretsmanager", "secret:${param:keysSecret}"),
  arn("secretsmanager", "secret:${param:keysSecret}-??????"),
]);
// has no resource-level permission
const listSecrets = allow("secretsmanager:ListSecrets", "*");
const objects = (folder, ...actions) => allow(actions, { "Fn::Sub": `\${ExportBucket.Arn}/${folder}/*` });
// also tells a missing object (404) from a forbidden one (403)
const listBucket = allow("s3:ListBucket", { "Fn::GetAtt": ["ExportBucket", "Arn"] });
const records = allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"], {
  "Fn::GetAtt": ["StateTable", "Arn"],
});
const counters = allow("dynamodb:UpdateItem", { "Fn::GetAtt": ["StateTable", "Arn"] });
// a stream is made in the group, lines are put into the stream
const auditLog = allow(
  ["logs:CreateLogStream", "logs:PutLogEvents"],
  [arn("logs", "log-group:${AuditLog}"), arn("logs", "log-group:${AuditLog}:*")],
);
const giveUp = allow("sqs:SendMessage", { "Fn::GetAtt": ["Failures", "Arn"] });

const functions = {
  originate: [callerKeys, pbxSecret, records, counters, auditLog],
  "reconcile-calls": [pbxSecret, records, giveUp],
  "create-sound": [
    callerKeys,
    pbxSecret,
    objects("sounds", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    listBucket,
  ],
  "call-queues": [callerKeys, pbxSecret],
  "call-history": [callerKeys, pbxSecret],
  "plan-exports": [
    listSecrets,
    // the report on all PBXs of a day
    objects("manifests", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    listBucket,
    dayRecords("dynamodb:Query"),
    allow("sqs:SendMessage", { "Fn::GetAtt": ["ExportQueue", "Arn"] }),
    allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], { "Fn::GetAtt": ["ExportDeadLetters", "Arn"] }),
    allow("sns:Publish", { Ref: "AlarmTopic" }),
    giveUp,
  ],
  "export-history": [
    pbxSecret,
    // who exports by hand names a PBX
    listSecrets,
    objects("calls", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
    objects("manifests", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
    listBucket,
    dayRecords(),
    // a day that does not fit into one invocation is handed on; a failed one comes again soon
    allow(
      [
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
      ],
      { "Fn::GetAtt": ["ExportQueue", "Arn"] },
    ),
    giveUp,
  ],
  "check-pbxs": [pbxSecret, listSecrets, giveUp],
};

/** Roles of the schedules (schedules.yml): each starts one function. */
const schedules = {
  ReconcileSchedulerRole: [allow("lambda:InvokeFunction", functionArn("reconcile-calls")), giveUp],
  PlanSchedulerRole: [allow("lambda:InvokeFunction", functionArn("plan-exports")), giveUp],
  CheckSchedulerRole: [allow("lambda:InvokeFunction", functionArn("check-pbxs")), giveUp],
};

function dayRecords(...more) {
  return allow(["dynamodb:GetItem", "dynamodb:PutItem", ...more], { "Fn::GetAtt": ["StateTable", "Arn"] });
}
function allow(Action, Resource) {
  return { Effect: "Allow", Action, Resource };
}
function arn(service, resource) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}` };
}
function functionArn(name) {
  return arn("lambda", `function:\${self:service}-\${sls:stage}-${name}`);
}

const role = (service, statements, condition) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: service },
          Action: "sts:AssumeRole",
          ...(condition && { Condition: condition }),
        },
      ],
    },
    Policies: [{ PolicyName: "rights", PolicyDocument: { Version: "2012-10-17", Statement: statements } }],
  },
});

/** create-sound has CreateSoundRole. */
const roleName = (name) => `${name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())}Role`;

const ownLog = (name) =>
  allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arn("logs", `log-group:/aws/lambda/\${self:service}-\${sls:stage}-${name}:*`),
  );
const ownAccount = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };

module.exports = {
  Resources: Object.fromEntries([
    ...Object.entries(functions).map(([name, statements]) => [
      roleName(name),
      role("lambda.amazonaws.com", [ownLog(name), ...statements]),
    ]),
    ...Object.entries(schedules).map(([name, statements]) => [
      name,
      role("scheduler.amazonaws.com", statements, ownAccount),
    ]),
  ]),
};
