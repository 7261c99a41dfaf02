import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { ProductError } from "../errors.ts";
import { errorFields } from "../log.ts";
import type { Handler, Ports } from "../ports.ts";
import { problem } from "./problem.ts";

export type HttpHandler = Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** A request as the functions see it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parameters of the route's path, such as `id`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** Milliseconds that may be spent on the PBX, so that an answer still gets out. */
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

/** A Lambda handler of API Gateway's HTTP API (payload 2.0) around one function of a request; errors become problem+json. */
export const httpApi =
  (ports: Ports, act: (request: HttpRequest) => Promise<HttpAnswer>): HttpHandler =>
  async (event, invocation) => {
    const requestId = event.requestContext?.requestId ?? invocation.awsRequestId;
    try {
      const answer = await act(toRequest(event, requestId, invocation.getRemainingTimeInMillis() - reserve));
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
        ...errorFields(error),
      });
      return {
        statusCode: status,
        headers: {
          ...headers,
          "Content-Type": "application/problem+json",
          ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
        },
        body: JSON.stringify(body),
      };
    }
  };

const toRequest = (event: APIGatewayProxyEventV2, requestId: string, timeLeft: number): HttpRequest => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  // API Gateway joins repeated parameters by a comma; ours are single
  query: defined(event.queryStringParameters),
  parameters: defined(event.pathParameters),
  requestId,
  timeLeft,
  json: () => readJson(event),
});

const defined = (map: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(map ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

const readJson = (event: APIGatewayProxyEventV2): Readonly<Record<string, unknown>> => {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBody)
    throw new ProductError("BODY_TOO_LARGE", { detail: `the body has ${bytes.length} bytes` });
  const type = Object.entries(event.headers ?? {}).find(
    ([name]) => name.toLowerCase() === "content-type",
  )?.[1];
  if (type !== undefined && !/^application\/(?:[a-z.+-]*\+)?json\b/i.test(type)) {
    throw new ProductError("BODY_INVALID", {
      field: "content-type",
      detail: "the body is not sent as application/json",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new ProductError("BODY_INVALID", {
      detail: bytes.length === 0 ? "the body is missing" : "the body is no JSON",
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ProductError("BODY_INVALID", { detail: "the body is no JSON object" });
};
