import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionNames, routes } from "../../cli/functions.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { silentLog } from "../../lib/log.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { httpEvent } from "../support/events.ts";

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}
type Template = { readonly Resources: Readonly<Record<string, Resource>> };

let template: Template;
let packaged: string;

/** The real template, packaged without credentials. */
beforeAll(async () => {
  const root = new URL("../..", import.meta.url).pathname;
  packaged = await mkdtemp(join(tmpdir(), "wildix-package-"));
  await promisify(execFile)(
    process.execPath,
    [join(root, "node_modules/serverless/bin/serverless.js"), "package", "--package", packaged],
    {
      cwd: root,
      env: { PATH: process.env["PATH"] ?? "", HOME: packaged, SLS_TELEMETRY_DISABLED: "1" },
      // where a bundle has an error, the packager says so and never ends; it must not outlive the test
      timeout: 50_000,
      killSignal: "SIGKILL",
    },
  );
  template = JSON.parse(await readFile(join(packaged, "cloudformation-template-update-stack.json"), "utf8"));
}, 60_000);
afterAll(() => rm(packaged, { recursive: true, force: true }));

const ofType = (given: Template, type: string): [string, Resource][] =>
  Object.entries(given.Resources).filter(([, { Type }]) => Type === type);

/** Routes whose function itself refuses who brings no credentials. */
const closedByFunction = async (): Promise<string[]> => {
  const ports = { keys: memoryKeys(), clock: systemClock, log: silentLog };
  const context = { awsRequestId: "x", getRemainingTimeInMillis: () => 10_000 };
  const closed: string[] = [];
  for (const { method, path, handler } of routes(ports as never)) {
    const { statusCode } = await handler(httpEvent({ method, path }), context);
    if (statusCode === 401) closed.push(`${method} ${path}`);
  }
  return closed;
};

/** Routes that nobody asks for credentials at. */
const openRoutes = (given: Template, closed: readonly string[]): string[] =>
  ofType(given, "AWS::ApiGatewayV2::Route").flatMap(([, { Properties }]) => {
    const route = String(Properties["RouteKey"]);
    return Properties["AuthorizationType"] === "AWS_IAM" || closed.includes(route) ? [] : [route];
  });

/** Functions that share a role with another, or have none of their own. */
const sharedRoles = (given: Template): string[] => {
  const roles = ofType(given, "AWS::Lambda::Function").map(([, { Properties }]) =>
    JSON.stringify(Properties["Role"]),
  );
  return roles.filter((role, at) => roles.indexOf(role) !== at);
};

/** Statements that allow everything, but for actions that know no resources. */
const wideStatements = (given: Template): string[] =>
  ofType(given, "AWS::IAM::Role").flatMap(([name, { Properties }]) =>
    JSON.stringify(Properties["Policies"] ?? []).includes('"Resource":"*"') &&
    !JSON.stringify(Properties["Policies"]).includes('"secretsmanager:ListSecrets","Resource":"*"')
      ? [name]
      : [],
  );

const changed = (given: Template, type: string, change: Record<string, unknown>): Template => {
  const [name, resource] = ofType(given, type)[0] ?? ["", undefined];
  if (resource === undefined) throw new Error(`the template has no ${type}`);
  return {
    Resources: {
      ...given.Resources,
      [name]: { ...resource, Properties: { ...resource.Properties, ...change } },
    },
  };
};

describe("the packaged template", () => {
  it("has an authorizer on every route, or a function that checks who calls, and the rule sees one without", async () => {
    const closed = await closedByFunction();
    expect(ofType(template, "AWS::ApiGatewayV2::Route").length).toBeGreaterThanOrEqual(5);
    expect(openRoutes(template, closed)).toEqual([]);
    expect(openRoutes(template, closed.slice(1))).toEqual([closed[0]]);
    expect(
      openRoutes(changed(template, "AWS::ApiGatewayV2::Route", { AuthorizationType: "AWS_IAM" }), []),
    ).toHaveLength(ofType(template, "AWS::ApiGatewayV2::Route").length - 1);
  });
  it("lets the functions of routes, and no other, read the callers' keys", () => {
    const readers = ofType(template, "AWS::IAM::Role").flatMap(([name, role]) =>
      JSON.stringify(role).includes("/keys-??????") ? [name] : [],
    );
    expect(readers.sort()).toEqual(["CallHistoryRole", "CallQueuesRole", "CreateSoundRole", "OriginateRole"]);
  });
  it("has a role for each function, and the rule sees a shared one", () => {
    expect(ofType(template, "AWS::Lambda::Function")).toHaveLength(functionNames.length);
    expect(sharedRoles(template)).toEqual([]);
    const other = ofType(template, "AWS::Lambda::Function")[1]?.[1].Properties["Role"];
    expect(sharedRoles(changed(template, "AWS::Lambda::Function", { Role: other }))).toHaveLength(1);
  });
  it("allows nothing on everything, and the rule sees it", () => {
    expect(wideStatements(template)).toEqual([]);
    const wide = {
      Policies: [{ PolicyDocument: { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] } }],
    };
    expect(wideStatements(changed(template, "AWS::IAM::Role", wide))).toHaveLength(1);
  });
  it("runs everything on Node 24 and arm64, with a time-out and logs that end", () => {
    for (const [, { Properties }] of ofType(template, "AWS::Lambda::Function")) {
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
      expect(Number(Properties["Timeout"])).toBeGreaterThanOrEqual(15);
    }
    for (const [name, { Properties }] of ofType(template, "AWS::Logs::LogGroup"))
      expect(Properties["RetentionInDays"]).toBe(name === "AuditLog" ? 400 : 30);
  });
  it("has the routes that the local HTTP API has", () => {
    const local = routes({} as never)
      .map(({ method, path }) => `${method} ${path}`)
      .sort();
    expect(
      ofType(template, "AWS::ApiGatewayV2::Route")
        .map(([, { Properties }]) => String(Properties["RouteKey"]))
        .sort(),
    ).toEqual(local);
  });
  it("names the zone of its schedules, and who may start them", () => {
    const schedules = ofType(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) => Properties);
    expect(schedules).toMatchObject(
      ["ReconcileSchedulerRole", "ExportSchedulerRole"].map((role) => ({
        ScheduleExpressionTimezone: "UTC",
        Target: { RoleArn: { "Fn::GetAtt": [role, "Arn"] } },
      })),
    );
  });
  it("keeps the bucket, closed, encrypted and over TLS only", () => {
    const bucket = template.Resources["ExportBucket"];
    expect(bucket).toMatchObject({
      DeletionPolicy: "Retain",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: { BlockPublicPolicy: true },
      },
    });
    expect(JSON.stringify(template.Resources["ExportBucketPolicy"])).toContain(
      '"aws:SecureTransport":"false"',
    );
  });
});
