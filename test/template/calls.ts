import { createRequire } from "node:module";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { build } from "esbuild";
import { cloudWatchAudit } from "../../lib/aws/audit-log.ts";
import { secretKeys } from "../../lib/aws/caller-keys.ts";
import { dynamoState } from "../../lib/aws/dynamo-state.ts";
import { eventBridge } from "../../lib/aws/event-bridge.ts";
import { s3Store } from "../../lib/aws/s3-store.ts";
import { secretsManagerRegistry } from "../../lib/aws/secrets-manager.ts";
import { snsAlarms } from "../../lib/aws/sns-alarms.ts";
import { sqsEvents } from "../../lib/aws/sqs-events.ts";
import { sqsQueue } from "../../lib/aws/sqs-queue.ts";
import type { CallerKeys } from "../../lib/callers/keys.ts";
import type { WorkQueue } from "../../lib/queue.ts";
import type { StateStore } from "../../lib/state.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";

/** The IAM actions that a command of the SDK asks for. Another command than these is an error here. */
const actions: Readonly<Record<string, readonly string[]>> = {
  GetSecretValueCommand: ["secretsmanager:GetSecretValue"],
  ListSecretsCommand: ["secretsmanager:ListSecrets"],
  // without the right to list, a missing object is answered as a forbidden one
  HeadObjectCommand: ["s3:GetObject", "s3:ListBucket"],
  GetObjectCommand: ["s3:GetObject", "s3:ListBucket"],
  ListObjectsV2Command: ["s3:ListBucket"],
  PutObjectCommand: ["s3:PutObject"],
  CreateMultipartUploadCommand: ["s3:PutObject"],
  UploadPartCommand: ["s3:PutObject"],
  CompleteMultipartUploadCommand: ["s3:PutObject"],
  AbortMultipartUploadCommand: ["s3:AbortMultipartUpload"],
  DeleteObjectCommand: ["s3:DeleteObject"],
  GetItemCommand: ["dynamodb:GetItem"],
  PutItemCommand: ["dynamodb:PutItem"],
  UpdateItemCommand: ["dynamodb:UpdateItem"],
  DeleteItemCommand: ["dynamodb:DeleteItem"],
  QueryCommand: ["dynamodb:Query"],
  CreateLogStreamCommand: ["logs:CreateLogStream"],
  PutLogEventsCommand: ["logs:PutLogEvents"],
  SendMessageCommand: ["sqs:SendMessage"],
  PutEventsCommand: ["events:PutEvents"],
  SendMessageBatchCommand: ["sqs:SendMessage"],
  ReceiveMessageCommand: ["sqs:ReceiveMessage"],
  DeleteMessageCommand: ["sqs:DeleteMessage"],
  ChangeMessageVisibilityCommand: ["sqs:ChangeMessageVisibility"],
  PublishCommand: ["sns:Publish"],
};

/** For a client of the SDK: notes what it would send, and answers it from `answers` by the command's name. */
const recording =
  (commands: string[], answers: Readonly<Record<string, object>> = {}) =>
  (_next: unknown, { commandName = "" }: { readonly commandName?: string }) =>
  async () => {
    commands.push(commandName);
    return { output: { $metadata: {}, ...answers[commandName] }, response: undefined };
  };

async function* bytes(mebibytes: number): AsyncIterable<Uint8Array> {
  for (let n = 0; n < mebibytes; n++) yield Buffer.alloc(1024 * 1024);
}

type Recorder = () => Promise<string[]>;

const onStore =
  (act: (store: ReturnType<typeof s3Store>) => Promise<unknown>): Recorder =>
  async () => {
    const [client, commands]: [S3Client, string[]] = [new S3Client({ region: "x" }), []];
    const answers = { HeadObjectCommand: { ETag: "e" }, CreateMultipartUploadCommand: { UploadId: "u" } };
    client.middlewareStack.add(recording(commands, answers), { step: "initialize" });
    await act(s3Store(client, "bucket"));
    return commands;
  };

const onRegistry =
  (act: (registry: ReturnType<typeof secretsManagerRegistry>) => Promise<unknown>): Recorder =>
  async () => {
    const [client, commands]: [SecretsManagerClient, string[]] = [
      new SecretsManagerClient({ region: "x" }),
      [],
    ];
    const answers = {
      ListSecretsCommand: { SecretList: [{ Name: "/prefix/_1" }] },
      GetSecretValueCommand: { SecretString: '{"pbxs":{}}' },
    };
    client.middlewareStack.add(recording(commands, answers), { step: "initialize" });
    await act(secretsManagerRegistry(client, "/prefix/", systemClock));
    return commands;
  };

const onKeys =
  (standing: object, act: (keys: CallerKeys) => Promise<unknown>): Recorder =>
  async () => {
    const [client, commands]: [SecretsManagerClient, string[]] = [
      new SecretsManagerClient({ region: "x" }),
      [],
    ];
    client.middlewareStack.add(recording(commands, { GetSecretValueCommand: standing }), {
      step: "initialize",
    });
    await act(secretKeys(client, "keys"));
    return commands;
  };
const noKeys = {};
const someKeys = { SecretString: "{}", VersionId: "v" };

const onState =
  (act: (state: StateStore) => Promise<unknown>): Recorder =>
  async () => {
    const [client, commands]: [DynamoDBClient, string[]] = [new DynamoDBClient({ region: "x" }), []];
    client.middlewareStack.add(recording(commands), { step: "initialize" });
    await act(dynamoState(client, "table", systemClock));
    return commands;
  };
const stateKey = { partition: "p", id: "i" };

const onAudit: Recorder = async () => {
  const [client, commands]: [CloudWatchLogsClient, string[]] = [
    new CloudWatchLogsClient({ region: "x" }),
    [],
  ];
  client.middlewareStack.add(recording(commands), { step: "initialize" });
  const line = { decision: "refused", pbx: "p", caller: "c", request: "r" } as const;
  await cloudWatchAudit(client, "group", "stream").write({ at: "2026-11-01T00:00:00Z", ...line });
  return commands;
};

const onQueue =
  (act: (queue: WorkQueue) => Promise<unknown>): Recorder =>
  async () => {
    const [client, commands]: [SQSClient, string[]] = [new SQSClient({ region: "x" }), []];
    client.middlewareStack.add(recording(commands), { step: "initialize" });
    await act(sqsQueue(client, "url"));
    return commands;
  };
const queueMethods = {
  send: onQueue((queue) => queue.send([{ group: "g", dedupe: "d", body: "b" }])),
  receive: onQueue((queue) => queue.receive()),
  remove: onQueue((queue) => queue.remove("receipt")),
  postpone: onQueue((queue) => queue.postpone("receipt", 1)),
};

const onAlarms: Recorder = async () => {
  const [client, commands]: [SNSClient, string[]] = [new SNSClient({ region: "x" }), []];
  client.middlewareStack.add(recording(commands), { step: "initialize" });
  await snsAlarms(client, "topic").notify("subject", "text");
  return commands;
};

/** The ports that lib/aws has adapters of, by the name under which code holds them: what each method sends. */
const onBus: Recorder = async () => {
  const [client, commands]: [EventBridgeClient, string[]] = [new EventBridgeClient({ region: "x" }), []];
  client.middlewareStack.add(recording(commands), { step: "initialize" });
  await eventBridge(client, "bus").put({ detailType: "wildix.x", pbx: "p", detail: {}, at: 0 });
  return commands;
};

const onEvents: Recorder = async () => {
  const [client, commands]: [SQSClient, string[]] = [new SQSClient({ region: "x" }), []];
  client.middlewareStack.add(recording(commands), { step: "initialize" });
  await sqsEvents(client, "url").send({ pbx: "p", body: "{}" });
  return commands;
};

const ports: Readonly<Record<string, Readonly<Record<string, Recorder>>>> = {
  store: {
    stage: onStore(async (store) => {
      for (const size of [1, 20]) {
        await (await store.stage("key", bytes(size))).commit({ absent: true });
        await (await store.stage("key", bytes(size))).abort();
      }
    }),
    head: onStore((store) => store.head("key")),
    read: onStore((store) => store.read("key")),
    list: onStore(async (store) => {
      for await (const _object of store.list("")) break;
    }),
    remove: onStore((store) => store.remove("key", "e")),
  },
  keys: {
    read: onKeys(someKeys, (keys) => keys.read()),
    write: async () => [
      ...(await onKeys(noKeys, (keys) => keys.write("{}", undefined))()),
      ...(await onKeys(someKeys, (keys) => keys.write("{}", "v"))()),
    ],
  },
  state: {
    // what the SDK sends again may meet its own write, which is then looked at
    read: onState((state) => state.read(stateKey)),
    write: async () => [
      ...(await onState((state) => state.write(stateKey, 1, { absent: true }))()),
      "GetItemCommand",
    ],
    remove: onState((state) => state.remove(stateKey, { version: "v" })),
    count: onState((state) => state.count(stateKey, { by: 1, expiresAt: 1 })),
    counted: onState((state) => state.counted(stateKey)),
    list: onState(async (state) => {
      for await (const _item of state.list("p")) break;
    }),
  },
  audit: { write: onAudit, open: onAudit },
  queue: queueMethods,
  deadLetters: queueMethods,
  alarms: { notify: onAlarms },
  bus: { put: onBus },
  events: { send: onEvents },
  registry: {
    list: onRegistry((registry) => registry.list()),
    readText: onRegistry((registry) => registry.readText("id")),
  },
};

const {
  outputFileExtension: _extension,
  packager: _packager,
  ...options
} = createRequire(import.meta.url)("../../esbuild.config.cjs")();

/** A function's own code as it is packaged, without what it never reaches, and readable. */
const codeOf = async (name: string): Promise<string> => {
  const built = await build({
    ...options,
    minify: false,
    packages: "external",
    entryPoints: [`functions/${name}.ts`],
    write: false,
    logLevel: "error",
  });
  return built.outputFiles?.[0]?.text ?? "";
};

/** Methods of ports that code calls, such as `store.read`. */
export const portCalls = (code: string): string[] =>
  Object.entries(ports).flatMap(([port, methods]) =>
    Object.keys(methods).flatMap((method) =>
      new RegExp(`\\b${port}\\d*\\??\\.${method}\\b`).test(code) ? [`${port}.${method}`] : [],
    ),
  );

/** The IAM actions of everything that a function's code can call. */
export const actionsOf = async (name: string): Promise<Set<string>> => {
  const code = await codeOf(name);
  const recorded = new Set<string>();
  for (const call of portCalls(code)) {
    const [port = "", method = ""] = call.split(".");
    for (const command of (await ports[port]?.[method]?.()) ?? []) recorded.add(command);
  }
  const known = new Set((await Promise.all(everyRecorder())).flat());
  const strange = [...new Set(code.match(/\b[A-Z]\w+Command(?=\()/g))].filter(
    (command) => !known.has(command),
  );
  if (strange.length > 0)
    throw new Error(
      `${name} has ${strange.join(", ")}, which no port in test/template/calls.ts is known to send`,
    );
  return new Set(
    [...recorded].flatMap((command) => {
      const needed = actions[command];
      if (needed === undefined) throw new Error(`test/template/calls.ts knows no action for ${command}`);
      return needed;
    }),
  );
};

const everyRecorder = (): Promise<string[]>[] =>
  Object.values(ports).flatMap((methods) => Object.values(methods).map((record) => record()));
