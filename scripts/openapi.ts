/** docs/openapi.json: the HTTP API as OpenAPI 3.1, from the schemas that check requests and the codes that refuse them. */

import { problem } from "../lib/http/problem.ts";
import { software } from "../lib/software.ts";
import { CodedError, type ErrorDoc } from "../lib/wms/errors.ts";
import { errorDocs, type Operation, operations, tags } from "./openapi-operations.ts";
import { type JsonSchema, schemas } from "./openapi-schemas.ts";

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const refs = (names: string | readonly string[]): JsonSchema =>
  typeof names === "string" ? ref(names) : { oneOf: names.map(ref) };

/** The document's text. */
export const openapi = async (): Promise<string> => {
  const all = await operations();
  const paths: Record<string, JsonSchema> = {};
  for (const operation of all)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toOperation(operation) };
  const document = {
    openapi: "3.1.0",
    info: {
      title: "wildix-functions",
      version: software.split("/")[1],
      summary: "Calls, callbacks, call history, sounds and call queues of Wildix PBXs.",
      description:
        "Every request needs an API key or its signature (http-api.md). Errors are `application/problem+json` with a code from a closed list (errors.md). This file is generated from the code: `npm run docs`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{api}.execute-api.{region}.amazonaws.com",
        description: "A deployment on AWS; `npx serverless info` prints its address.",
        variables: { api: { default: "abc123" }, region: { default: "eu-central-1" } },
      },
      {
        url: "http://127.0.0.1:{port}",
        description: "`npm start` on this machine.",
        variables: { port: { default: "18081" } },
      },
    ],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: schemas(), examples: examples(all), securitySchemes },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};

const header = (name: string, description: string): JsonSchema => ({
  type: "apiKey",
  in: "header",
  name,
  description,
});
const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", description: "A key of `wildix key create`: `wfk_…`." },
  basic: {
    type: "http",
    scheme: "basic",
    description: "The key as password, for CRMs that support only Basic.",
  },
  keyId: header("X-Wildix-Key", "Id of a key that signs."),
  timestamp: header("X-Wildix-Timestamp", "Epoch seconds, at most 300 from the server's."),
  webhook: header("X-Signature", "HMAC-SHA256 of the body in hex, by a secret of the PBX's webhook."),
  signature: header(
    "X-Wildix-Signature",
    "`v1=` and an HMAC-SHA256 in hex; http-api.md describes the signed text.",
  ),
};

const toOperation = (operation: Operation): JsonSchema => {
  const { id, tag, scope, summary, description, parameters, body, answers } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: scope === "webhook" ? description : `${description} Scope: \`${scope}\`.`,
    security:
      scope === "webhook"
        ? [{ webhook: [] }]
        : [{ bearer: [scope] }, { basic: [scope] }, { keyId: [], timestamp: [], signature: [] }],
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: ref(body.schema), example: body.example } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { schema, description: what, headers }]) => [
          status,
          {
            description: what,
            ...(headers === undefined ? {} : { headers }),
            ...(schema === undefined ? {} : { content: { "application/json": { schema: refs(schema) } } }),
          },
        ]),
      ),
      ...refusals(operation.problems),
    },
  };
};

const docOf = (code: string): ErrorDoc => {
  const doc = new Map<string, ErrorDoc>(Object.entries(errorDocs)).get(code);
  if (doc === undefined) throw new Error(`no error is called ${code}`);
  return doc;
};

/** The problems by status, each code with an example. */
const refusals = (codes: readonly string[]): Record<string, JsonSchema> => {
  const known = codes.map((code) => ({ code, doc: docOf(code) }));
  const byStatus = Object.groupBy(known, ({ doc }) => doc.status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, some = []]) => [
      status,
      {
        description: some.map(({ doc }) => `${doc.title}.`).join(" "),
        ...(status === "401" ? { headers: challenge } : {}),
        ...(["409", "429", "503"].includes(status) ? { headers: retryAfter } : {}),
        content: {
          "application/problem+json": {
            schema: {
              allOf: [
                ref("Problem"),
                {
                  properties: {
                    status: { const: Number(status) },
                    code: { enum: some.map(({ code }) => code) },
                  },
                },
              ],
            },
            examples: Object.fromEntries(
              some.map(({ code }) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
};

const challenge = { "WWW-Authenticate": { schema: { const: "Bearer" } } };
const retryAfter = {
  "Retry-After": {
    description: "Seconds to wait, if they are known.",
    schema: { type: "integer", minimum: 0 },
  },
};

class Sample extends CodedError {}

/** A problem of each code that any operation has. */
const examples = (all: readonly Operation[]): Record<string, JsonSchema> =>
  Object.fromEntries(
    [...new Set(all.flatMap(({ problems }) => problems))].map((code) => {
      const doc = docOf(code);
      const error = new Sample(code, doc, { detail: doc.cause });
      return [code, { summary: doc.title, value: problem(error, "JKJaXmPLvHcESHA=").body }];
    }),
  );
