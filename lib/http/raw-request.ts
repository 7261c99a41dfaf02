import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { RawRequest } from "../callers/raw-request.ts";

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
