import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { ProductError } from "../errors.ts";
import type { HttpHandler } from "../http/api.ts";
import { maxBody } from "../http/json-body.ts";
import { problem } from "../http/problem.ts";
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
    answer(routes, clock, request, () => request.socket.destroyed || request.socket.readableEnded)
      .then((result) => {
        if (result === undefined) return;
        response.writeHead(result.statusCode ?? 200, {
          ...(result.headers as Record<string, string>),
          // the rest of a body that was not read
          ...(request.complete ? {} : { Connection: "close" }),
        });
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
  isGone: () => boolean,
): Promise<Awaited<ReturnType<HttpHandler>> | undefined> => {
  const receivedAt = clock.now();
  const body = await readBody(request);
  // a caller who hung up while this process was suspended: the event loop reads that behind the request
  for (let turn = 0; turn < 2; turn++) await setImmediate();
  if (isGone()) return undefined;
  if (body === undefined) return tooLarge;
  const target = `http://127.0.0.1${request.url ?? "/"}`;
  if (!URL.canParse(target)) return notFound;
  const url = new URL(target);
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
    const match = route.method === request.method ? pattern.exec(url.pathname) : null;
    if (!match) continue;
    const until = clock.now() + functionTime;
    const id = randomUUID();
    const event = toEvent(request, route, url, match.groups ?? {}, body, id, receivedAt);
    return route.handler(event, { awsRequestId: id, getRemainingTimeInMillis: () => until - clock.now() });
  }
  return notFound;
};

const notFound = {
  statusCode: 404,
  headers: { "Content-Type": "application/json" },
  body: '{"message":"Not Found"}',
};

const tooLarge = {
  statusCode: 413,
  headers: { "Content-Type": "application/problem+json" },
  body: JSON.stringify(
    problem(
      new ProductError("BODY_TOO_LARGE", { detail: `the body has more than ${maxBody} bytes` }),
      "local",
    ).body,
  ),
};

/** The body; undefined if it exceeds the limit, of which no more is read: nothing is known yet about who sends it. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  if (Number(request.headers["content-length"] ?? 0) > maxBody) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // the iterator must leave the connection open for the answer
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

/** Escapes that cannot be decoded stay; the function refuses them. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const toEvent = (
  request: IncomingMessage,
  route: LocalRoute,
  url: URL,
  parameters: Readonly<Record<string, string>>,
  body: Buffer,
  requestId: string,
  receivedAt: number,
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
      Object.entries(parameters).map(([key, value]) => [key, decoded(value)]),
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
      time: new Date(receivedAt).toUTCString(),
      timeEpoch: receivedAt,
    },
    ...(body.length === 0 ? {} : { body: body.toString(isUtf8(body) ? "utf8" : "base64") }),
    // other bytes must arrive unchanged: a signature is over them
    isBase64Encoded: !isUtf8(body),
  };
};
