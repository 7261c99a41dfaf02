import { at, ofType, type Rule, type Template, target } from "./template.ts";

/** A function's name in serverless.yml. */
export const nameOf = (template: Template, id: string): string =>
  String(template.Resources[id]?.Properties["Handler"]).replace(/^functions\/|\.handler$/g, "");

/**
 * Runtime, processor, memory, logs, and the time-out that the code counts on. `timeouts` in ms, by the function's name
 * (cli/server/functions.ts).
 */
export const functionFindings =
  (timeouts: Readonly<Record<string, number>>): Rule =>
  (template) =>
    ofType(template, "AWS::Lambda::Function").flatMap(([id, { Properties }]) => {
      const name = nameOf(template, id);
      const group = `/aws/lambda/${Properties["FunctionName"]}`;
      const log = ofType(template, "AWS::Logs::LogGroup").find(
        ([, own]) => own.Properties["LogGroupName"] === group,
      );
      const wanted = [
        [Properties["Runtime"] === "nodejs24.x", "does not run on Node 24"],
        [at(Properties, "Architectures", 0) === "arm64", "does not run on arm64"],
        [
          Number(Properties["Timeout"]) * 1000 === timeouts[name],
          "has another time-out than cli/server/functions.ts",
        ],
        [Number(Properties["MemorySize"]) >= 512, "has little memory, and so little processor"],
        [at(Properties, "LoggingConfig", "LogFormat") === "JSON", "does not log JSON"],
        [
          Number(log?.[1].Properties["RetentionInDays"]) > 0,
          "keeps its log for ever, or has no group for it",
        ],
      ] as const;
      return wanted.flatMap(([fine, problem]) => (fine ? [] : [`${name} ${problem}`]));
    });

/** Every route asks for credentials: by an authorizer, or by its function, where `checks` says that this one does. */
export const routeFindings =
  (checks: (route: string) => boolean): Rule =>
  (template) =>
    ofType(template, "AWS::ApiGatewayV2::Route").flatMap(([, { Properties }]) => {
      const [type, route] = [Properties["AuthorizationType"], String(Properties["RouteKey"])];
      const closed = type === "AWS_IAM" || (Properties["AuthorizerId"] !== undefined && type !== "NONE");
      return closed || checks(route) ? [] : [`${route} is open to everybody`];
    });

/** What AWS starts without waiting: functions that schedules, rules, topics and buckets invoke. */
const startedWithoutWaiting = (template: Template): Set<string> => {
  const targets = [
    ...ofType(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) =>
      at(Properties, "Target", "Arn"),
    ),
    ...ofType(template, "AWS::Events::Rule").flatMap(([, { Properties }]) => {
      const list = Properties["Targets"];
      return Array.isArray(list) ? list.map((one) => at(one, "Arn")) : [];
    }),
    ...ofType(template, "AWS::SNS::Subscription").map(([, { Properties }]) => Properties["Endpoint"]),
  ];
  return new Set(targets.map(target).filter((id) => id !== undefined));
};

/** Nothing that nobody waits for is lost without a trace. */
export const lostFindings: Rule = (template) => {
  const isQueue = (value: unknown): boolean =>
    template.Resources[target(value) ?? ""]?.Type === "AWS::SQS::Queue";
  const schedules = ofType(template, "AWS::Scheduler::Schedule")
    .filter(([, { Properties }]) => !isQueue(at(Properties, "Target", "DeadLetterConfig", "Arn")))
    .map(([id]) => `${id} has no dead-letter queue`);
  const rules = ofType(template, "AWS::Events::Rule").flatMap(([id, { Properties }]) => {
    const list = Properties["Targets"];
    const lost = !Array.isArray(list) || list.some((one) => !isQueue(at(one, "DeadLetterConfig", "Arn")));
    return lost ? [`${id} has a target without a dead-letter queue`] : [];
  });
  const caught = new Set(
    ofType(template, "AWS::Lambda::EventInvokeConfig")
      .filter(([, { Properties }]) =>
        isQueue(at(Properties, "DestinationConfig", "OnFailure", "Destination")),
      )
      .map(([, { Properties }]) => target(Properties["FunctionName"])),
  );
  const functions = [...startedWithoutWaiting(template)]
    .filter((id) => template.Resources[id]?.Type === "AWS::Lambda::Function" && !caught.has(id))
    .map((id) => `${nameOf(template, id)} is started without waiting, and has no destination for failures`);
  return [...schedules, ...rules, ...functions, ...sourceFindings(template)];
};

/** Queues that functions work from: a message comes back no earlier than it may, not for ever, and not with its neighbours. */
const sourceFindings: Rule = (template) =>
  ofType(template, "AWS::Lambda::EventSourceMapping").flatMap(([id, { Properties }]) => {
    const queue = template.Resources[target(Properties["EventSourceArn"]) ?? ""];
    if (queue?.Type !== "AWS::SQS::Queue") return [];
    const worker = template.Resources[target(Properties["FunctionName"]) ?? ""];
    const dead =
      template.Resources[target(at(queue.Properties, "RedrivePolicy", "deadLetterTargetArn")) ?? ""];
    const sixTimes = 6 * Number(worker?.Properties["Timeout"]);
    const partial = JSON.stringify(Properties["FunctionResponseTypes"] ?? []).includes(
      "ReportBatchItemFailures",
    );
    const wanted = [
      [dead?.Type === "AWS::SQS::Queue", "its queue has no dead-letter queue"],
      [
        dead?.Properties["FifoQueue"] === queue.Properties["FifoQueue"],
        "its dead-letter queue is of another kind",
      ],
      [
        Number(queue.Properties["VisibilityTimeout"]) >= sixTimes,
        `its queue hides messages for less than ${sixTimes} s`,
      ],
      [partial || Properties["BatchSize"] === 1, "one bad message brings its whole batch back"],
    ] as const;
    return wanted.flatMap(([fine, problem]) => (fine ? [] : [`${id}: ${problem}`]));
  });

/** A schedule says in which zone its hours are. */
export const zoneFindings: Rule = (template) =>
  ofType(template, "AWS::Scheduler::Schedule").flatMap(([id, { Properties }]) => {
    const zone = Properties["ScheduleExpressionTimezone"];
    return typeof zone === "string" && Intl.supportedValuesOf("timeZone").concat("UTC").includes(zone)
      ? []
      : [`${id} does not say in which zone its hours are`];
  });
