import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { needScope } from "../callers/allow.ts";
import { type Authenticated, authenticate } from "../callers/authenticate.ts";
import type { Scope } from "../callers/caller.ts";
import { keyring } from "../callers/keyring.ts";
import type { CallerKeys } from "../callers/keys.ts";
import type { RawRequest } from "../callers/raw-request.ts";
import { ProductError } from "../errors.ts";
import type { Handler } from "../invocation.ts";
import { errorFields, type Log } from "../log.ts";
import type { Clock } from "../wms/clock.ts";
import { problem } from "./problem.ts";
import { defined, rawRequest } from "./raw-request.ts";

export type HttpHandler = Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** A request as the functions see it: who calls is known. */
export interface HttpRequest extends Authenticated {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parameters of the route's path, such as `id`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The header Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** When the function began with it, epoch ms. */
  readonly receivedAt: number;
  /** Milliseconds that may yet be spent on the PBX, so that an answer still gets out; fewer each time it is read. */
  readonly timeLeft: number;
  /** The body as JSON object; throws BODY_INVALID or BODY_TOO_LARGE. */
  json(): Readonly<Record<string, unknown>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const maxBody = 256 * 1024;
/** Kept back from the function's time for its own answer, ms. */
const reserve = 1_500;
const headers = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** The ports that every request needs, whatever its function does. */
export interface ApiPorts {
  readonly keys: CallerKeys;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A Lambda handler of API Gateway's HTTP API (payload 2.0) around one function of a request. Who calls is checked here, and that
 * their key has the scope; errors become problem+json. The scope is one for the function, or one for each method.
 */
export const httpApi = (
  ports: ApiPorts,
  scope: Scope | Readonly<Record<string, Scope>>,
  act: (request: HttpRequest) => Promise<HttpAnswer>,
): HttpHandler => {
  const keys = keyring(ports.keys, ports.clock);
  return async (event, invocation) => {
    const receivedAt = ports.clock.now();
    const requestId = event.requestContext?.requestId ?? invocation.awsRequestId;
    let caller: string | undefined;
    try {
      const raw = rawRequest(event);
      const authenticated = await authenticate(raw, keys, ports.clock);
      caller = authenticated.caller.id;
      needScope(authenticated.caller, scopeFor(scope, raw.method));
      const answer = await act({
        ...authenticated,
        method: raw.method,
        path: event.rawPath,
        query: raw.query,
        parameters: defined(event.pathParameters),
        idempotencyKey: raw.header("idempotency-key"),
        requestId,
        receivedAt,
        get timeLeft() {
          return invocation.getRemainingTimeInMillis() - reserve;
        },
        json: () => readJson(raw),
      });
      return {
        statusCode: answer.status,
        headers: { ...headers, ...answer.headers },
        body: JSON.stringify(answer.body),
      };
    } catch (error) {
      const { status, body, retryAfter } = problem(error, requestId);
      ports.log[status >= 500 ? "error" : "warn"]("request failed", {
        requestId,
        route: event.routeKey,
        status,
        ...(caller === undefined ? {} : { caller }),
        ...errorFields(error),
      });
      return {
        statusCode: status,
        headers: {
          ...headers,
          "Content-Type": "application/problem+json",
          ...(status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
          ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
        },
        body: JSON.stringify(body),
      };
    }
  };
};

const scopeFor = (scope: Scope | Readonly<Record<string, Scope>>, method: string): Scope => {
  const needed = typeof scope === "string" ? scope : scope[method];
  if (needed !== undefined) return needed;
  throw new ProductError("NOT_FOUND", { field: "method", detail: `there is no ${method} here` });
};

const readJson = ({ body, header }: RawRequest): Readonly<Record<string, unknown>> => {
  if (body.length > maxBody)
    throw new ProductError("BODY_TOO_LARGE", { detail: `the body has ${body.length} bytes` });
  const type = header("content-type");
  if (type !== undefined && !/^application\/(?:[a-z.+-]*\+)?json\b/i.test(type)) {
    throw new ProductError("BODY_INVALID", {
      field: "content-type",
      detail: "the body is not sent as application/json",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new ProductError("BODY_INVALID", {
      detail: body.length === 0 ? "the body is missing" : "the body is no JSON",
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProductError("BODY_INVALID", { detail: "the body is no JSON object" });
};
