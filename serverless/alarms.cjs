// A topic, and alarms that tell it: errors and throttles of each function of functions.yml, what was given up, and what the code
// counts.

const alarm = (description, { namespace, metric, dimensions }, threshold = 0) => ({
  Type: "AWS::CloudWatch::Alarm",
  Properties: {
    AlarmDescription: description,
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: namespace === "AWS/SQS" ? "Maximum" : "Sum",
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: threshold,
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

const ofQueue = (name, description, metric, threshold) => [
  `${name}Alarm`,
  alarm(
    `${name} ${description}; see docs/deploy.md`,
    {
      namespace: "AWS/SQS",
      metric,
      dimensions: { QueueName: { "Fn::GetAtt": [name, "QueueName"] } },
    },
    threshold,
  ),
];

/** Queues that hold what was given up. Nobody handles failures by itself; dead days are the planner's, every hour. */
const deadLetterQueues = [
  ofQueue("Failures", "holds messages", "ApproximateNumberOfMessagesVisible", 0),
  ofQueue(
    "ExportDeadLetters",
    "is not emptied: the planner does not run",
    "ApproximateAgeOfOldestMessage",
    2 * 3600,
  ),
];

/** What the code itself counts (lib/metrics.ts) and a person has to look at. */
const counted = {
  calls_given_up: "calls stay UNKNOWN for good: nothing tells whether a phone rang",
  breakers_opened: "a caller is paused: it ran into its caps again and again",
  audit_lines_lost: "the audit log took no lines; they stand in the log of originate",
};

const ofCount =
  (namespace) =>
  ([metric, description]) => [
    `${metric.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase())}Alarm`,
    alarm(description, { namespace, metric, dimensions: {} }),
  ];

module.exports = async ({ resolveVariable }) => {
  const email = await resolveVariable("param:alarmEmail");
  // by the name that the functions are given in serverless.yml
  const namespace = await resolveVariable("self:provider.environment.WILDIX_METRICS_NAMESPACE");
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
        ...deadLetterQueues,
        ...Object.entries(counted).map(ofCount(namespace)),
      ]),
    },
    Outputs: { AlarmTopicArn: { Value: { Ref: "AlarmTopic" } } },
  };
};
