import { partsOf, statementsOf } from "./rights.ts";
import { at, listOf, ofType, type Resource, type Template } from "./template.ts";

/** One change of one role, and how lines of the findings must begin. */
interface Change {
  readonly what: string;
  readonly changed: Template;
  readonly says: readonly string[];
}

type Statement = Readonly<Record<string, unknown>>;

const withResource = (template: Template, id: string, resource: Resource): Template => ({
  ...template,
  Resources: { ...template.Resources, [id]: resource },
});

const resourceOf = (template: Template, id: string): Resource => {
  const resource = template.Resources[id];
  if (resource === undefined) throw new Error(`the template has no ${id}`);
  return resource;
};

const withProperties = (template: Template, role: string, properties: object): Template => {
  const resource = resourceOf(template, role);
  return withResource(template, role, { ...resource, Properties: { ...resource.Properties, ...properties } });
};

const policy = (Statement: readonly unknown[]) => ({ PolicyName: "rights", PolicyDocument: { Statement } });

/** The template with one statement of a role's policies replaced by others. */
const withStatements = (template: Template, role: string, index: number, ...others: unknown[]): Template => {
  const statements = statementsOf(template, role).toSpliced(index, 1, ...others);
  return withProperties(template, role, { Policies: [policy(statements)] });
};

interface Place {
  readonly role: string;
  readonly index: number;
  readonly statement: Statement;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

const rolesOf = (template: Template): string[] => ofType(template, "AWS::IAM::Role").map(([role]) => role);

const placesOf = (template: Template): Place[] =>
  rolesOf(template).flatMap((role) =>
    statementsOf(template, role).map((statement, index) => ({
      role,
      index,
      statement: Object(statement),
      ...partsOf(template, statement),
    })),
  );

/** Wider forms of a resource: each piece `*`, the text cut to `*` before and after each piece. */
export const wider = (resource: string): string[] => {
  const pieces = resource.split(/(\$\{[^}]+\}|[:/-])/).filter((piece) => piece !== "");
  const forms = pieces.flatMap((piece, index) => [
    `${pieces.slice(0, index).join("")}*`,
    `${pieces.slice(0, index + 1).join("")}*`,
    ...(/^[:/-]$/.test(piece) ? [] : [pieces.with(index, "*").join("")]),
  ]);
  return [...new Set(forms)].filter((form) => form !== resource);
};

/** Wider forms of an action: all that begin with the same verb, all of the service, and all. */
const widerAction = (action: string): string[] => {
  const [service = "", name = ""] = action.split(":");
  const verb = /^[A-Z][a-z]+/.exec(name)?.[0];
  const forms = ["*", `${service}:*`, ...(verb === undefined ? [] : [`${service}:${verb}*`])];
  return forms.filter((form) => form !== action);
};

/** The conditions of a statement, each operator and each key taken away. */
const withoutConditions = (statement: Statement): Statement[] => {
  const { Condition, ...rest } = statement;
  if (Condition === undefined) return [];
  const operators: Readonly<Record<string, object>> = Object(Condition);
  return [
    rest,
    ...Object.entries(operators).flatMap(([operator, keys]) =>
      Object.keys(keys).map((gone) => ({
        ...rest,
        Condition: {
          ...operators,
          [operator]: Object.fromEntries(Object.entries(keys).filter(([key]) => key !== gone)),
        },
      })),
    ),
  ];
};

type Changes = (place: Place, template: Template) => Change[];

/** Changes of a statement of a role's rights. */
const ofStatements: Readonly<Record<string, Changes>> = {
  "an action removed": ({ role, index, statement, actions, resources }, template) =>
    actions.map((action, position) => ({
      what: `${role}: ${action} of statement ${index}`,
      changed: withStatements(template, role, index, {
        ...statement,
        Action: actions.toSpliced(position, 1),
      }),
      says: resources.map((resource) => `${role} lacks ${action} on ${resource}`),
    })),
  "a resource removed": ({ role, index, statement, actions, resources }, template) =>
    resources.map((resource, position) => ({
      what: `${role}: ${resource} of statement ${index}`,
      changed: withStatements(template, role, index, {
        ...statement,
        Resource: listOf(statement["Resource"]).toSpliced(position, 1),
      }),
      says: actions.map((action) => `${role} lacks ${action} on ${resource}`),
    })),
  "a resource widened": ({ role, index, statement, actions, resources }, template) =>
    resources.flatMap((resource, position) =>
      wider(resource).map((form) => ({
        what: `${role}: ${resource} to ${form} in statement ${index}`,
        changed: withStatements(template, role, index, {
          ...statement,
          Resource: listOf(statement["Resource"]).with(position, { "Fn::Sub": form }),
        }),
        says: actions.flatMap((action) => [
          `${role} lacks ${action} on ${resource}`,
          `${role} has ${action} on ${form}`,
        ]),
      })),
    ),
  "an action widened": ({ role, index, statement, actions, resources }, template) =>
    actions.flatMap((action, position) =>
      widerAction(action).map((form) => ({
        what: `${role}: ${action} to ${form} in statement ${index}`,
        changed: withStatements(template, role, index, {
          ...statement,
          Action: actions.with(position, form),
        }),
        says: resources.map((resource) => `${role} has ${form} on ${resource}`),
      })),
    ),
  "an action added": ({ role, index, statement, actions, resources }, template) =>
    ["iam:PassRole", "s3:PutBucketPolicy"].map((more) => ({
      what: `${role}: ${more} in statement ${index}`,
      changed: withStatements(template, role, index, { ...statement, Action: [...actions, more] }),
      says: resources.map((resource) => `${role} has ${more} on ${resource}`),
    })),
  "a statement removed": ({ role, index, actions, resources }, template) => [
    {
      what: `${role}: statement ${index}`,
      changed: withStatements(template, role, index),
      says: actions.flatMap((action) =>
        resources.map((resource) => `${role} lacks ${action} on ${resource}`),
      ),
    },
  ],
  // one of the two could then be removed unnoticed
  "a statement repeated": ({ role, index, statement, actions, resources }, template) => [
    {
      what: `${role}: statement ${index}`,
      changed: withStatements(template, role, index, statement, statement),
      says: actions.flatMap((action) => resources.map((resource) => `${role} has ${action} on ${resource}`)),
    },
  ],
  "a statement inverted": ({ role, index, statement, actions, resources }, template) => {
    const { Action, Resource, ...rest } = statement;
    const forms = {
      NotAction: { ...rest, NotAction: Action, Resource },
      NotResource: { ...rest, Action, NotResource: Resource },
    };
    return [
      ...Object.entries(forms).map(([key, form]) => ({
        what: `${role}: ${key} in statement ${index}`,
        changed: withStatements(template, role, index, form),
        says: [`${role} lacks ${actions[0]} on ${resources[0]}`],
      })),
      {
        what: `${role}: Deny in statement ${index}`,
        changed: withStatements(template, role, index, { ...statement, Effect: "Deny" }),
        says: [
          `${role} lacks ${actions[0]} on ${resources[0]}`,
          `${role} has Deny ${actions[0]} on ${resources[0]}`,
        ],
      },
    ];
  },
  "a condition dropped": ({ role, index, statement, actions, resources }, template) =>
    withoutConditions(statement).map((less) => ({
      what: `${role}: condition of statement ${index}, now ${JSON.stringify(less["Condition"])}`,
      changed: withStatements(template, role, index, less),
      says: actions.flatMap((action) =>
        resources.map((resource) => `${role} lacks ${action} on ${resource} with`),
      ),
    })),
};

/** Changes of a role as a whole. */
const ofRoles: Readonly<Record<string, (role: string, template: Template) => Change[]>> = {
  "trust widened": (role, template) => {
    const document: object = Object(resourceOf(template, role).Properties["AssumeRolePolicyDocument"]);
    const statement: Statement = Object(at(document, "Statement", 0));
    const principals = [
      "*",
      { AWS: "*" },
      { Service: "ec2.amazonaws.com" },
      { Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"] },
    ];
    const forms = [
      ...principals.map((Principal) => [{ ...statement, Principal }]),
      ...withoutConditions(statement).map((less) => [less]),
      [statement, { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      [{ ...statement, Action: "sts:*" }],
    ];
    return forms.map((Statement) => ({
      what: `${role}: ${JSON.stringify(Statement)}`,
      changed: withProperties(template, role, { AssumeRolePolicyDocument: { ...document, Statement } }),
      says: [`${role} must have only this statement of trust`],
    }));
  },
  "rights from elsewhere": (role, template) => {
    const policies = listOf(resourceOf(template, role).Properties["Policies"]);
    const more = {
      Effect: "Allow",
      Action: "sqs:PurgeQueue",
      Resource: { "Fn::GetAtt": ["Failures", "Arn"] },
    };
    const attached = (type: string): Change => ({
      what: `${role}: a resource of ${type}`,
      changed: withResource(template, "More", {
        Type: type,
        Properties: { Roles: [{ Ref: role }], ...policy([more]) },
      }),
      says: ["More"],
    });
    return [
      {
        what: `${role}: one more policy`,
        changed: withProperties(template, role, { Policies: [...policies, policy([more])] }),
        says: [`${role} has sqs:PurgeQueue on \${Failures.Arn}, which nothing needs`],
      },
      {
        what: `${role}: a managed policy`,
        changed: withProperties(template, role, {
          ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        }),
        says: [`${role} has ManagedPolicyArns`],
      },
      attached("AWS::IAM::Policy"),
      attached("AWS::IAM::RolePolicy"),
      attached("AWS::IAM::ManagedPolicy"),
      {
        what: `${role}: a copy under another name`,
        changed: withResource(template, `${role}Copy`, resourceOf(template, role)),
        says: [`${role}Copy`],
      },
    ];
  },
};

/** Every change of the rights in a template's roles, by its kind. */
export const kindsOfChange: ReadonlyMap<string, (template: Template) => Change[]> = new Map([
  ...Object.entries(ofStatements).map(
    ([kind, changes]) =>
      [
        kind,
        (template: Template) => placesOf(template).flatMap((place) => changes(place, template)),
      ] as const,
  ),
  ...Object.entries(ofRoles).map(
    ([kind, changes]) =>
      [kind, (template: Template) => rolesOf(template).flatMap((role) => changes(role, template))] as const,
  ),
]);
