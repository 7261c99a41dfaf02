// The alarm topic, and the alarms that notify it: errors and throttles of each function in functions.yml, messages in the queues of
// failures, counts of the code, and counts that stopped. docs/runbook.md has a heading for each.

const { isOn } = require("./params.cjs");

const runbook = "https://github.com/wildix-functions/wildix-functions/blob/main/docs/runbook.md";

/** The description has the stage, the meaning and a link to the heading of docs/runbook.md with the alarm's logical id. */
const alarm = (stage, id, meaning, { namespace, metric, dimensions, ...more }) => ({
  Type: "AWS::CloudWatch::Alarm",
  Properties: {
    AlarmDescription: `${stage}: ${meaning}. Runbook: ${runbook}#${id.toLowerCase()}`,
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: namespace === "AWS/SQS" ? "Maximum" : "Sum",
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [{ Ref: "AlarmTopic" }],
    OKActions: [{ Ref: "AlarmTopic" }],
    ...more,
  },
});

/** The logical id that osls gives a function: create-sound becomes CreateDashsoundLambdaFunction. */
const logicalId = (name) => {
  const plain = name.replaceAll("-", "Dash");
  return `${plain[0].toUpperCase()}${plain.slice(1)}`;
};

const ofFunction = (name) => {
  const dimensions = { FunctionName: { Ref: `${logicalId(name)}LambdaFunction` } };
  const about = (metric, meaning) => [
    `${logicalId(name)}${metric}Alarm`,
    meaning,
    { namespace: "AWS/Lambda", metric, dimensions },
  ];
  return [
    about("Errors", `the function ${name} failed`),
    about(
      "Throttles",
      `AWS Lambda refused invocations of ${name}, because too many instances of functions ran at the same time`,
    ),
  ];
};

const ofQueue = (name, meaning, metric, Threshold) => [
  `${name}Alarm`,
  meaning,
  {
    namespace: "AWS/SQS",
    metric,
    dimensions: { QueueName: { "Fn::GetAtt": [name, "QueueName"] } },
    Threshold,
  },
];

/** Queues of failed work. A person must handle Failures. plan-exports empties ExportDeadLetters every hour. */
const deadLetterQueues = [
  ofQueue(
    "Failures",
    "a schedule or an invocation failed after all attempts; its event is in the queue Failures",
    "ApproximateNumberOfMessagesVisible",
    0,
  ),
  ofQueue("EventDeadLetters", "an event of a PBX failed five times", "ApproximateNumberOfMessagesVisible", 0),
  ofQueue(
    "ExportDeadLetters",
    "a dead letter of the export is two hours old, so plan-exports does not run",
    "ApproximateAgeOfOldestMessage",
    2 * 3600,
  ),
];

/** Counts of the code (lib/metrics.ts) that a person must look at, and how many in five minutes are still normal. */
const counted = {
  callbacks_above_bound: [
    "a PBX had more than 60 new callbacks within an hour, and further callbacks are not dialled",
    0,
  ],
  callbacks_agent_voicemail: [
    "voicemail answered a callback in place of an agent, and the extension is paused for an hour",
    0,
  ],
  callbacks_no_agent: ["a callback was closed, because no agent picked up in six rings", 0],
  events_unsigned: ["more than 100 messages of PBXs in five minutes have no valid signature", 100],
  calls_given_up: [
    "calls stay UNKNOWN permanently: no leg in the call history shows whether a phone rang",
    0,
  ],
  breakers_opened: ["an API key is paused, because caps refused too many of its calls", 0],
  audit_lines_lost: ["the audit log did not accept lines; they are in the log of originate", 0],
  requests_failed: ["requests of the HTTP API failed in this deployment, and not at a PBX", 0],
  requests_unauthorized: [
    "more than 100 requests in five minutes have no valid key: a program with an old key, or an attack",
    100,
  ],
};

/**
 * Counts of the code that every run adds to. If they stop, a schedule or a function stopped: missing data is an alarm, after so many
 * periods, each of an hour or of the seconds given.
 */
const heartbeats = {
  plan_runs: ["no run of plan-exports, which runs every hour, finished in the last three hours", 3],
  check_runs: ["no run of check-pbxs, which runs every hour, finished in the last three hours", 3],
  export_heartbeats: ["PBX days are due, but export-history handled no message for four hours", 4],
  callback_sweeps: [
    "no run of sweep-callbacks, which runs every minute, finished in the last 15 minutes",
    1,
    900,
  ],
};

/** The logical id of an alarm on a count: calls_given_up becomes CallsGivenUpAlarm. */
const idOfCount = (metric) => `${metric.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase())}Alarm`;

const ofCount =
  (namespace) =>
  ([metric, [meaning, Threshold]]) => [
    idOfCount(metric),
    meaning,
    { namespace, metric, dimensions: {}, Threshold },
  ];

const ofHeartbeat =
  (namespace) =>
  ([metric, [meaning, periods, seconds = 3600]]) => [
    idOfCount(metric),
    meaning,
    {
      namespace,
      metric,
      dimensions: {},
      Period: seconds,
      EvaluationPeriods: periods,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    },
  ];

/** The topic's key. Alarms cannot publish to a topic that is encrypted with AWS's own key, alias/aws/sns. */
const topicKey = {
  Type: "AWS::KMS::Key",
  Properties: {
    Description: { "Fn::Sub": "Alarms and notifications of ${AWS::StackName}" },
    EnableKeyRotation: true,
    PendingWindowInDays: 7,
    KeyPolicy: {
      Version: "2012-10-17",
      Statement: [
        // rights on the key come from the policies of the account's roles
        {
          Effect: "Allow",
          Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
          Action: "kms:*",
          Resource: "*",
        },
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: ["kms:GenerateDataKey*", "kms:Decrypt"],
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        },
      ],
    },
  },
};

module.exports = async ({ resolveVariable }) => {
  const email = await resolveVariable("param:alarmEmail");
  const stage = await resolveVariable("sls:stage");
  const encrypted = await isOn(resolveVariable, "encryptTopic");
  // the same name that serverless.yml gives the functions
  const namespace = await resolveVariable("self:provider.environment.WILDIX_METRICS_NAMESPACE");
  const names = Object.keys(await resolveVariable("file(serverless/functions.yml)"));
  return {
    Resources: {
      AlarmTopic: {
        Type: "AWS::SNS::Topic",
        ...(encrypted && { Properties: { KmsMasterKeyId: { "Fn::GetAtt": ["AlarmTopicKey", "Arn"] } } }),
      },
      ...(encrypted && { AlarmTopicKey: topicKey }),
      ...(email && {
        AlarmEmail: {
          Type: "AWS::SNS::Subscription",
          Properties: { TopicArn: { Ref: "AlarmTopic" }, Protocol: "email", Endpoint: email },
        },
      }),
      ...Object.fromEntries(
        [
          ...names.flatMap(ofFunction),
          ...deadLetterQueues,
          ...Object.entries(counted).map(ofCount(namespace)),
          ...Object.entries(heartbeats).map(ofHeartbeat(namespace)),
        ].map(([id, meaning, looksAt]) => [id, alarm(stage, id, meaning, looksAt)]),
      ),
    },
    Outputs: { AlarmTopicArn: { Value: { Ref: "AlarmTopic" } } },
  };
};
