import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { deployedHeap } from "../../bench/heap.ts";
import { questionNames } from "../../cli/report/questions.ts";
import { functionNames, routes, timeouts } from "../../cli/server/functions.ts";
import { callFields } from "../../lib/history/grouping/grouping.ts";
import { legFields } from "../../lib/history/rows/leg-fields.ts";
import { metricDocs } from "../../lib/metrics.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { exportFormatOf } from "../../scripts/stage-parameters.ts";
import { httpEvent } from "../support/events.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { alarmFindings, unwatchedFindings } from "./alarms.ts";
import { athenaFindings } from "./athena.ts";
import { actionsOf, portCalls } from "./calls.ts";
import { kindsOfChange, wider } from "./changes.ts";
import { dataFindings } from "./data.ts";
import { deployRoleFindings, deployTemplate } from "./deploy-role.ts";
import { functionFindings, lostFindings, routeFindings, zoneFindings } from "./functions.ts";
import { boundaryFindings, rightsFindings, roleFindings, schedulerRoleFindings } from "./rights.ts";
import {
  at,
  listOf,
  ofType,
  packagedTemplate,
  type Resource,
  type Rule,
  type Template,
  without,
  withProperty,
} from "./template.ts";

const invocation = { awsRequestId: "x", getRemainingTimeInMillis: () => 10_000 };

let template: Template;
let deploying: Template;
const used = new Map<string, ReadonlySet<string>>();
/** Routes whose function itself refuses who brings no credentials. */
const closed = new Set<string>();
beforeAll(async () => {
  [template, deploying] = await Promise.all([packagedTemplate(), deployTemplate()]);
  for (const { method, path, handler } of routes(memoryPorts(systemClock))) {
    const { statusCode } = await handler(httpEvent({ method, path }), invocation);
    if (statusCode === 401) closed.add(`${method} ${path}`);
  }
  for (const name of functionNames) used.set(name, await actionsOf(name));
}, 300_000);

const emitted = { metrics: Object.keys(metricDocs), dimensions: [] };

const rules = {
  "functions run as the code expects": functionFindings(timeouts),
  "every route asks for credentials": routeFindings((route) => closed.has(route)),
  "every function has a role of its own, no wider than needed": roleFindings,
  "every granted action is used, every used one granted": rightsFindings(used),
  "no role has a permissions boundary": boundaryFindings(undefined),
  "schedules may start what they start": schedulerRoleFindings,
  "schedules name their zone": zoneFindings,
  "nothing that nobody waits for is lost": lostFindings,
  "alarms look at what is counted": alarmFindings(emitted),
  "functions and dead letters have alarms": unwatchedFindings,
  "data is kept, closed and restorable": dataFindings,
  "Athena has the columns of the rows": athenaFindings("ndjson"),
} as const satisfies Record<string, Rule>;
type RuleName = keyof typeof rules;

describe("the packaged template", () => {
  it.each(Object.entries(rules))("%s", (_name, rule) => expect(rule(template)).toEqual([]));
  it("lets a query over a day of another format fail: Athena must not skip lines that are no JSON", () => {
    expect(exportFormatOf(template)).toBe("ndjson");
    const tables = ofType(template, "AWS::Glue::Table").filter(([id]) => id.endsWith("Table"));
    expect(tables.map(([id]) => id)).toHaveLength(4);
    for (const [id, { Properties }] of tables)
      expect(at(Properties, "TableInput", "StorageDescriptor", "SerdeInfo"), id).toEqual({
        SerializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
        Parameters: { "ignore.malformed.json": "false" },
      });
  });
  it("lets a query of calls fail over a day of the old layout, whose rows are legs", () => {
    const saved = ofType(template, "AWS::Athena::NamedQuery").map(([, { Properties }]) => Properties);
    const createView = (dataset: string): string =>
      String(saved.find(({ Name }) => Name === `create-view-${dataset}`)?.["QueryString"]);
    expect(callFields.outcome.nullable).toBe(false);
    expect(Object.keys(legFields)).not.toContain("outcome");
    expect(createView("calls")).toMatch(
      /_files\nWHERE CASE WHEN outcome IS NULL THEN CAST\('Old layout[^']*' \|\| "\$path" AS boolean\) ELSE true END$/,
    );
    for (const dataset of ["legs", "queues", "agents"]) expect(createView(dataset)).toMatch(/_files$/);
  });
  it("raises an alarm at many requests without a valid key, and at the first caller pause", () => {
    const alarm = (id: string) => template.Resources[id]?.Properties;
    expect(alarm("RequestsUnauthorizedAlarm")).toMatchObject({
      MetricName: "requests_unauthorized",
      Threshold: 100,
    });
    expect(alarm("BreakersOpenedAlarm")).toMatchObject({ MetricName: "breakers_opened", Threshold: 0 });
  });
  it("raises an alarm if a heartbeat of an hourly function is missing", () => {
    for (const [id, hours] of Object.entries({ PlanRuns: 3, CheckRuns: 3, ExportHeartbeats: 4 }))
      expect(template.Resources[`${id}Alarm`]?.Properties).toMatchObject({
        TreatMissingData: "breaching",
        ComparisonOperator: "LessThanThreshold",
        Threshold: 1,
        Period: 3600,
        EvaluationPeriods: hours,
      });
  });
  it("saves every question of sql/ in Athena", () => {
    const saved = ofType(template, "AWS::Athena::NamedQuery").map(([, { Properties }]) => Properties);
    expect(saved.map(({ Name }) => Name)).toEqual(expect.arrayContaining([...questionNames]));
    for (const { Name, Description, QueryString } of saved)
      if (!String(Name).startsWith("create-view-")) {
        expect(QueryString).toBe(readFileSync(`sql/${String(Name)}.sql`, "utf8"));
        expect(Description).toMatch(/\?$/);
      }
  });
  it("has a dashboard of one screen with metrics that exist, none of a single PBX", () => {
    const [, dashboard] = ofType(template, "AWS::CloudWatch::Dashboard")[0] ?? [];
    const { widgets } = JSON.parse(String(at(dashboard?.Properties["DashboardBody"], "Fn::Sub"))) as {
      widgets: {
        x: number;
        y: number;
        width: number;
        height: number;
        properties: { metrics: unknown[][] };
      }[];
    };
    const functions = functionNames.map((name) => `wildix-functions-dev-${name}`);
    const queues = ["ExportQueue", "ExportDeadLetters", "Failures"].map((id) => `\${${id}.QueueName}`);
    for (const { x, y, width, height } of widgets)
      expect([x + width <= 24, y + height <= 15]).toEqual([true, true]);
    for (const [namespace, metric, ...rest] of widgets.flatMap(({ properties }) => properties.metrics)) {
      const dimensions = rest.filter((one) => typeof one === "string");
      if (namespace === "AWS/Lambda") {
        expect(["Errors", "Throttles"]).toContain(metric);
        expect([dimensions[0], functions.includes(String(dimensions[1]))]).toEqual(["FunctionName", true]);
      } else if (namespace === "AWS/SQS") {
        expect(metric).toBe("ApproximateAgeOfOldestMessage");
        expect([dimensions[0], queues.includes(String(dimensions[1]))]).toEqual(["QueueName", true]);
      } else
        expect([namespace, emitted.metrics.includes(String(metric)), dimensions]).toEqual([
          "wildix-functions/dev",
          true,
          [],
        ]);
    }
  });
  it("has the functions and the routes that the command has", () => {
    expect(ofType(template, "AWS::Lambda::Function")).toHaveLength(functionNames.length);
    const local = routes(memoryPorts(systemClock)).map(({ method, path }) => `${method} ${path}`);
    const deployed = ofType(template, "AWS::ApiGatewayV2::Route").map(([, { Properties }]) =>
      String(Properties["RouteKey"]),
    );
    expect(deployed.sort()).toEqual(local.sort());
  });
  it("runs the export with the heap that bench/ measures", () => {
    const exporter = ofType(template, "AWS::Lambda::Function").find(([name]) =>
      name.startsWith("ExportDashhistory"),
    );
    expect(exporter?.[1].Properties["Environment"]).toMatchObject({
      Variables: { NODE_OPTIONS: deployedHeap.join(" ") },
    });
  });
  it("tells the command what it tells the planner", () => {
    const [planner] = ofType(template, "AWS::Lambda::Function").filter(([name]) =>
      name.startsWith("PlanDash"),
    );
    const told: unknown = JSON.parse(String(template.Outputs?.["PlannerSettings"]?.Value));
    expect(Object.keys(Object(told))).toHaveLength(6);
    expect(planner?.[1].Properties["Environment"]).toMatchObject({ Variables: told });
  });
  it("bounds the requests that the HTTP API takes", () => {
    expect(template.Resources["HttpApiStage"]?.Properties["DefaultRouteSettings"]).toMatchObject({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
  });
  it("lets the functions of routes, and no other, read the callers' keys", () => {
    const readers = ofType(template, "AWS::IAM::Role").flatMap(([name, role]) =>
      JSON.stringify(role).includes("/keys-??????") ? [name] : [],
    );
    expect(readers.sort()).toEqual([
      "CallHistoryRole",
      "CallQueuesRole",
      "CallbacksRole",
      "CreateSoundRole",
      "OriginateRole",
    ]);
  });
});

/** Headings of the runbook's alarms, each with its text. */
const alarmHeadings = (): Map<string, string> => {
  const [, alarms = ""] = readFileSync("docs/runbook.md", "utf8").split(/^## Alarms$/m);
  const [own = ""] = alarms.split(/^## /m);
  return new Map(
    own
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.split("\n", 1)[0] ?? "", section]),
  );
};

describe("docs/runbook.md", () => {
  it("has one heading for each alarm, and each alarm links to its heading", () => {
    const alarms = ofType(template, "AWS::CloudWatch::Alarm");
    expect([...alarmHeadings().keys()].sort()).toEqual(alarms.map(([id]) => id).sort());
    for (const [id, { Properties }] of alarms)
      expect(Properties["AlarmDescription"]).toMatch(
        new RegExp(`^dev: .+\\. Runbook: https://\\S+/docs/runbook\\.md#${id.toLowerCase()}$`),
      );
  });
  it.each([...alarmHeadings()])(
    "says for %s what happened, a command, its output and what to do",
    (_id, text) => {
      const parts = ["**Symptom**", "```sh", "**Expected output**", "**Action**"].map((part) =>
        text.indexOf(part),
      );
      expect(parts).not.toContain(-1);
      expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    },
  );
});

describe("the template with parameters that do not fit", () => {
  it.each([{ encryptTopic: "yes" }, { permissionsBoundary: "limit" }])(
    "is not made with %o",
    async (wrong) => {
      const given: Readonly<Record<string, string>> = {
        encryptTopic: "true",
        permissionsBoundary: "",
        ...wrong,
      };
      const resolveVariable = async (name: string) => given[name.replace("param:", "")];
      const roles = createRequire(import.meta.url)("../../serverless/roles.cjs");
      await expect(roles({ resolveVariable })).rejects.toThrow(`\`${Object.keys(wrong)[0]}\` must be `);
    },
  );
});

type Path = readonly (string | number)[];
type Break = () => Template;
const change =
  (id: string, path: Path, value: unknown): Break =>
  () =>
    withProperty(template, id, path, value);
const remove =
  (id: string): Break =>
  () =>
    without(template, id);
const add =
  (more: Readonly<Record<string, Resource>>): Break =>
  () => ({ Resources: { ...template.Resources, ...more } });

/** Changes the first statement of a role that allows an action. */
const changeRight =
  (role: string, action: string, key: "Action" | "Resource", value: unknown): Break =>
  () => {
    const path: Path = ["Policies", 0, "PolicyDocument", "Statement"];
    const statements = listOf(at(template.Resources[role]?.Properties, ...path));
    const index = statements.findIndex((one) => listOf(at(one, "Action")).includes(action));
    return withProperty(template, role, [...path, index, key], value);
  };
const getArn = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });

/** Work from a queue, right in every respect but what a test changes. */
const work = (
  queue: Readonly<Record<string, unknown>> = {},
  mapping: Readonly<Record<string, unknown>> = {},
): Break =>
  add({
    Jobs: {
      Type: "AWS::SQS::Queue",
      Properties: {
        VisibilityTimeout: 90,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn: getArn("Failures"), maxReceiveCount: 3 },
        ...queue,
      },
    },
    Work: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        EventSourceArn: getArn("Jobs"),
        FunctionName: getArn("OriginateLambdaFunction"),
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ...mapping,
      },
    },
  });

const broken: readonly [what: string, rule: RuleName, broken: Break, says: string][] = [
  [
    "with a table that lacks a column",
    "Athena has the columns of the rows",
    change("AthenaCallsTable", ["TableInput", "StorageDescriptor", "Columns", 3, "Name"], "begin_utc"),
    "calls: columns of the table differ from the schema of the rows",
  ],
  [
    "without a time-out",
    "functions run as the code expects",
    change("ExportDashhistoryLambdaFunction", ["Timeout"], undefined),
    "export-history has another time-out than cli/server/functions.ts",
  ],
  [
    "on an old Node",
    "functions run as the code expects",
    change("OriginateLambdaFunction", ["Runtime"], "nodejs20.x"),
    "originate does not run on Node 24",
  ],
  [
    "with a log that is kept for ever",
    "functions run as the code expects",
    change("OriginateLogGroup", ["RetentionInDays"], undefined),
    "originate keeps its log for ever, or has no group for it",
  ],
  [
    "with a log that is no JSON",
    "functions run as the code expects",
    change("OriginateLambdaFunction", ["LoggingConfig"], undefined),
    "originate does not log JSON",
  ],
  [
    "with a route that nobody guards",
    "every route asks for credentials",
    add({ Open: { Type: "AWS::ApiGatewayV2::Route", Properties: { RouteKey: "GET /open" } } }),
    "GET /open is open to everybody",
  ],
  [
    "with a role that two functions share",
    "every function has a role of its own, no wider than needed",
    change("CreateDashsoundLambdaFunction", ["Role"], getArn("OriginateRole")),
    "CreateDashsoundLambdaFunction has no role of its own",
  ],
  [
    "with a wildcard action",
    "every function has a role of its own, no wider than needed",
    changeRight("OriginateRole", "secretsmanager:GetSecretValue", "Action", "secretsmanager:*"),
    "OriginateRole allows secretsmanager:*",
  ],
  [
    "with a right on everything",
    "every function has a role of its own, no wider than needed",
    changeRight("OriginateRole", "secretsmanager:GetSecretValue", "Resource", "*"),
    "OriginateRole allows secretsmanager:GetSecretValue on everything",
  ],
  [
    "with a granted action taken away",
    "every granted action is used, every used one granted",
    changeRight("ExportHistoryRole", "s3:DeleteObject", "Action", [
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
    ]),
    `ExportHistoryRole lacks s3:AbortMultipartUpload on \${ExportBucket.Arn}/legs/*`,
  ],
  [
    "with a right taken away",
    "every granted action is used, every used one granted",
    changeRight("ExportHistoryRole", "secretsmanager:ListSecrets", "Action", []),
    "ExportHistoryRole lacks secretsmanager:ListSecrets on *",
  ],
  [
    "with a right that nobody uses",
    "every granted action is used, every used one granted",
    changeRight("OriginateRole", "secretsmanager:GetSecretValue", "Action", [
      "secretsmanager:GetSecretValue",
      "s3:GetObject",
    ]),
    "OriginateRole has s3:GetObject on arn:",
  ],
  [
    "with a destination that the role may not reach",
    "every granted action is used, every used one granted",
    changeRight("ExportHistoryRole", "sqs:SendMessage", "Resource", getArn("Other")),
    `ExportHistoryRole lacks sqs:SendMessage on \${Failures.Arn}`,
  ],
  [
    "with a queue that the role may not read",
    "every granted action is used, every used one granted",
    work(),
    `OriginateRole lacks sqs:ReceiveMessage on \${Jobs.Arn}`,
  ],
  [
    "with a schedule that may start another function only",
    "schedules may start what they start",
    changeRight("PlanSchedulerRole", "lambda:InvokeFunction", "Resource", getArn("OriginateLambdaFunction")),
    "PlanSchedulerRole lacks lambda:InvokeFunction on arn:",
  ],
  [
    "with a schedule's role that is a function's",
    "schedules may start what they start",
    change("PlanSchedule", ["Target", "RoleArn"], getArn("OriginateRole")),
    "OriginateRole must have only this statement of trust",
  ],
  [
    "with a schedule in no zone",
    "schedules name their zone",
    change("PlanSchedule", ["ScheduleExpressionTimezone"], undefined),
    "PlanSchedule does not say in which zone its hours are",
  ],
  [
    "with a schedule in a zone that does not exist",
    "schedules name their zone",
    change("PlanSchedule", ["ScheduleExpressionTimezone"], "Europe/Romee"),
    "PlanSchedule does not say in which zone its hours are",
  ],
  [
    "with a schedule that gives up in silence",
    "nothing that nobody waits for is lost",
    change("PlanSchedule", ["Target", "DeadLetterConfig"], undefined),
    "PlanSchedule has no dead-letter queue",
  ],
  [
    "with a function that fails in silence",
    "nothing that nobody waits for is lost",
    remove("PlanDashexportsLambdaEvConf"),
    "plan-exports is started without waiting, and has no destination for failures",
  ],
  [
    "with a rule of an event bus that gives up in silence",
    "nothing that nobody waits for is lost",
    add({
      OnEvent: {
        Type: "AWS::Events::Rule",
        Properties: { Targets: [{ Arn: getArn("OriginateLambdaFunction") }] },
      },
    }),
    "OnEvent has a target without a dead-letter queue",
  ],
  [
    "with a queue whose messages come back while they are worked on",
    "nothing that nobody waits for is lost",
    work({ VisibilityTimeout: 89 }),
    "Work: its queue hides messages for less than 90 s",
  ],
  [
    "with a queue whose messages come back for ever",
    "nothing that nobody waits for is lost",
    work({ RedrivePolicy: undefined }),
    "Work: its queue has no dead-letter queue",
  ],
  [
    "with a FIFO queue whose dead letters go to a plain one",
    "nothing that nobody waits for is lost",
    work({ FifoQueue: true }),
    "Work: its dead-letter queue is of another kind",
  ],
  [
    "with a batch that fails as a whole",
    "nothing that nobody waits for is lost",
    work({}, { FunctionResponseTypes: undefined }),
    "Work: one bad message brings its whole batch back",
  ],
  [
    "with an alarm on a metric that nobody counts",
    "alarms look at what is counted",
    change("FailuresAlarm", ["MetricName"], "NumberOfMessagesSendt"),
    "FailuresAlarm looks at NumberOfMessagesSendt, which nobody counts",
  ],
  [
    "with an alarm on another kind of thing",
    "alarms look at what is counted",
    change("FailuresAlarm", ["Dimensions", 0, "Value"], { Ref: "OriginateLambdaFunction" }),
    "FailuresAlarm has dimensions (QueueName) that ApproximateNumberOfMessagesVisible does not have",
  ],
  [
    "with an alarm in a namespace of nobody",
    "alarms look at what is counted",
    change("FailuresAlarm", ["Namespace"], "Wildix"),
    "FailuresAlarm looks at Wildix, which nobody counts",
  ],
  [
    "with an alarm on what other stages count too",
    "alarms look at what is counted",
    change("CallsGivenUpAlarm", ["Namespace"], "wildix-functions"),
    "CallsGivenUpAlarm looks at wildix-functions, which nobody counts",
  ],
  [
    "with an alarm on a metric that the code no longer counts",
    "alarms look at what is counted",
    change("CallsGivenUpAlarm", ["MetricName"], "calls_lost"),
    "CallsGivenUpAlarm looks at calls_lost, which nobody counts",
  ],
  [
    "with an alarm that tells nobody",
    "alarms look at what is counted",
    change("FailuresAlarm", ["AlarmActions"], undefined),
    "FailuresAlarm tells nobody",
  ],
  [
    "with a function whose errors raise no alarm",
    "functions and dead letters have alarms",
    remove("OriginateErrorsAlarm"),
    "Errors of OriginateLambdaFunction raise no alarm",
  ],
  [
    "with a dead-letter queue that nobody watches",
    "functions and dead letters have alarms",
    remove("FailuresAlarm"),
    "messages in Failures raise no alarm",
  ],
  [
    "with a bucket that goes with the stack",
    "data is kept, closed and restorable",
    () => ({
      Resources: {
        ...template.Resources,
        ExportBucket: {
          Type: "AWS::S3::Bucket",
          Properties: template.Resources["ExportBucket"]?.Properties ?? {},
        },
      },
    }),
    "ExportBucket goes when the stack goes",
  ],
  [
    "with a bucket that can be read without TLS",
    "data is kept, closed and restorable",
    remove("ExportBucketPolicy"),
    "ExportBucket can be read without TLS",
  ],
  [
    "with a bucket that may be made public",
    "data is kept, closed and restorable",
    change("ExportBucket", ["PublicAccessBlockConfiguration", "BlockPublicPolicy"], false),
    "ExportBucket may be made public",
  ],
  [
    "with a table that cannot be restored",
    "data is kept, closed and restorable",
    change("StateTable", ["PointInTimeRecoverySpecification"], undefined),
    "StateTable cannot be restored",
  ],
  [
    "with a queue that is not encrypted",
    "data is kept, closed and restorable",
    change("Failures", ["SqsManagedSseEnabled"], undefined),
    "Failures is not encrypted",
  ],
  [
    "with a topic that is not encrypted",
    "data is kept, closed and restorable",
    change("AlarmTopic", ["KmsMasterKeyId"], "alias/aws/sns"),
    "AlarmTopic is not encrypted with a key of the stack",
  ],
  [
    "with a key that alarms of every account may use",
    "data is kept, closed and restorable",
    change("AlarmTopicKey", ["KeyPolicy", "Statement", 1, "Condition"], undefined),
    "AlarmTopic: its key must be usable by alarms of this account, and by nobody else",
  ],
  [
    "with a function that publishes without the topic's key",
    "every granted action is used, every used one granted",
    changeRight("PlanExportsRole", "kms:Decrypt", "Action", "kms:Decrypt"),
    `PlanExportsRole lacks kms:GenerateDataKey on \${AlarmTopicKey.Arn}`,
  ],
  [
    "with a role that has another permissions boundary",
    "no role has a permissions boundary",
    change("OriginateRole", ["PermissionsBoundary"], "arn:aws:iam::123456789012:policy/limit"),
    "OriginateRole must have the permissions boundary (none)",
  ],
];

describe("a template", () => {
  it.each(broken)("%s is noticed", (_what, rule, make, says) => {
    expect(rules[rule](make()).join("\n")).toContain(says);
  });
  it("with a metric of the code's own is measured by what the code emits", () => {
    const alarm = (dimensions: unknown): Template =>
      add({
        Missing: {
          Type: "AWS::CloudWatch::Alarm",
          Properties: {
            Namespace: "wildix-functions/dev",
            MetricName: "calls_unknown",
            Dimensions: dimensions,
            AlarmActions: [{ Ref: "AlarmTopic" }],
          },
        },
      })();
    expect(alarmFindings(emitted)(alarm(undefined))).toEqual([]);
    expect(alarmFindings(emitted)(alarm([{ Name: "pbx", Value: "milan" }]))).toEqual([
      "Missing has dimensions (pbx) that calls_unknown does not have",
    ]);
  });
  it("whose functions did not ask who calls would need an authorizer on every route", () => {
    const unguarded = routeFindings(() => false);
    expect(unguarded(template)).toHaveLength(closed.size);
    const guarded = change("HttpApiRoutePostCalls", ["AuthorizationType"], "AWS_IAM")();
    expect(unguarded(guarded)).toHaveLength(closed.size - 1);
  });
});

describe("rights", () => {
  const ofStack: Rule = (given) => [
    ...roleFindings(given),
    ...rightsFindings(used)(given),
    ...schedulerRoleFindings(given),
  ];
  it("of the role that deploys are those that a deployment needs", () => {
    expect(deployRoleFindings(deploying)).toEqual([]);
  });
  it.each([...kindsOfChange])("are noticed after each change of the kind: %s", (_kind, changes) => {
    const noticed = (rule: Rule, given: Template) =>
      changes(given).map(({ what, changed, says }) => {
        const findings = rule(changed);
        const found = (text: string) =>
          findings.some((one) => one.startsWith(text) && /^(?:$|[ ,:])/.test(one.slice(text.length)));
        return { what, missing: says.filter((text) => !found(text)) };
      });
    const tried = [...noticed(ofStack, template), ...noticed(deployRoleFindings, deploying)];
    expect(tried).not.toEqual([]);
    expect(tried.filter(({ missing }) => missing.length > 0)).toEqual([]);
  });
  it("are widened piece by piece", () => {
    expect(wider("a:b/c*")).toEqual(["*", "a*", "*:b/c*", "a:*", "a:b*", "a:*/c*", "a:b/*", "a:b/c**"]);
    expect(wider(`\${A}/b`)).toEqual(["*", `\${A}*`, "*/b", `\${A}/*`, `\${A}/b*`]);
  });
  it("are written down for each action that code calls, and for no other", () => {
    const calls = new Map(used).set("call-queues", new Set(["s3:GetObject"]));
    expect(rightsFindings(calls)(template)).toEqual([
      "call-queues calls s3:GetObject: write into needs.ts on which resource",
      "call-queues never calls secretsmanager:GetSecretValue: remove it from needs.ts",
    ]);
  });
});

describe("the calls of a function", () => {
  it("are found under the names that a bundler gives", () => {
    expect(portCalls("await store2.head(key); for (const one of await ports.registry?.list());")).toEqual([
      "store.head",
      "registry.list",
    ]);
    expect(portCalls("restore.head(key); store.header(key);")).toEqual([]);
  });
});
