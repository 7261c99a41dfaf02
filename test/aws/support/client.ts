import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, inject } from "vitest";
import { s3Store } from "../../../lib/aws/s3-store.ts";
import { type Day, shiftDay } from "../../../lib/history/calendar/local-days.ts";
import { simulatorDefaults } from "../../../simulator/defaults.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../../simulator/server.ts";
import { giveSecret } from "../../support/leaks.ts";
import { askService, json, owner } from "./ask.ts";
import { runWildix } from "./command.ts";
import { signedFetch } from "./signed.ts";

/** The deployed product, as whoever stands outside has it: its HTTP API, its functions, its bucket, the command. */
export const stack = inject("stack");
giveSecret(stack.key);

/** A date of the PBXs, the same for the whole run. */
export const daysAgo = (days: number): Day => shiftDay(stack.today, -days);
export const yesterday = daysAgo(1);

/** What every client of an AWS service is made with here. */
export const clientSettings = {
  endpoint: stack.endpoint,
  region: stack.region,
  credentials: { accessKeyId: owner.keyId, secretAccessKey: owner.secret },
};

export const bucket = stack.outputs["ExportBucketName"] ?? "";
/** The exports as the product's own adapter reads them. */
export const exportStore = s3Store(new S3Client({ ...clientSettings, forcePathStyle: true }), bucket);

/** Runs the command as the deployment's owner. */
export const wildix = (args: readonly string[], stdin = "") => runWildix(args, stack.env, stdin);

const cleanUp: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const act of cleanUp.splice(0)) await act();
});

/** What the simulator is asked to call in these tests. */
export const settings = {
  country: "US",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  dial_format: "e164_digits",
  allowed_countries: ["US"],
};

/** A PBX that the deployment knows, registered as a user would; a test file uses ids of its own. */
export const startPbx = async (
  id: string,
  {
    exported,
    customer,
    ...options
  }: SimulatorOptions & { readonly exported?: boolean; readonly customer?: string } = {},
): Promise<Simulator> => {
  const { zone } = stack;
  const simulator = await startSimulator({ zone, days: 4, ringMs: 5, talkMs: 5, ...options });
  cleanUp.push(simulator.close);
  const { appId, appName, secret } = { ...simulatorDefaults, ...options };
  const place = ["--host", simulator.url, "--app-id", appId, "--app-name", appName];
  const open = ["--settings", JSON.stringify(settings)];
  const planned = [
    ...(exported ? ["--timezone", zone] : []),
    ...(customer === undefined ? [] : ["--customer", customer]),
  ];
  const { code, err } = await wildix(
    ["secret", "put", id, ...place, ...open, ...planned, "--no-probe"],
    `${secret}\n`,
  );
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

/** A request to an HTTP API, with a key that may do everything at this one. */
export const call = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  api = stack.api,
): Promise<Told> =>
  told(
    await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${stack.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );

const invocation = (
  name: string,
  event: unknown,
  type: "RequestResponse" | "Event",
  stage = stack.stage,
): Promise<Response> =>
  signedFetch(
    owner,
    "lambda",
    `${stack.endpoint}/2015-03-31/functions/wildix-functions-${stage}-${name}/invocations`,
    { method: "POST", headers: { "x-amz-invocation-type": type }, body: JSON.stringify(event) },
  );

/** Calls a function and waits; `error` is set where it failed. */
export const invoke = async (
  name: string,
  event: unknown = {},
  stage = stack.stage,
): Promise<{ error: string | null; payload: Record<string, unknown> }> => {
  const answer = await invocation(name, event, "RequestResponse", stage);
  return { error: answer.headers.get("x-amz-function-error"), payload: await json(answer) };
};

/** Calls a function as its schedule does: nobody waits. */
export const startInvoke = async (name: string, event: unknown = {}): Promise<void> => {
  const { status } = await invocation(name, event, "Event");
  if (status !== 202) throw new Error(`${name} was not started: ${status}`);
};

/** Asks until there is an answer, for what AWS does in its own time; fails after five minutes, which is a hang. */
export const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const end = performance.now() + 300_000;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not after five minutes`);
};

/** A call of a service that speaks AWS's JSON protocol. */
export const ask = (service: string, target: string, input: unknown): Promise<Record<string, unknown>> =>
  askService(stack.endpoint, service, target, input);
