import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { RawRequest } from "../callers/raw-request.ts";
import { didYouMean } from "../did-you-mean.ts";
import { invalid } from "../input.ts";

export const rawRequest = (event: APIGatewayProxyEventV2): RawRequest => {
  const headers = new Map(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: event.requestContext.http.method,
    target: event.rawQueryString ? `${event.rawPath}?${event.rawQueryString}` : event.rawPath,
    // API Gateway joins repeated parameters by a comma; ours are single
    query: present(event.queryStringParameters),
    header: (name) => headers.get(name),
    body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
  };
};

const present = (
  map: Readonly<Record<string, string | undefined>> | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(map ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

/** Ids of calls, callbacks and queues. Undecodable escapes, and characters that no id has, end here. */
const idForm = /^\w[\w.~-]{0,99}$/;

/** The parameters of the path. Throws INPUT_INVALID. */
export const pathParameters = (event: APIGatewayProxyEventV2): Readonly<Record<string, string>> => {
  const parameters = present(event.pathParameters);
  const wrong = Object.entries(parameters).find(([, value]) => !idForm.test(value));
  if (wrong === undefined) return parameters;
  throw invalid(
    wrong[0],
    "in the path must have only letters, digits, hyphens and underscores. Use an id that the API returned.",
  );
};

/** Refuses escapes that are not UTF-8, names that the route does not have, empty values and names given twice. Throws INPUT_INVALID. */
export const checkQuery = (event: APIGatewayProxyEventV2, known: readonly string[]): void => {
  for (const pair of (event.rawQueryString ?? "").split("&")) {
    const [name = ""] = pair.split("=");
    if (!isDecodable(pair))
      throw invalid(
        isDecodable(name) ? decodeURIComponent(name) : "query",
        "must be percent-encoded UTF-8. Write a percent sign as %25.",
      );
  }
  const unknown = Object.keys(event.queryStringParameters ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) {
    checkValues(event.rawQueryString ?? "");
    return;
  }
  const near = didYouMean(unknown, known);
  const hint =
    event.requestContext.http.method === "POST"
      ? "Remove it, or send it as a field of the body."
      : near === undefined
        ? "Remove it."
        : `Did you mean ${near}?`;
  throw invalid(unknown, `is not a query parameter of this route. ${hint}`);
};

/** API Gateway joins repeated parameters by a comma, which a filter would take for one value that no row has. */
const checkValues = (queryString: string): void => {
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(queryString)) {
    if (seen.has(name)) throw invalid(name, "must be given once. Remove the others.");
    if (value === "") throw invalid(name, "must not be empty. Give a value, or remove it.");
    seen.add(name);
  }
};

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};
