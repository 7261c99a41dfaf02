import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** A request as it came, before anybody knows who sent it. */
export interface RawRequest {
  readonly method: string;
  /** Path and query as they were sent, such as `/call-queues?pbx=milan`. */
  readonly target: string;
  readonly query: Readonly<Record<string, string>>;
  /** By its lower-case name. */
  header(name: string): string | undefined;
  /** The body's bytes as they were sent. */
  readonly body: Buffer;
}

export const rawRequest = (event: APIGatewayProxyEventV2): RawRequest => {
  const headers = new Map(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: event.requestContext.http.method,
    target: event.rawQueryString ? `${event.rawPath}?${event.rawQueryString}` : event.rawPath,
    // API Gateway joins repeated parameters by a comma; ours are single
    query: defined(event.queryStringParameters),
    header: (name) => headers.get(name),
    body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
  };
};

export const defined = (
  map: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(map ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
