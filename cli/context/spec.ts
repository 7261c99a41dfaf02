import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { type Auth, authChoices, authFields, readAuth } from "../../lib/wms/auth-kinds.ts";
import { createClient, type WmsClient } from "../../lib/wms/client.ts";
import { WmsError } from "../../lib/wms/errors.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import type { Connection, WmsRequest } from "../../lib/wms/types.ts";
import { counted, number, type Output, paint, UsageError } from "../terminal/output.ts";
import type { Context } from "./context.ts";

/** A request as JSON, in the words of the official client. */
export interface Spec {
  /** Undefined: the PBX of the environment or file. */
  readonly connection: Connection | undefined;
  readonly request: WmsRequest;
}

/** Throws WmsError for what is refused before any request. */
export const toSpec = (value: unknown): Spec => {
  if (!isJsonObject(value))
    throw new UsageError(
      "A request must be a JSON object: {config, method, endpoint, params, body, headers}.",
    );
  refuseUnknown(value, specFields);
  const { config, method, endpoint, path, params, body, headers, as } = value;
  if (params !== undefined && typeof params !== "object")
    throw new UsageError(`\`params\` must be an object; got ${kindOf(params)}.`);
  if (as !== undefined && as !== "form" && as !== "json")
    throw new UsageError('`as` must be "form" or "json".');
  const request = {
    method: method ?? "GET",
    path: endpoint ?? path,
    params,
    body,
    headers,
    ...defined({ as }),
  };
  // what the parts are is checked where they are signed: every wrong one gets an error that names it
  return {
    connection: config === undefined ? undefined : toConnection(config),
    request: request as WmsRequest,
  };
};

const specFields = ["config", "method", "endpoint", "path", "params", "body", "headers", "as"];

/** A misspelt field would be left out of the request. Throws UsageError. */
const refuseUnknown = (given: object, known: readonly string[], prefix = ""): void => {
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const near = didYouMean(unknown, known);
  throw new UsageError(
    `\`${prefix}${unknown}\` is not known. ${near === undefined ? "Remove it." : `Did you mean \`${prefix}${near}\`?`}`,
  );
};

const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
};

const toConnection = (given: unknown): Connection => {
  if (!isJsonObject(given)) throw new UsageError(`\`config\` must be an object; got ${kindOf(given)}.`);
  refuseUnknown(given, ["host", ...authFields], "config.");
  const text = (key: string): string => {
    const value = given[key];
    if (typeof value === "string") return value;
    throw new WmsError(key === "host" ? "WMS_HOST_INVALID" : "WMS_CREDENTIALS_INVALID", {
      field: key,
      detail: `\`config.${key}\` must be a string.`,
    });
  };
  const auth = (): Auth => {
    const fields = authFields.flatMap((field) => (given[field] === undefined ? [] : [[field, text(field)]]));
    const read = readAuth(Object.fromEntries(fields));
    if (read.found === "one") return read.auth;
    const field = (read.found === "part" ? read.missing[0] : undefined) ?? authFields[0];
    throw new WmsError("WMS_CREDENTIALS_INVALID", {
      field,
      detail:
        read.found === "part"
          ? `\`config.${field}\` must be set, because config has ${read.given.join(", ")}.`
          : `\`config\` must have one kind of credentials: ${authChoices()}.`,
    });
  };
  return { host: text("host"), auth: auth() };
};

/** A client for each configuration, made once; specs are a person's or a test's own and are not slowed down. */
export const clientsOfSpecs = ({
  clock,
}: Pick<Context, "clock">): ((connection: Connection) => WmsClient) => {
  const clients = new Map<string, WmsClient>();
  return (connection) => {
    const key = JSON.stringify(connection);
    const client =
      clients.get(key) ??
      createClient({
        transport: nodeTransport(),
        clock,
        random: Math.random,
        requestsPerSecond: 10_000,
        credentials: { current: async () => connection, refresh: async () => false },
      });
    clients.set(key, client);
    return client;
  };
};

const atOnce = 16;

/** Does all, several at a time, and keeps the order. */
export const mapAll = async <T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> => {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
};

/** A program reads the items of a list, so that its exit code is 0. A person sees here that some failed. */
export const warnOfErrors = (output: Output, answers: readonly object[]): void => {
  const failed = answers.filter((answer) => "error" in answer).length;
  if (failed === 0) return;
  output.err(
    `${paint(output, "yellow", "!")} ${number(failed)} of ${counted(answers.length, "request")} failed. Read \`error\` in the list.`,
  );
};
