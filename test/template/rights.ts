import { nameOf } from "./functions.ts";
import { at, listOf, ofType, type Rule, rendered, type Template, target } from "./template.ts";

interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** Actions that know no resources; they alone may stand beside `*`. */
const withoutResources = new Set(["secretsmanager:ListSecrets"]);

/** What a role allows, its resources written out. */
const statementsOf = (template: Template, role: string): Statement[] =>
  listOf(template.Resources[role]?.Properties["Policies"])
    .flatMap((policy) => listOf(at(policy, "PolicyDocument", "Statement")))
    .map((statement) => ({
      actions: listOf(at(statement, "Action")).map(String),
      resources: listOf(at(statement, "Resource")).map((resource) => rendered(template, resource)),
    }));

const allows = (template: Template, role: string, action: string, resource: string): boolean =>
  statementsOf(template, role).some(
    ({ actions, resources }) => actions.includes(action) && resources.includes(resource),
  );

/** A role for each function, and no action or resource that is wider than it has to be. */
export const roleFindings: Rule = (template) => {
  const roles = ofType(template, "AWS::Lambda::Function").map(([id, { Properties }]) => ({
    id,
    role: target(Properties["Role"]),
  }));
  const shared = roles
    .filter(
      ({ role }, index) => role === undefined || roles.findIndex((other) => other.role === role) !== index,
    )
    .map(({ id }) => `${id} has no role of its own`);
  const wide = ofType(template, "AWS::IAM::Role").flatMap(([role]) =>
    statementsOf(template, role).flatMap(({ actions, resources }) => [
      ...actions.filter((action) => action.includes("*")).map((action) => `${role} allows ${action}`),
      ...actions
        .filter((action) => resources.includes("*") && !withoutResources.has(action))
        .map((action) => `${role} allows ${action} on everything`),
    ]),
  );
  return [...shared, ...wide];
};

/** An action on a resource; undefined: which resource is for the suite on the emulator to prove. */
interface Need {
  readonly action: string;
  readonly resource?: string;
}

const onQueue = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/** Actions that Lambda itself takes in a function's name, for its destination, its queue, its durable execution. */
const needsOfTemplate = (template: Template, functionId: string): Need[] => {
  const mine = (type: string) =>
    ofType(template, type).filter(([, { Properties }]) => target(Properties["FunctionName"]) === functionId);
  const destinations = mine("AWS::Lambda::EventInvokeConfig").flatMap(([, { Properties }]) =>
    ["OnFailure", "OnSuccess"].flatMap((when) => {
      const to = at(Properties, "DestinationConfig", when, "Destination");
      return to === undefined ? [] : [{ action: "sqs:SendMessage", resource: rendered(template, to) }];
    }),
  );
  const sources = mine("AWS::Lambda::EventSourceMapping").flatMap(([, { Properties }]) =>
    onQueue.map((action) => ({ action, resource: rendered(template, Properties["EventSourceArn"]) })),
  );
  return [...destinations, ...sources];
};

const ownLog = ["logs:CreateLogStream", "logs:PutLogEvents"];

/**
 * Everything granted is used, and everything used is granted. `used` has the actions that each function's code takes, by the
 * function's name in serverless.yml; see calls.ts.
 */
export const rightsFindings =
  (used: ReadonlyMap<string, ReadonlySet<string>>): Rule =>
  (template) =>
    ofType(template, "AWS::Lambda::Function").flatMap(([id, { Properties }]) => {
      const name = nameOf(template, id);
      const role = target(Properties["Role"]) ?? "";
      const own = needsOfTemplate(template, id);
      const code: Need[] = [...ownLog, ...(used.get(name) ?? [])].map((action) => ({ action }));
      const granted = statementsOf(template, role).flatMap(({ actions }) => actions);
      const lacks = [...code, ...own].filter(({ action, resource }) =>
        resource === undefined ? !granted.includes(action) : !allows(template, role, action, resource),
      );
      const needed = new Set([...code, ...own].map(({ action }) => action));
      return [
        ...lacks.map(({ action, resource }) => `${name} lacks ${action}${resource ? ` on ${resource}` : ""}`),
        ...new Set(
          granted
            .filter((action) => !needed.has(action))
            .map((action) => `${name} has ${action} and never uses it`),
        ),
      ];
    });

/** A schedule's role may start what the schedule starts and leave behind what it gave up, and nothing else. */
export const schedulerRoleFindings: Rule = (template) =>
  ofType(template, "AWS::Scheduler::Schedule").flatMap(([id, { Properties }]) => {
    const role = target(at(Properties, "Target", "RoleArn")) ?? "";
    const needs = [
      { action: "lambda:InvokeFunction", resource: rendered(template, at(Properties, "Target", "Arn")) },
      {
        action: "sqs:SendMessage",
        resource: rendered(template, at(Properties, "Target", "DeadLetterConfig", "Arn")),
      },
    ];
    const trusted = JSON.stringify(template.Resources[role]?.Properties["AssumeRolePolicyDocument"] ?? "");
    const more = statementsOf(template, role)
      .flatMap(({ actions }) => actions)
      .filter((action) => !needs.some((need) => need.action === action));
    return [
      ...(trusted.includes("scheduler.amazonaws.com")
        ? []
        : [`${id}: its role is not the scheduler's to take`]),
      ...needs
        .filter(({ action, resource }) => !allows(template, role, action, resource))
        .map(({ action, resource }) => `${id}: its role lacks ${action} on ${resource}`),
      ...more.map((action) => `${id}: its role has ${action} and never uses it`),
    ];
  });
