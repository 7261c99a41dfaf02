import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, inject } from "vitest";
import { s3Store } from "../../../lib/aws/s3-store.ts";
import {
  type Simulator,
  type SimulatorOptions,
  simulatorDefaults,
  startSimulator,
} from "../../../simulator/server.ts";
import { askService, json, owner } from "./ask.ts";
import { type Request, type Signer, signedFetch } from "./signed.ts";
import { root } from "./venv.ts";

/** The deployed product, as whoever stands outside has it: its HTTP API, its functions, its bucket, the command. */
export const stack = inject("stack");

/** What every client of an AWS service is made with here. */
export const clientSettings = {
  endpoint: stack.endpoint,
  region: stack.region,
  credentials: { accessKeyId: owner.keyId, secretAccessKey: owner.secret },
};

export const bucket = stack.outputs["ExportBucketName"] ?? "";
/** The exports as the product's own adapter reads them. */
export const exportStore = s3Store(new S3Client({ ...clientSettings, forcePathStyle: true }), bucket);

/** Runs the command in a process of its own. */
export const wildix = async (
  args: readonly string[],
  stdin = "",
): Promise<{ code: number; out: string; err: string }> => {
  const child = spawn(process.execPath, [join(root, "cli/bin.mjs"), ...args], { env: stack.env });
  child.stdin.end(stdin);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "close");
  return { code: Number(code), out: await out, err: await err };
};

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const act of cleanUp.splice(0)) await act();
});

/** A PBX that the deployment knows, registered as a user would; a test file uses ids of its own. */
export const startPbx = async (
  id: string,
  options: SimulatorOptions & { readonly exported?: boolean } = {},
): Promise<Simulator> => {
  const simulator = await startSimulator({ days: 4, ringMs: 5, talkMs: 5, ...options });
  cleanUp.push(simulator.close);
  const { appId, appName, secret, zone } = { ...simulatorDefaults, ...options };
  const place = ["--host", simulator.url, "--app-id", appId, "--app-name", appName];
  const exported = options.exported ? ["--timezone", zone] : [];
  const { code, err } = await wildix(["secret", "put", id, ...place, ...exported], `${secret}\n`);
  if (code !== 0) throw new Error(`the secret of ${id} was not written: ${err}`);
  cleanUp.push(() => wildix(["secret", "remove", id, "--yes"]));
  return simulator;
};

export interface Told {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const told = async (answer: Response): Promise<Told> => ({
  status: answer.status,
  type: answer.headers.get("content-type") ?? "",
  headers: answer.headers,
  body: await json(answer),
});

/** A signed request to the HTTP API. */
export const call = async (
  method: string,
  path: string,
  body?: unknown,
  { signer = owner, ...more }: Partial<Request> & { readonly signer?: Signer } = {},
): Promise<Told> =>
  told(
    await signedFetch(signer, "execute-api", `${stack.api}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      ...more,
    }),
  );

const invocation = (name: string, event: unknown, type: "RequestResponse" | "Event"): Promise<Response> =>
  signedFetch(
    owner,
    "lambda",
    `${stack.endpoint}/2015-03-31/functions/wildix-functions-${stack.stage}-${name}/invocations`,
    { method: "POST", headers: { "x-amz-invocation-type": type }, body: JSON.stringify(event) },
  );

/** Calls a function and waits; `error` is set where it failed. */
export const invoke = async (
  name: string,
  event: unknown = {},
): Promise<{ error: string | null; payload: Record<string, unknown> }> => {
  const answer = await invocation(name, event, "RequestResponse");
  return { error: answer.headers.get("x-amz-function-error"), payload: await json(answer) };
};

/** Calls a function as its schedule does: nobody waits. */
export const startInvoke = async (name: string, event: unknown = {}): Promise<void> => {
  const { status } = await invocation(name, event, "Event");
  if (status !== 202) throw new Error(`${name} was not started: ${status}`);
};

/** Asks until there is an answer, for 20 s: for what AWS does in its own time. */
export const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not after 20 s`);
};

/** A call of a service that speaks AWS's JSON protocol. */
export const ask = (service: string, target: string, input: unknown): Promise<Record<string, unknown>> =>
  askService(stack.endpoint, service, target, input);
