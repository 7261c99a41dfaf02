import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { needScope } from "../callers/allow.ts";
import { type Authenticated, authenticate } from "../callers/authenticate.ts";
import type { Scope } from "../callers/caller.ts";
import { keyring } from "../callers/keyring.ts";
import type { CallerKeys } from "../callers/keys.ts";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import type { Handler } from "../invocation.ts";
import { errorFields, type Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock } from "../wms/clock.ts";
import { type Json, readJson } from "./json-body.ts";
import { isOwnFailure, problem } from "./problem.ts";
import { checkQuery, pathParameters, rawRequest } from "./raw-request.ts";
import type { SentFields } from "./sent-as.ts";

export type HttpHandler = Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** A method and a path, as serverless/functions.yml has them: `GET /calls/{id}`. */
export type Route = `${"GET" | "POST" | "DELETE"} /${string}`;

/** A function of the HTTP API, and what it answers to. */
export type HttpFunction = HttpHandler & { readonly routes: readonly Route[] };

/** A request whose caller is known. */
export interface HttpRequest<Own extends Route = Route> extends Authenticated {
  readonly route: Own;
  readonly query: Readonly<Record<string, string>>;
  /** Parameters of the route's path, for example `id`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The header Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** When the HTTP API received it, epoch ms: a function that was frozen begins later. */
  readonly receivedAt: number;
  /** Milliseconds that may yet be spent on the PBX, so that an answer still gets out; fewer each time it is read. */
  readonly timeLeft: number;
  /** The body as a JSON object. Throws BODY_INVALID, BODY_TOO_LARGE. */
  json(): Readonly<Record<string, unknown>>;
  /** The body as a JSON object, or a list, which some CRMs send. Throws BODY_INVALID, BODY_TOO_LARGE. */
  jsonOrList(): Json;
  /** How the request named its values, for errors. */
  readonly sent: SentFields;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** API Gateway waits this long for a function, ms; then the caller has an error. */
const longestWait = 30_000;
/** Time reserved for the function's own answer, ms. */
const reserve = 1_500;
export const answerHeaders = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** The ports that every function of the HTTP API needs. */
export interface ApiPorts {
  readonly keys: CallerKeys;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What one route of a function takes. */
export interface Operation {
  readonly scope: Scope;
  /** Names of the query parameters; others are refused. */
  readonly query: readonly string[];
}

/**
 * A Lambda handler of API Gateway's HTTP API (payload 2.0) around `act`. It checks who calls, the scope of the key and the form of
 * path and query. Errors become problem+json. `firstUses` are those of the function itself: see `Handler.warm`.
 */
export const httpApi = <Own extends Route>(
  ports: ApiPorts,
  operations: Readonly<Record<Own, Operation>>,
  act: (request: HttpRequest<Own>) => Promise<HttpAnswer>,
  firstUses: () => readonly Promise<unknown>[] = () => [],
): HttpFunction => {
  const isOwn = (route: string): route is Own => Object.hasOwn(operations, route);
  const keys = keyring(ports.keys, ports.clock);
  const handle: HttpHandler = async (event, invocation) => {
    const began = ports.clock.now();
    // the clocks of API Gateway and this function differ a little: no request comes from the future
    const receivedAt = Math.min(event.requestContext?.timeEpoch ?? began, began);
    const requestId = event.requestContext?.requestId ?? invocation.awsRequestId;
    let caller: string | undefined;
    let sent: SentFields | undefined;
    try {
      if (began - receivedAt > longestWait)
        throw new ProductError("CALLER_GONE", {
          detail: `the request is ${Math.floor((began - receivedAt) / 1000)} s old; nothing was done`,
          sent: "no",
        });
      const raw = rawRequest(event);
      const authenticated = await authenticate(raw, keys, ports.clock);
      const { mapping } = authenticated;
      caller = authenticated.caller.id;
      const route = event.routeKey;
      if (!isOwn(route))
        throw new ProductError("NOT_FOUND", {
          field: "method",
          detail: `this route has no method ${raw.method}`,
        });
      const operation = operations[route];
      needScope(authenticated.caller, operation.scope);
      checkQuery(event, operation.query);
      const idempotencyKey = raw.header("idempotency-key");
      const named = { mapping, hasIdempotencyKey: idempotencyKey !== undefined };
      sent = { ...named, body: undefined };
      const jsonOrList = () => {
        const value = readJson(raw);
        sent = { ...named, body: isList(value) ? {} : value };
        return value;
      };
      const answer = await act({
        ...authenticated,
        route,
        query: raw.query,
        parameters: pathParameters(event),
        idempotencyKey,
        requestId,
        receivedAt,
        get timeLeft() {
          return invocation.getRemainingTimeInMillis() - reserve;
        },
        json: () => {
          const value = jsonOrList();
          if (!isList(value)) return value;
          throw new ProductError("BODY_INVALID", { detail: "the body is a JSON list, not an object" });
        },
        jsonOrList,
        get sent() {
          return sent ?? { ...named, body: undefined };
        },
      });
      return {
        statusCode: answer.status,
        headers: { ...answerHeaders, ...answer.headers },
        body: JSON.stringify(answer.body),
      };
    } catch (error) {
      const { status, body, retryAfter } = problem(error, requestId, sent);
      if (status === 401) ports.metrics.put({ requests_unauthorized: 1 });
      if (isOwnFailure(body)) ports.metrics.put({ requests_failed: 1 });
      ports.log[status >= 500 ? "error" : "warn"]("request failed", {
        requestId,
        route: event.routeKey,
        status,
        ...defined({ caller }),
        ...errorFields(error),
      });
      return {
        statusCode: status,
        headers: {
          ...answerHeaders,
          "Content-Type": "application/problem+json",
          ...(status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
          ...defined({ "Retry-After": retryAfter?.toString() }),
        },
        body: JSON.stringify(body),
      };
    }
  };
  const warm = async (): Promise<void> => {
    await Promise.allSettled([keys.readAhead(), ...firstUses()]);
  };
  return Object.assign(handle, { warm, routes: Object.keys(operations) as Own[] });
};

const isList = (value: Json): value is readonly unknown[] => Array.isArray(value);
