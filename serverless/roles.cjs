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
// what is remembered of a PBX's day is never deleted: it expires
const dayRecords = (...actions) => allow(actions, { "Fn::GetAtt": ["StateTable", "Arn"] });
const counters = allow("dynamodb:UpdateItem", { "Fn::GetAtt": ["StateTable", "Arn"] });
// a stream is made in the group, lines are put into the stream
const auditLog = allow(
  ["logs:CreateLogStream", "logs:PutLogEvents"],
  [arn("logs", "log-group:${AuditLog}"), arn("logs", "log-group:${AuditLog}:*")],
);
const giveUp = allow("sqs:SendMessage", { "Fn::GetAtt": ["Failures", "Arn"] });
const onQueue = (name, ...actions) => allow(actions, { "Fn::GetAtt": [name, "Arn"] });
const tellPeople = allow("sns:Publish", { Ref: "AlarmTopic" });

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
    // the report on the fleet; whether a draft stands in the place of a manifest
    objects("manifests", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    listBucket,
    dayRecords("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
    giveUp,
    onQueue("ExportQueue", "sqs:SendMessage"),
    onQueue("ExportDeadLetters", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
    tellPeople,
  ],
  "export-history": [
    pbxSecret,
    listSecrets,
    objects("calls", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
    // written whole; what a run that failed has left in a manifest's place is deleted
    objects("manifests", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    listBucket,
    dayRecords("dynamodb:GetItem", "dynamodb:PutItem"),
    giveUp,
    // takes a day's message, and hands on what time does not suffice for
    onQueue(
      "ExportQueue",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ChangeMessageVisibility",
      "sqs:SendMessage",
    ),
  ],
  "check-pbxs": [pbxSecret, listSecrets, giveUp],
};

/** Roles of the schedules (schedules.yml): each starts one function. */
const schedules = {
  CheckSchedulerRole: [allow("lambda:InvokeFunction", functionArn("check-pbxs")), giveUp],
  ReconcileSchedulerRole: [allow("lambda:InvokeFunction", functionArn("reconcile-calls")), giveUp],
  PlanSchedulerRole: [allow("lambda:InvokeFunction", functionArn("plan-exports")), giveUp],
};

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
