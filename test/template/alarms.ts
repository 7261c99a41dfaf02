import { at, listOf, ofType, type Rule, rendered, type Template, target } from "./template.ts";

/** What the code itself counts: names, and the dimensions that every one of them has. */
export interface Emitted {
  readonly metrics: readonly string[];
  readonly dimensions: readonly string[];
}

/** What AWS counts by itself and alarms may look at: the dimension, and the resource that it names. */
const services: Readonly<Record<string, { dimension: string; type: string; metrics: readonly string[] }>> = {
  "AWS/Lambda": {
    dimension: "FunctionName",
    type: "AWS::Lambda::Function",
    metrics: ["Errors", "Throttles", "Invocations", "Duration"],
  },
  "AWS/SQS": {
    dimension: "QueueName",
    type: "AWS::SQS::Queue",
    metrics: ["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"],
  },
};

const dimensionsOf = (properties: unknown): [string, unknown][] =>
  listOf(at(properties, "Dimensions")).map((one) => [String(at(one, "Name")), at(one, "Value")]);

/** The names under which the functions are told to count: one for all of them, and of this stage alone. */
const namespacesOf = (template: Template): Set<string> =>
  new Set(
    ofType(template, "AWS::Lambda::Function").map(([, { Properties }]) =>
      String(at(Properties, "Environment", "Variables", "WILDIX_METRICS_NAMESPACE")),
    ),
  );

/** Every alarm looks at something that exists, and tells somebody. */
export const alarmFindings =
  (emitted: Emitted): Rule =>
  (template) => {
    const counted = namespacesOf(template);
    return ofType(template, "AWS::CloudWatch::Alarm").flatMap(([id, { Properties }]) => {
      const [namespace, metric] = [String(Properties["Namespace"]), String(Properties["MetricName"])];
      const dimensions = dimensionsOf(Properties);
      const own = counted.size === 1 && counted.has(namespace) ? emitted : undefined;
      const service = services[namespace];
      const topic = template.Resources[target(at(Properties, "AlarmActions", 0)) ?? ""];
      const names = dimensions.map(([name]) => name).join(", ");
      const fits = own
        ? names === own.dimensions.join(", ")
        : names === service?.dimension &&
          template.Resources[target(dimensions[0]?.[1]) ?? ""]?.Type === service.type;
      const wanted = [
        [topic?.Type === "AWS::SNS::Topic", "tells nobody"],
        [own !== undefined || service !== undefined, `looks at ${namespace}, which nobody counts`],
        [(own ?? service)?.metrics.includes(metric), `looks at ${metric}, which nobody counts`],
        [fits, `has dimensions (${names}) that ${metric} does not have`],
      ] as const;
      return wanted.flatMap(([fine, problem]) => (fine ? [] : [`${id} ${problem}`]));
    });
  };

const watched = (template: Template, namespace: string, metric: string): Set<string> =>
  new Set(
    ofType(template, "AWS::CloudWatch::Alarm")
      .filter(
        ([, { Properties }]) => Properties["Namespace"] === namespace && Properties["MetricName"] === metric,
      )
      .map(([, { Properties }]) => rendered(template, dimensionsOf(Properties)[0]?.[1])),
  );

/** Queues that no function works from: what lies there waits for a person. */
const deadLetters = (template: Template): string[] => {
  const worked = new Set(
    ofType(template, "AWS::Lambda::EventSourceMapping").map(([, { Properties }]) =>
      target(Properties["EventSourceArn"]),
    ),
  );
  return ofType(template, "AWS::SQS::Queue")
    .map(([id]) => id)
    .filter((id) => !worked.has(id));
};

/** Every function's errors and throttles, and every dead-letter queue, have an alarm. */
export const unwatchedFindings: Rule = (template) => [
  ...["Errors", "Throttles"].flatMap((metric) =>
    ofType(template, "AWS::Lambda::Function")
      .filter(([id]) => !watched(template, "AWS/Lambda", metric).has(rendered(template, { Ref: id })))
      .map(([id]) => `${metric} of ${id} raise no alarm`),
  ),
  ...deadLetters(template)
    .filter(
      (id) =>
        !services["AWS/SQS"]?.metrics.some((metric) =>
          watched(template, "AWS/SQS", metric).has(rendered(template, { "Fn::GetAtt": [id, "QueueName"] })),
        ),
    )
    .map((id) => `messages in ${id} raise no alarm`),
];
