// One screen for the operators: calls, refusals, exports, lag, ages of queues, errors. No metric has the PBX as a dimension.

const { isOn } = require("./params.cjs");

const width = 8;
const height = 5;

/** The dashboard, three widgets a row. `own`: metrics of lib/metrics.ts. `names`: the functions. */
const bodyOf = (own, names, prefix) => {
  const ages = ["ExportQueue", "ExportDeadLetters", "Failures"].map((queue) => [
    "AWS/SQS",
    "ApproximateAgeOfOldestMessage",
    "QueueName",
    `\${${queue}.QueueName}`,
    { stat: "Maximum" },
  ]);
  const ofFunctions = (metric) =>
    names.map((name) => ["AWS/Lambda", metric, "FunctionName", `${prefix}-${name}`, { label: name }]);
  const widgets = [
    ["Calls", own("calls_placed", "calls_refused", "calls_unknown", "calls_given_up")],
    [
      "Requests without a valid key, paused API keys, failed requests",
      own("requests_unauthorized", "breakers_opened", "audit_lines_lost", "requests_failed"),
    ],
    [
      "PBXs",
      own("pbxs_checked", "pbxs_unreachable", "pbxs_refusing", "pbxs_clock_wrong", "pbxs_expiring"),
      3600,
      "Maximum",
    ],
    ["PBX days", own("days_exported", "export_failures", "days_buried"), 3600],
    ["Lag: PBXs without a manifest, rows that came late", own("days_missing", "late_changed"), 3600],
    ["Rows", own("rows_exported"), 3600],
    ["Ages of queues, seconds", ages],
    ["Errors", ofFunctions("Errors")],
    ["Throttles", ofFunctions("Throttles")],
  ];
  return {
    start: "-P1D",
    widgets: widgets.map(([title, metrics, period = 300, stat = "Sum"], at) => ({
      type: "metric",
      x: (at % 3) * width,
      y: Math.floor(at / 3) * height,
      width,
      height,
      properties: { title, metrics, period, stat, region: "${AWS::Region}", view: "timeSeries" },
    })),
  };
};

module.exports = async ({ resolveVariable }) => {
  if (!(await isOn(resolveVariable, "dashboard"))) return {};
  const namespace = await resolveVariable("self:provider.environment.WILDIX_METRICS_NAMESPACE");
  const names = Object.keys(await resolveVariable("file(serverless/functions.yml)"));
  const prefix = `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;
  const own = (...metrics) => metrics.map((metric) => [namespace, metric]);
  return {
    Resources: {
      Dashboard: {
        Type: "AWS::CloudWatch::Dashboard",
        Properties: {
          DashboardName: prefix,
          DashboardBody: { "Fn::Sub": JSON.stringify(bodyOf(own, names, prefix)) },
        },
      },
    },
  };
};
