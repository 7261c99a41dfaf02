import { isDeepStrictEqual } from "node:util";
import type { FunctionName } from "../../cli/server/functions.ts";
import { nameOf } from "./functions.ts";
import { type Needs, needs } from "./needs.ts";
import { arnBase, at, listOf, ofType, type Rule, rendered, type Template, target } from "./template.ts";

/** Actions without resource-level permissions: the only ones that may be granted on `*`. */
const withoutResources = new Set(["secretsmanager:ListSecrets"]);

/** The statements of a role's policies. */
export const statementsOf = (template: Template, role: string): readonly unknown[] =>
  listOf(template.Resources[role]?.Properties["Policies"]).flatMap((policy) =>
    listOf(at(policy, "PolicyDocument", "Statement")),
  );

/** Actions and resources of a statement, the resources written out. */
export const partsOf = (template: Template, statement: unknown) => ({
  actions: listOf(at(statement, "Action")).map(String),
  resources: listOf(at(statement, "Resource")).map((resource) => rendered(template, resource)),
});

const right = (action: string, resource: string): string => `${action} on ${resource}`;

/** A line for each action on each resource, for example "sns:Publish on ${AlarmTopic}", with whatever else a statement says. */
const rightsOf = (template: Template, role: string): string[] =>
  statementsOf(template, role).flatMap((statement) => {
    const { Effect, Action = "(no action)", Resource = "(no resource)", ...more } = Object(statement);
    const effect = Effect === "Allow" ? "" : `${Effect} `;
    const limits = Object.keys(more).length === 0 ? "" : ` with ${JSON.stringify(more)}`;
    const { actions, resources } = partsOf(template, { Action, Resource });
    return actions.flatMap((action) =>
      resources.map((resource) => `${effect}${right(action, resource)}${limits}`),
    );
  });

/** Properties of a role that rules look at, or that give no rights. */
const readProperties = new Set([
  "AssumeRolePolicyDocument",
  "Policies",
  "MaxSessionDuration",
  "PermissionsBoundary",
]);

/** A role has each right that is needed, once, and no other; and nothing else gives it rights. */
export const differences = (template: Template, role: string, needed: ReadonlySet<string>): string[] => {
  const rights = rightsOf(template, role);
  const granted = new Set(rights);
  return [
    ...[...needed.difference(granted)].map((one) => `${role} lacks ${one}`),
    ...[...granted.difference(needed)].map((one) => `${role} has ${one}, which nothing needs`),
    ...rights
      .filter((one, index) => rights.indexOf(one) !== index)
      .map((one) => `${role} has ${one} more than once`),
    ...Object.keys(template.Resources[role]?.Properties ?? {})
      .filter((key) => !readProperties.has(key))
      .map((key) => `${role} has ${key}, which no rule reads`),
  ];
};

/** Who may take a role is in one statement, which is exactly the one that is needed. */
export const trustFindings = (template: Template, role: string, needed: object): string[] => {
  const document = template.Resources[role]?.Properties["AssumeRolePolicyDocument"];
  return isDeepStrictEqual(at(document, "Statement"), [needed])
    ? []
    : [`${role} must have only this statement of trust: ${JSON.stringify(needed)}`];
};
const trust = (Service: string) => ({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" });

const roleOf = (properties: unknown): string | undefined => target(at(properties, "Role"));
const scheduleRole = (properties: unknown): string | undefined => target(at(properties, "Target", "RoleArn"));

/** A role for each function, no right on everything, and no right from anywhere but the role's own policies. */
export const roleFindings: Rule = (template) => {
  const roles = ofType(template, "AWS::Lambda::Function").map(([id, { Properties }]) => ({
    id,
    role: roleOf(Properties),
  }));
  const shared = roles
    .filter(
      ({ role }, index) => role === undefined || roles.findIndex((other) => other.role === role) !== index,
    )
    .map(({ id }) => `${id} has no role of its own`);
  const taken = new Set([
    ...roles.map(({ role }) => role),
    ...ofType(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) => scheduleRole(Properties)),
  ]);
  const each = ofType(template, "AWS::IAM::Role").flatMap(([role]) => [
    ...(taken.has(role) ? [] : [`${role} is the role of no function and no schedule`]),
    ...statementsOf(template, role)
      .map((statement) => partsOf(template, statement))
      .flatMap(({ actions, resources }) => [
        ...actions.filter((action) => action.includes("*")).map((action) => `${role} allows ${action}`),
        ...actions
          .filter((action) => resources.includes("*") && !withoutResources.has(action))
          .map((action) => `${role} allows ${action} on everything`),
      ]),
  ]);
  const elsewhere = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type.startsWith("AWS::IAM::") && Type !== "AWS::IAM::Role")
    .map(([id, { Type }]) => `${id} is of the type ${Type}: write its rights into the policies of a role`);
  return [...shared, ...each, ...elsewhere];
};

/** Every role has the permissions boundary of the deployment; undefined is none. */
export const boundaryFindings =
  (boundary: string | undefined): Rule =>
  (template) =>
    ofType(template, "AWS::IAM::Role")
      .filter(([, { Properties }]) => Properties["PermissionsBoundary"] !== boundary)
      .map(([role]) => `${role} must have the permissions boundary ${boundary ?? "(none)"}`);

const ownLog = ["logs:CreateLogStream", "logs:PutLogEvents"];
const onQueue = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/** SNS uses the key of an encrypted topic with the rights of the publisher. */
const needsOfTopics = (template: Template, needed: Needs): string[] =>
  ofType(template, "AWS::SNS::Topic").flatMap(([id, { Properties }]) => {
    const key = at(Properties, "KmsMasterKeyId");
    return key !== undefined && needed[`\${${id}}`]?.includes("sns:Publish")
      ? ["kms:GenerateDataKey", "kms:Decrypt"].map((action) => right(action, rendered(template, key)))
      : [];
  });

/** What Lambda itself does in a function's name: for its log, its destinations, and the queue that it works from. */
const needsOfTemplate = (template: Template, functionId: string): string[] => {
  const mine = (type: string) =>
    ofType(template, type).filter(([, { Properties }]) => target(Properties["FunctionName"]) === functionId);
  const log = `${arnBase("logs")}log-group:/aws/lambda/${template.Resources[functionId]?.Properties["FunctionName"]}:*`;
  const destinations = mine("AWS::Lambda::EventInvokeConfig").flatMap(([, { Properties }]) =>
    ["OnFailure", "OnSuccess"].flatMap((when) => {
      const to = at(Properties, "DestinationConfig", when, "Destination");
      return to === undefined ? [] : [right("sqs:SendMessage", rendered(template, to))];
    }),
  );
  const sources = mine("AWS::Lambda::EventSourceMapping").flatMap(([, { Properties }]) =>
    onQueue.map((action) => right(action, rendered(template, Properties["EventSourceArn"]))),
  );
  return [...ownLog.map((action) => right(action, log)), ...destinations, ...sources];
};

/**
 * A function's role has the rights of needs.ts and those that the template asks for, and needs.ts has the actions of the code.
 * `used` has these by the function's name in serverless.yml; see calls.ts.
 */
export const rightsFindings =
  (used: ReadonlyMap<string, ReadonlySet<string>>): Rule =>
  (template) =>
    ofType(template, "AWS::Lambda::Function").flatMap(([id, { Properties }]) => {
      const name = nameOf(template, id);
      const role = roleOf(Properties) ?? "";
      const own = needs[name as FunctionName] ?? {};
      const listed = Object.entries(own);
      const called = used.get(name) ?? new Set();
      const actions = new Set(listed.flatMap(([, all]) => all));
      const ofCode = listed.flatMap(([resource, all]) => all.map((action) => right(action, resource)));
      return [
        ...[...called.difference(actions)].map(
          (action) => `${name} calls ${action}: write into needs.ts on which resource`,
        ),
        ...[...actions.difference(called)].map(
          (action) => `${name} never calls ${action}: remove it from needs.ts`,
        ),
        ...differences(
          template,
          role,
          new Set([...ofCode, ...needsOfTopics(template, own), ...needsOfTemplate(template, id)]),
        ),
        ...trustFindings(template, role, trust("lambda.amazonaws.com")),
      ];
    });

/** The scheduler takes a role for schedules of this account only. */
const schedulerTrust = {
  ...trust("scheduler.amazonaws.com"),
  Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
};

/** A schedule's role may start what the schedule starts, send what it gave up to the dead-letter queue, and nothing else. */
export const schedulerRoleFindings: Rule = (template) =>
  ofType(template, "AWS::Scheduler::Schedule").flatMap(([, { Properties }]) => {
    const role = scheduleRole(Properties) ?? "";
    const needed = [
      right("lambda:InvokeFunction", rendered(template, at(Properties, "Target", "Arn"))),
      right("sqs:SendMessage", rendered(template, at(Properties, "Target", "DeadLetterConfig", "Arn"))),
    ];
    return [
      ...differences(template, role, new Set(needed)),
      ...trustFindings(template, role, schedulerTrust),
    ];
  });
