// A topic, and alarms that tell it: errors and throttles of each function of functions.yml, what was given up, and what the code
// counts.

const alarm = (description, { namespace, metric, dimensions, above = 0 }) => ({
  Type: "AWS::CloudWatch::Alarm",
  Properties: {
    AlarmDescription: description,
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: namespace === "AWS/SQS" ? "Maximum" : "Sum",
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: above,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [{ Ref: "AlarmTopic" }],
    OKActions: [{ Ref: "AlarmTopic" }],
  },
});

/** As osls names a function's resource: create-sound is CreateDashsoundLambdaFunction. */
const logicalId = (name) => {
  const plain = name.replaceAll("-", "Dash");
  return `${plain[0].toUpperCase()}${plain.slice(1)}`;
};

const ofFunction = (name) => {
  const dimensions = { FunctionName: { Ref: `${logicalId(name)}LambdaFunction` } };
  const about = (metric, description) => [
    `${logicalId(name)}${metric}Alarm`,
    alarm(`${name} ${description}`, { namespace: "AWS/Lambda", metric, dimensions }),
  ];
  return [
    about("Errors", "failed; its log says why"),
    about("Throttles", "was refused: too many run at once"),
  ];
};

/** Queues that hold what nobody handles by itself any more. */
const deadLetterQueues = ["Failures"];

const ofQueue = (name) => [
  `${name}Alarm`,
  alarm(`${name} holds messages; see docs/deploy.md`, {
    namespace: "AWS/SQS",
    metric: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: { "Fn::GetAtt": [name, "QueueName"] } },
  }),
];

// The planner takes these out every hour, so that they alone are no reason to wake anybody.
const untakenLetters = [
  "ExportDeadLettersAlarm",
  alarm("dead letters of the export lie untaken for two hours: does plan-exports run?", {
    namespace: "AWS/SQS",
    metric: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: { "Fn::GetAtt": ["ExportDeadLetters", "QueueName"] } },
    above: 7200,
  }),
];

/** What the code itself counts (lib/metrics.ts) and a person has to look at. */
const counted = {
  calls_given_up: "calls stay UNKNOWN for good: nothing tells whether a phone rang",
  breakers_opened: "a caller is paused: it ran into its caps again and again",
  audit_lines_lost: "the audit log took no lines; they stand in the log of originate",
  pbxs_refusing:
    "PBXs refuse our credentials; the log of check-pbxs and `wildix doctor --all` say which and why",
  pbxs_expiring: "credentials of PBXs end within 30 days; the log of check-pbxs says whose",
};

const ofCount = ([metric, description]) => [
  `${metric.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase())}Alarm`,
  alarm(description, { namespace: "wildix-functions", metric, dimensions: {} }),
];

module.exports = async ({ resolveVariable }) => {
  const email = await resolveVariable("param:alarmEmail");
  const names = Object.keys(await resolveVariable("file(serverless/functions.yml)"));
  return {
    Resources: {
      AlarmTopic: { Type: "AWS::SNS::Topic" },
      ...(email && {
        AlarmEmail: {
          Type: "AWS::SNS::Subscription",
          Properties: { TopicArn: { Ref: "AlarmTopic" }, Protocol: "email", Endpoint: email },
        },
      }),
      ...Object.fromEntries([
        ...names.flatMap(ofFunction),
        ...deadLetterQueues.map(ofQueue),
        untakenLetters,
        ...Object.entries(counted).map(ofCount),
      ]),
    },
    Outputs: { AlarmTopicArn: { Value: { Ref: "AlarmTopic" } } },
  };
};
