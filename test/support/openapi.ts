import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import document from "../../docs/openapi.json" with { type: "json" };

type Json = { readonly [key: string]: unknown };
const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((level, key) => (isMap(level) ? level[key] : undefined), value);

const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
// references into the document are found under its id
ajv.addSchema({ ...document, $id: "openapi" });

/** The schema that stands at a path of the document. */
const checkAt = (...path: readonly string[]): ValidateFunction | undefined => {
  const pointer = path
    .map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  return at(document, ...path) === undefined ? undefined : ajv.getSchema(`openapi#/${pointer}`);
};

/** Routes as the local HTTP API names them. */
export const documentedRoutes = (): string[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(isMap(methods) ? methods : {}).map((method) => `${method.toUpperCase()} ${path}`),
  );

/** What docs/openapi.json says that this answer is not; empty where it keeps its word. */
export const undocumented = (routeKey: string, answer: APIGatewayProxyStructuredResultV2): string[] => {
  const [method = "", path = ""] = routeKey.split(" ");
  const status = String(answer.statusCode);
  const type = String(answer.headers?.["Content-Type"]);
  const where = ["paths", path, method.toLowerCase(), "responses", status, "content", type, "schema"];
  const check = checkAt(...where);
  if (check === undefined) return [`${routeKey}: ${status} as ${type} is not documented`];
  check(JSON.parse(answer.body ?? ""));
  return (check.errors ?? []).map((error) => `${routeKey} ${status}: ${error.instancePath} ${error.message}`);
};

/** Whether a body keeps to the schema of a route's requests, and the document's example of one. */
export const documentedBody = (
  routeKey: string,
): { readonly fits: (body: unknown) => boolean; readonly example: unknown } => {
  const [method = "", path = ""] = routeKey.split(" ");
  const content = ["paths", path, method.toLowerCase(), "requestBody", "content", "application/json"];
  const check = checkAt(...content, "schema");
  return {
    fits: (body) => check !== undefined && check(body) === true,
    example: at(document, ...content, "example"),
  };
};
