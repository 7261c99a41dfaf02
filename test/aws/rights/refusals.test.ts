import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionNames } from "../../../cli/server/functions.ts";
import { ask, bucket, exportStore, stack } from "../support/client.ts";
import type { Attempt } from "../support/probe.ts";
import { underRoleOf } from "../support/roles.ts";

const json = (service: string, target: string, input: unknown): Attempt => ({
  service,
  url: `${stack.endpoint}/`,
  method: "POST",
  headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify(input),
});
const object = (method: string, path: string): Attempt => ({
  service: "s3",
  url: `${stack.endpoint}/${bucket}/${path}`,
  method,
  ...(method === "PUT" ? { body: "x" } : {}),
});
const secret = (name: string): Attempt =>
  json("secretsmanager", "secretsmanager.GetSecretValue", { SecretId: name });

/** The planner reads tags alone. */
const onPbxs = functionNames.filter((name) => name !== "plan-exports");
const ofExports = ["plan-exports", "export-history"];
const ofRoutes = ["originate", "create-sound", "call-queues", "call-history"];
const ofCallbacks = ["events", "callbacks", "sweep-callbacks"];
const ofCalls = ["originate", "reconcile-calls", ...ofCallbacks];
const TableName = stack.outputs["StateTableName"];
const logGroupName = stack.outputs["AuditLogName"];
const Key = { partition: { S: "probe" }, id: { S: "probe" } };

/** What may be tried, and which functions may do it; all others are refused. */
const things: readonly {
  readonly what: string;
  readonly attempt: Attempt;
  readonly by: readonly string[];
}[] = [
  { what: "read a PBX's secret", attempt: secret("/wildix/dev/pbx/probed"), by: onPbxs },
  {
    what: "read the callers' keys",
    attempt: secret("/wildix/dev/keys"),
    by: [...ofRoutes, "callbacks"],
  },
  { what: "read another secret", attempt: secret("/another/secret"), by: [] },
  { what: "read another stage's PBX", attempt: secret("/wildix/prod/pbx/probed"), by: [] },
  {
    what: "change a PBX's secret",
    attempt: json("secretsmanager", "secretsmanager.PutSecretValue", {
      SecretId: "/wildix/dev/pbx/probed",
      SecretString: "{}",
    }),
    by: [],
  },
  {
    what: "list the secrets",
    attempt: json("secretsmanager", "secretsmanager.ListSecrets", {}),
    by: [...ofExports, "check-pbxs", ...ofCallbacks],
  },
  { what: "read a sound's record", attempt: object("GET", "sounds/milan/x.json"), by: ["create-sound"] },
  { what: "write a sound's record", attempt: object("PUT", "sounds/milan/x.json"), by: ["create-sound"] },
  { what: "delete a sound's record", attempt: object("DELETE", "sounds/milan/x.json"), by: [] },
  { what: "read call records", attempt: object("GET", "calls/x"), by: ["export-history"] },
  { what: "write call records", attempt: object("PUT", "calls/x"), by: ["export-history"] },
  { what: "delete call records", attempt: object("DELETE", "calls/x"), by: ["export-history"] },
  { what: "write a manifest", attempt: object("PUT", "manifests/x"), by: ofExports },
  { what: "read a manifest", attempt: object("GET", "manifests/x"), by: ofExports },
  { what: "delete a manifest", attempt: object("DELETE", "manifests/x"), by: ["export-history"] },
  { what: "archive an event", attempt: object("PUT", "events/x"), by: ["events"] },
  { what: "write elsewhere in the bucket", attempt: object("PUT", "elsewhere"), by: [] },
  {
    what: "list the bucket",
    attempt: object("GET", "?list-type=2"),
    by: ["create-sound", ...ofExports, "events"],
  },
  {
    what: "read which PBX has which customer",
    attempt: object("GET", "customers.json"),
    by: [...ofExports, "events"],
  },
  {
    what: "archive an event of a customer",
    attempt: object("PUT", "customers/acme/events/x"),
    by: ["events"],
  },
  {
    what: "read what is remembered",
    attempt: json("dynamodb", "DynamoDB_20120810.GetItem", { TableName, Key }),
    by: [...ofCalls, ...ofExports, "check-pbxs"],
  },
  {
    what: "write what is remembered",
    attempt: json("dynamodb", "DynamoDB_20120810.PutItem", { TableName, Item: Key }),
    by: [...ofCalls, ...ofExports, "check-pbxs"],
  },
  {
    what: "count",
    attempt: json("dynamodb", "DynamoDB_20120810.UpdateItem", { TableName, Key }),
    by: ["originate", ...ofCallbacks],
  },
  {
    what: "read through all that is remembered",
    attempt: json("dynamodb", "DynamoDB_20120810.Scan", { TableName }),
    by: [],
  },
  {
    what: "write the audit log",
    attempt: json("logs", "Logs_20140328.CreateLogStream", {
      logGroupName,
      logStreamName: "probe",
    }),
    by: ["originate", ...ofCallbacks],
  },
  {
    what: "read the audit log",
    attempt: json("logs", "Logs_20140328.FilterLogEvents", { logGroupName }),
    by: [],
  },
  {
    what: "tell of a failure",
    attempt: json("sqs", "AmazonSQS.SendMessage", {
      QueueUrl: stack.outputs["FailuresUrl"],
      MessageBody: "x",
    }),
    by: [...ofExports, "reconcile-calls", "check-pbxs", "callbacks", "sweep-callbacks"],
  },
  {
    what: "queue a day to export",
    attempt: json("sqs", "AmazonSQS.SendMessage", {
      QueueUrl: stack.outputs["ExportQueueUrl"],
      MessageBody: "{}",
      MessageGroupId: "probe",
      MessageDeduplicationId: "probe",
    }),
    by: ofExports,
  },
  {
    what: "take days that were given up",
    attempt: json("sqs", "AmazonSQS.ReceiveMessage", { QueueUrl: stack.outputs["ExportDeadLettersUrl"] }),
    by: ["plan-exports"],
  },
  {
    what: "queue an event of a PBX",
    attempt: json("sqs", "AmazonSQS.SendMessage", {
      QueueUrl: stack.outputs["EventQueueUrl"],
      MessageBody: "{}",
    }),
    by: ["webhook"],
  },
  {
    what: "send an event to the bus",
    attempt: json("events", "AWSEvents.PutEvents", {
      Entries: [
        {
          EventBusName: stack.outputs["EventBusName"],
          Source: "probe",
          DetailType: "probe",
          Detail: "{}",
        },
      ],
    }),
    by: [...ofExports, ...ofCallbacks],
  },
  {
    what: "start another function",
    attempt: {
      service: "lambda",
      url: `${stack.endpoint}/2015-03-31/functions/wildix-functions-dev-originate/invocations`,
      method: "POST",
      body: "{}",
    },
    by: [],
  },
];

/** Done, or refused by IAM; nothing else tells of rights. */
const outcome = ({ status, body }: { status: number; body: string }): string => {
  if (status < 300 || status === 404 || body.includes("ResourceAlreadyExists")) return "done";
  return status >= 400 && /AccessDenied|not authorized/i.test(body) ? "refused" : `${status} ${body}`;
};

beforeAll(async () => {
  for (const Name of ["/wildix/dev/pbx/probed", "/wildix/prod/pbx/probed", "/another/secret"])
    await ask("secretsmanager", "secretsmanager.CreateSecret", { Name, SecretString: "{}" });
});

afterAll(async () => {
  for (const key of ["manifests/x", "calls/x", "events/x", "sounds/milan/x.json"]) {
    const standing = await exportStore.head(key);
    if (standing) await exportStore.remove(key, standing.etag);
  }
});

describe.each(functionNames)("the role of %s", (name) => {
  let attempt: Awaited<ReturnType<typeof underRoleOf>>;
  beforeAll(async () => {
    attempt = await underRoleOf(name);
  });
  it.each(
    things.map(({ what, ...rest }) => ({ what, may: rest.by.includes(name) ? "may" : "may not", ...rest })),
  )("$may $what", async ({ attempt: what, by }) => {
    expect(outcome(await attempt(what))).toBe(by.includes(name) ? "done" : "refused");
  });
  it("is refused something that another may do", () => {
    expect(things.some(({ by }) => by.length > 0 && !by.includes(name))).toBe(true);
  });
});
