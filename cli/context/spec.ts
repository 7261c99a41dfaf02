import { defined } from "../../lib/defined.ts";
import { type Auth, authChoices, authFields, readAuth } from "../../lib/wms/auth-kinds.ts";
import { createClient, type WmsClient } from "../../lib/wms/client.ts";
import { WmsError } from "../../lib/wms/errors.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import type { Connection, WmsRequest } from "../../lib/wms/types.ts";
import { UsageError } from "../terminal/output.ts";
import { type Context, openPbx, type PbxOptions } from "./context.ts";

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
  const { config, method, endpoint, path, params, body, headers, as } = value;
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

const toConnection = (config: unknown): Connection => {
  const given = isJsonObject(config) ? config : {};
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
export const clientsOfSpecs = (
  context: Context,
  options: PbxOptions,
): ((spec: Spec) => Promise<WmsClient>) => {
  const clients = new Map<string, WmsClient>();
  return async ({ connection }) => {
    if (connection === undefined) return (await openPbx(context, options)).pbx.client;
    const key = JSON.stringify(connection);
    const client =
      clients.get(key) ??
      createClient({
        transport: nodeTransport(),
        clock: context.clock,
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
