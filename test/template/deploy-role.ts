import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { differences, trustFindings } from "./rights.ts";
import type { Rule, Template } from "./template.ts";

const tags = [
  { tag: "!Sub", resolve: (text: string) => ({ "Fn::Sub": text }) },
  { tag: "!GetAtt", resolve: (text: string) => ({ "Fn::GetAtt": text.split(".") }) },
];

export const deployTemplate = async (): Promise<Template> =>
  parse(await readFile(new URL("../../serverless/deploy-role.yml", import.meta.url), "utf8"), {
    customTags: tags,
  });

const partition = `arn:\${AWS::Partition}`;
const inAccount = (service: string, name: string, region = "*"): string =>
  `${partition}:${service}:${region}:\${AWS::AccountId}:${name}`;
const ownRoles = inAccount("iam", "role/wildix-functions-*", "");

const services = [
  "cloudformation",
  "lambda",
  "logs",
  "scheduler",
  "dynamodb",
  "sqs",
  "sns",
  "cloudwatch",
  "events",
];

/** Actions of the deployment by the resources that they are needed on: only those named after the service. */
const needs: readonly (readonly [
  actions: readonly string[],
  resources: readonly string[],
  limits?: string,
])[] = [
  [
    services.map((service) => `${service}:*`),
    [
      inAccount("cloudformation", "stack/wildix-functions-*"),
      inAccount("lambda", "function:wildix-functions-*"),
      inAccount("logs", "log-group:/aws/*/wildix-functions-*"),
      inAccount("logs", "log-group:wildix-functions-*"),
      inAccount("scheduler", "schedule/default/wildix-functions-*"),
      inAccount("dynamodb", "table/wildix-functions-*"),
      inAccount("sqs", "wildix-functions-*"),
      inAccount("sns", "wildix-functions-*"),
      inAccount("events", "event-bus/wildix-functions-*"),
      inAccount("events", "rule/wildix-functions-*"),
      inAccount("cloudwatch", "alarm:wildix-functions-*"),
      inAccount("cloudwatch", "dashboard/wildix-functions-*"),
    ],
  ],
  // without the condition, a bucket of that name in another account
  [
    ["s3:*"],
    [`${partition}:s3:::wildix-functions-*`],
    ` with {"Condition":{"StringEquals":{"aws:ResourceAccount":{"Fn::Sub":"\${AWS::AccountId}"}}}}`,
  ],
  [["athena:*"], [inAccount("athena", "workgroup/wildix-functions-*")]],
  // names of databases have underscores; a deletion needs rights on all that is in the database
  [
    [
      ...["Create", "Get", "Update", "Delete"].flatMap((verb) => [
        `glue:${verb}Database`,
        `glue:${verb}Table`,
      ]),
      "glue:GetTables",
    ],
    [
      "catalog",
      ...["database/wildix_functions_*", "table/wildix_functions_*/*"],
      "userDefinedFunction/wildix_functions_*/*",
    ].map((name) => inAccount("glue", name)),
  ],
  // an API's ARN has an id, not a name
  [["apigateway:*"], [`${partition}:apigateway:*::/apis*`, `${partition}:apigateway:*::/tags/*`]],
  // no resource-level permission, or an id that AWS makes up
  [
    [
      "cloudformation:ValidateTemplate",
      "lambda:GetEventSourceMapping",
      ...["Create", "Get", "Update", "Delete"].map((verb) => `logs:${verb}LogDelivery`),
      "logs:DescribeLogGroups",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
    ],
    ["*"],
  ],
  // an event source has an id: the condition names the functions
  [
    ["Create", "Update", "Delete"].map((verb) => `lambda:${verb}EventSourceMapping`),
    ["*"],
    ` with {"Condition":{"ArnLike":{"lambda:FunctionArn":{"Fn::Sub":"${inAccount("lambda", "function:wildix-functions-*")}"}}}}`,
  ],
  [["kms:CreateKey"], ["*"]],
  // a key has an id: the condition leaves only changes by a stack
  [
    [
      ...["DescribeKey", "UpdateKeyDescription", "ScheduleKeyDeletion", "ListResourceTags"],
      ...["GetKeyPolicy", "PutKeyPolicy", "GetKeyRotationStatus", "EnableKeyRotation"],
    ].map((name) => `kms:${name}`),
    [inAccount("kms", "key/*")],
    ` with {"Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"}}}`,
  ],
  [
    [
      ...["Get", "Delete", "Tag", "Untag"].map((verb) => `iam:${verb}Role`),
      ...["Get", "Delete"].map((verb) => `iam:${verb}RolePolicy`),
      "iam:UpdateAssumeRolePolicy",
    ],
    [ownRoles],
  ],
  // without the condition, a run could make a role without the boundary, or give rights to one
  [
    ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"],
    [ownRoles],
    ` with {"Condition":{"Fn::If":["HasBoundary",{"StringEquals":{"iam:PermissionsBoundary":{"Ref":"PermissionsBoundary"}}},{"Ref":"AWS::NoValue"}]}}`,
  ],
  // without the condition, a stack could give a role of the functions to any service
  [
    ["iam:PassRole"],
    [ownRoles],
    ` with {"Condition":{"StringEquals":{"iam:PassedToService":["lambda.amazonaws.com","scheduler.amazonaws.com"]}}}`,
  ],
];

const issuer = "token.actions.githubusercontent.com";
/** Trusts the jobs of one environment of one repository. */
const trusted = {
  Effect: "Allow",
  Principal: {
    Federated: { "Fn::Sub": `${partition}:iam::\${AWS::AccountId}:oidc-provider/${issuer}` },
  },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: {
    StringEquals: {
      [`${issuer}:aud`]: "sts.amazonaws.com",
      [`${issuer}:sub`]: { "Fn::Sub": `repo:\${Repository}:environment:\${Environment}` },
    },
  },
};

/** The role that GitHub Actions deploys with. */
export const deployRoleFindings: Rule = (template) => {
  const rights = needs.flatMap(([actions, resources, limits = ""]) =>
    actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}${limits}`)),
  );
  return Object.keys(template.Resources).flatMap((role) =>
    role === "DeployRole"
      ? [...differences(template, role, new Set(rights)), ...trustFindings(template, role, trusted)]
      : [`${role}: the stack must have only the role DeployRole`],
  );
};
