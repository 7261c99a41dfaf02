import { type AttributeValue, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import type { Day } from "../../../lib/history/calendar/local-days.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { owner } from "./ask.ts";
import { ask, clientSettings, stack } from "./client.ts";
import { signedFetch } from "./signed.ts";

const dynamo = new DynamoDBClient(clientSettings);
const s3 = new S3Client({ ...clientSettings, forcePathStyle: true });

/** All that a deployment keeps, by name. */
export interface Contents {
  readonly records: Readonly<Record<string, Readonly<Record<string, AttributeValue>>>>;
  /** The checksum of each object. */
  readonly objects: Readonly<Record<string, string>>;
  /** Secrets of PBXs and of callers' keys. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly auditLines: readonly string[];
  /** What each schedule starts, and when. */
  readonly schedules: Readonly<Record<string, unknown>>;
}

/** Reads a deployment of this stage with these outputs. */
export const contentsOf = async (
  stage: string,
  outputs: Readonly<Record<string, string>>,
): Promise<Contents> => ({
  records: await recordsOf(outputs["StateTableName"] ?? ""),
  objects: await objectsOf(outputs["ExportBucketName"] ?? ""),
  secrets: await secretsOf(`/wildix/${stage}/`),
  auditLines: await linesOf(outputs["AuditLogName"] ?? ""),
  schedules: await schedulesOf(`wildix-functions-${stage}-`),
});

/** Without counters of minutes and hours: the emulator removes them while a test runs. */
export const lasting = (records: Contents["records"]): Contents["records"] => {
  const later = Date.now() / 1000 + 3 * 3600;
  return Object.fromEntries(
    Object.entries(records).filter(([, { expires_at: end }]) => end === undefined || Number(end.N) > later),
  );
};

/** Whether the export of a day is done, its event included. Its manifest is there before: the worker still writes. */
export const isExported = ({ records }: Contents, day: Day, pbx: string): boolean => {
  const stored: Partial<StoredDay> = JSON.parse(records[`days/${day} ${pbx}`]?.["value"]?.S ?? "{}");
  return stored.done === true && stored.eventDue === undefined;
};

const recordsOf = async (TableName: string): Promise<Contents["records"]> => {
  const records: Record<string, Readonly<Record<string, AttributeValue>>> = {};
  for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName }))
    for (const item of Items) records[`${item["partition"]?.S} ${item["id"]?.S}`] = item;
  return records;
};

const objectsOf = async (Bucket: string): Promise<Record<string, string>> => {
  const objects: Record<string, string> = {};
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
    for (const { Key = "", ETag = "" } of Contents) objects[Key] = ETag;
  return objects;
};

const secretsSchema = z.object({ SecretList: z.array(z.object({ Name: z.string() })) });

const secretsOf = async (prefix: string): Promise<Record<string, string>> => {
  const Filters = [{ Key: "name", Values: [prefix] }];
  const listed = secretsSchema.parse(await ask("secretsmanager", "secretsmanager.ListSecrets", { Filters }));
  const secrets: Record<string, string> = {};
  for (const { Name } of listed.SecretList) {
    const { SecretString } = await ask("secretsmanager", "secretsmanager.GetSecretValue", { SecretId: Name });
    secrets[Name] = String(SecretString);
  }
  return secrets;
};

const eventsSchema = z.object({ events: z.array(z.object({ message: z.string() })) });

const linesOf = async (logGroupName: string): Promise<string[]> =>
  eventsSchema
    .parse(await ask("logs", "Logs_20140328.FilterLogEvents", { logGroupName }))
    .events.map(({ message }) => message);

const schedulesSchema = z.object({ Schedules: z.array(z.object({ Name: z.string() })) });
const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  State: z.string(),
  Target: z.object({ Arn: z.string(), Input: z.string() }),
});

const schedulesOf = async (prefix: string): Promise<Record<string, unknown>> => {
  const read = async (path: string): Promise<unknown> =>
    (await signedFetch(owner, "scheduler", `${stack.endpoint}/schedules${path}`)).json();
  const { Schedules } = schedulesSchema.parse(await read(`?NamePrefix=${prefix}`));
  const schedules: Record<string, unknown> = {};
  for (const { Name } of Schedules) schedules[Name] = scheduleSchema.parse(await read(`/${Name}`));
  return schedules;
};
