// The rights of each function, made into roles below. A test compares them with the calls of the code.

const { isOn, policyArn } = require("./params.cjs");

const pbxSecret = allow(
  "secretsmanager:GetSecretValue",
  arn("secretsmanager", "secret:${param:secretPrefix}*"),
);
// secrets that hold several PBXs; the others are listed without their values
const sharedSecrets = allow(
  "secretsmanager:GetSecretValue",
  arn("secretsmanager", "secret:${param:secretPrefix}_*"),
);
// by name, or by the ARN with the six characters that Secrets Manager appends
const callerKeys = allow("secretsmanager:GetSecretValue", [
  arn("secretsmanager", "secret:${param:keysSecret}"),
  arn("secretsmanager", "secret:${param:keysSecret}-??????"),
]);
// this action has no resource-level permission
const listSecrets = allow("secretsmanager:ListSecrets", "*");
const objects = (folder, ...actions) => allow(actions, { "Fn::Sub": `\${ExportBucket.Arn}/${folder}/*` });
// says which PBX has which customer
const customersObject = (...actions) => allow(actions, { "Fn::Sub": "${ExportBucket.Arn}/customers.json" });
// without it, S3 answers 403 instead of 404 for an object that does not exist
const listBucket = allow("s3:ListBucket", { "Fn::GetAtt": ["ExportBucket", "Arn"] });
const records = allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"], {
  "Fn::GetAtt": ["StateTable", "Arn"],
});
// records of PBX days are never deleted; they expire
const dayRecords = (...actions) => allow(actions, { "Fn::GetAtt": ["StateTable", "Arn"] });
const counters = allow("dynamodb:UpdateItem", { "Fn::GetAtt": ["StateTable", "Arn"] });
// on the group to create a stream, on the stream to write lines
const auditLog = allow(
  ["logs:CreateLogStream", "logs:PutLogEvents"],
  [arn("logs", "log-group:${AuditLog}"), arn("logs", "log-group:${AuditLog}:*")],
);
const reportFailure = allow("sqs:SendMessage", { "Fn::GetAtt": ["Failures", "Arn"] });
const onQueue = (name, ...actions) => allow(actions, { "Fn::GetAtt": [name, "Arn"] });
const notify = allow("sns:Publish", { Ref: "AlarmTopic" });
// SNS encrypts a message with the rights of its publisher
const useTopicKey = allow(["kms:GenerateDataKey", "kms:Decrypt"], {
  "Fn::GetAtt": ["AlarmTopicKey", "Arn"],
});

const passEvents = allow("events:PutEvents", { "Fn::GetAtt": ["EventBus", "Arn"] });
// opening, changing and ringing callbacks
const callbackWork = [pbxSecret, records, counters, auditLog, notify, passEvents];

const functions = {
  originate: [callerKeys, pbxSecret, records, counters, auditLog],
  "reconcile-calls": [pbxSecret, records, reportFailure],
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
    sharedSecrets,
    // the report on all PBXs; reads whether a manifest is a lease
    objects("manifests", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    objects("customers/*/manifests", "s3:GetObject"),
    customersObject("s3:GetObject", "s3:PutObject"),
    listBucket,
    dayRecords("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
    reportFailure,
    onQueue("ExportQueue", "sqs:SendMessage"),
    onQueue("ExportDeadLetters", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
    notify,
    passEvents,
  ],
  "export-history": [
    pbxSecret,
    listSecrets,
    ...["legs", "calls", "queues", "agents"]
      .flatMap(inCustomers)
      .map((folder) =>
        objects(folder, "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
      ),
    // written in one piece; the lease of a failed run is deleted
    ...inCustomers("manifests").map((folder) =>
      objects(folder, "s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    ),
    customersObject("s3:GetObject", "s3:PutObject"),
    listBucket,
    // lists the numbers that were erased
    dayRecords("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
    passEvents,
    reportFailure,
    // receives the message of a day, and sends one for the rest if time runs out
    onQueue(
      "ExportQueue",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ChangeMessageVisibility",
      "sqs:SendMessage",
    ),
  ],
  "check-pbxs": [
    pbxSecret,
    listSecrets,
    // what the operators were notified of
    dayRecords("dynamodb:GetItem", "dynamodb:PutItem"),
    notify,
    reportFailure,
  ],
  webhook: [pbxSecret, onQueue("EventQueue", "sqs:SendMessage")],
  events: [
    ...callbackWork,
    listSecrets,
    objects("events", "s3:PutObject", "s3:AbortMultipartUpload"),
    objects("customers/*/events", "s3:PutObject", "s3:AbortMultipartUpload"),
    customersObject("s3:GetObject"),
    listBucket,
    ...["EventQueue", "PbxEventQueue"].map((name) =>
      onQueue(name, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    ),
  ],
  callbacks: [callerKeys, ...callbackWork, listSecrets, reportFailure],
  "sweep-callbacks": [...callbackWork, listSecrets, reportFailure],
};

/** Roles of the schedules (schedules.yml). Each may start one function. */
const schedules = {
  CheckSchedulerRole: [allow("lambda:InvokeFunction", functionArn("check-pbxs")), reportFailure],
  SweepSchedulerRole: [allow("lambda:InvokeFunction", functionArn("sweep-callbacks")), reportFailure],
  ReconcileSchedulerRole: [allow("lambda:InvokeFunction", functionArn("reconcile-calls")), reportFailure],
  PlanSchedulerRole: [allow("lambda:InvokeFunction", functionArn("plan-exports")), reportFailure],
};

/** A folder, and the same folder of each customer. */
function inCustomers(folder) {
  return [folder, `customers/*/${folder}`];
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

const role = (boundary, service, statements, condition) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    ...(boundary && { PermissionsBoundary: boundary }),
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

/** The name of a function's role: create-sound has CreateSoundRole. */
const roleName = (name) => `${name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())}Role`;

const ownLog = (name) =>
  allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arn("logs", `log-group:/aws/lambda/\${self:service}-\${sls:stage}-${name}:*`),
  );
const ownAccount = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };

module.exports = async ({ resolveVariable }) => {
  const boundary = await policyArn(resolveVariable, "permissionsBoundary");
  const encrypted = await isOn(resolveVariable, "encryptTopic");
  const rights = (statements) =>
    encrypted && statements.includes(notify) ? [...statements, useTopicKey] : statements;
  return {
    Resources: Object.fromEntries([
      ...Object.entries(functions).map(([name, statements]) => [
        roleName(name),
        role(boundary, "lambda.amazonaws.com", [ownLog(name), ...rights(statements)]),
      ]),
      ...Object.entries(schedules).map(([name, statements]) => [
        name,
        role(boundary, "scheduler.amazonaws.com", statements, ownAccount),
      ]),
    ]),
  };
};
