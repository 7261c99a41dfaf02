import { randomBytes } from "node:crypto";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Scope } from "../../lib/callers/caller.ts";
import { addKey, editKeys, type WantedKey } from "../../lib/callers/keys.ts";
import { signatureOf } from "../../lib/callers/signature.ts";
import { readConfig } from "../../lib/config.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  httpApi,
  type Operation,
  type Route,
} from "../../lib/http/api.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import type { Ports } from "../../lib/ports.ts";
import { type Asked, httpEvent } from "./events.ts";
import { fakeClock } from "./scripted.ts";

export interface MadeKey {
  readonly id: string;
  readonly text: string;
}

/** A function of the HTTP API around `act`, with keys in memory, a clock that stands and a log that is kept. */
export const callerApi = (
  act: (request: HttpRequest) => Promise<HttpAnswer> = async ({ caller, signed }) => ({
    status: 200,
    body: { caller: caller.id, signed },
  }),
  scope: Scope | Readonly<Record<string, Scope>> = "queues:read",
  query: readonly string[] = ["pbx", "x"],
) => {
  const clock = fakeClock();
  const keys = memoryKeys();
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const counts: object[] = [];
  const nothing = (): Promise<never> => Promise.reject(new Error("no PBX here"));
  const ports: Ports = {
    config: readConfig({}),
    registry: { list: nothing, readText: nothing },
    pbxs: { get: nothing },
    keys,
    transport: nothing,
    clock,
    random: () => 0,
    log: { info: note, warn: note, error: note },
    metrics: { put: (values) => void counts.push(values) },
  };
  const scopes = typeof scope === "string" ? { GET: scope, POST: scope } : scope;
  const operations: Readonly<Record<Route, Operation>> = Object.fromEntries(
    Object.entries(scopes).map(([method, needed]) => [`${method} /`, { scope: needed, query }]),
  );
  const handler = httpApi(ports, operations, act);
  return {
    clock,
    keys,
    lines,
    counts,
    ports,
    add: (change: Partial<WantedKey> = {}): Promise<MadeKey> =>
      editKeys(keys, clock.now(), (standing) =>
        addKey(
          standing,
          { label: "test", scopes: ["queues:read"], pbxs: "all", extensions: "all", signs: false, ...change },
          clock.now(),
          randomBytes,
        ),
      ),
    ask: async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
      // one route for all paths
      handler(
        { ...event, routeKey: `${event.requestContext.http.method} /` },
        { awsRequestId: "a1", getRemainingTimeInMillis: () => 10_000 },
      ),
  };
};

export const bearer = (key: MadeKey): { authorization: string } => ({ authorization: `Bearer ${key.text}` });

/** The headers of a signed request; `change` alters what is signed, not what is sent. */
export const signed = (
  key: MadeKey,
  now: number,
  asked: Asked = {},
  change: Partial<Record<"method" | "target" | "idempotencyKey" | "body", string>> = {},
): Record<string, string> => {
  const { method = "GET", path = "/call-queues", query = "", body = "", headers = {} } = asked;
  const timestamp = String(Math.floor(now / 1000));
  const signature = signatureOf(key.text, {
    timestamp,
    method: change.method ?? method,
    target: change.target ?? (query === "" ? path : `${path}?${query}`),
    idempotencyKey: change.idempotencyKey ?? headers["idempotency-key"] ?? "",
    body: Buffer.from(change.body ?? body),
  });
  return {
    ...headers,
    "x-wildix-key": key.id,
    "x-wildix-timestamp": timestamp,
    "x-wildix-signature": `v1=${signature.toString("hex")}`,
  };
};

/** The same, ready to be asked. */
export const signedEvent = (
  key: MadeKey,
  now: number,
  asked: Asked = {},
  change: Parameters<typeof signed>[3] = {},
): APIGatewayProxyEventV2 => httpEvent({ ...asked, headers: signed(key, now, asked, change) });
