import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { HttpHandler } from "../http/api.ts";
import type { Clock } from "../wms/clock.ts";

export interface LocalRoute {
  readonly method: string;
  /** Such as `/call-queues/{id}`. */
  readonly path: string;
  readonly handler: HttpHandler;
}

/** The time-out of the functions behind the HTTP API, ms. */
const functionTime = 15_000;

/** The HTTP API on loopback: requests become API Gateway's events (payload 2.0), and the functions' answers go out. */
export const serveHttpApi = async (
  routes: readonly LocalRoute[],
  clock: Clock,
  port = 0,
): Promise<{ url: string; close: () => Promise<void> }> => {
  const server = createServer((request, response) => {
    answer(routes, clock, request)
      .then((result) => {
        response.writeHead(result.statusCode ?? 200, result.headers as Record<string, string>);
        response.end(result.body);
      })
      .catch(() => {
        response.writeHead(500, { "Content-Type": "application/json" });
        response.end('{"message":"Internal Server Error"}');
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const answer = async (
  routes: readonly LocalRoute[],
  clock: Clock,
  request: IncomingMessage,
): Promise<Awaited<ReturnType<HttpHandler>>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
    const match = route.method === request.method ? pattern.exec(url.pathname) : null;
    if (!match) continue;
    const until = clock.now() + functionTime;
    const id = randomUUID();
    const event = toEvent(request, route, url, match.groups ?? {}, Buffer.concat(chunks), id, clock.now());
    return route.handler(event, { awsRequestId: id, getRemainingTimeInMillis: () => until - clock.now() });
  }
  return {
    statusCode: 404,
    headers: { "Content-Type": "application/json" },
    body: '{"message":"Not Found"}',
  };
};

const toEvent = (
  request: IncomingMessage,
  route: LocalRoute,
  url: URL,
  parameters: Readonly<Record<string, string>>,
  body: Buffer,
  requestId: string,
  now: number,
): APIGatewayProxyEventV2 => {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );
  return {
    version: "2.0",
    routeKey: `${route.method} ${route.path}`,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    // a name that comes several times has its values joined
    queryStringParameters: Object.fromEntries(
      [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(",")]),
    ),
    pathParameters: Object.fromEntries(
      Object.entries(parameters).map(([key, value]) => [key, decodeURIComponent(value)]),
    ),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: "127.0.0.1",
      domainPrefix: "local",
      http: {
        method: route.method,
        path: url.pathname,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: `${route.method} ${route.path}`,
      stage: "$default",
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...(body.length === 0 ? {} : { body: body.toString("utf8") }),
    isBase64Encoded: false,
  };
};
