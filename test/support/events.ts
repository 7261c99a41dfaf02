import type { APIGatewayProxyEventV2 } from "aws-lambda";

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  /** As it stands in the URL. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly base64?: boolean;
  readonly requestId?: string;
  /** When API Gateway received it, epoch ms; absent: now. */
  readonly timeEpoch?: number;
}

/** An event as API Gateway's HTTP API gives it (payload 2.0). */
export const httpEvent = (asked: Asked = {}): APIGatewayProxyEventV2 => {
  const { method = "GET", path = "/call-queues", query = "", body } = asked;
  // the route names a parameter, not its value
  const routeKey = `${method} ${path.replace(/^(\/[^/]+)\/(?!removals$).+/, "$1/{id}")}`;
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: { ...asked.headers },
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: asked.requestId ?? "r1",
      routeKey,
      stage: "$default",
      time: "24/Nov/2026:09:00:00 +0000",
      timeEpoch: asked.timeEpoch ?? Date.now(),
    },
    ...(body === undefined ? {} : { body: asked.base64 ? Buffer.from(body).toString("base64") : body }),
    isBase64Encoded: asked.base64 ?? false,
  };
};
