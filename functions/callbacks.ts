import type { APIGatewayProxyEventV2, EventBridgeEvent } from "aws-lambda";
import { awsCallbackPorts } from "../lib/aws/ports/callback-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import {
  listedSchema,
  needAll,
  needTarget,
  readCallback,
  readListed,
  removalSchema,
  scopeName,
} from "../lib/callbacks/asked-callback.ts";
import { type CallbackPorts, createCallbacks } from "../lib/callbacks/callbacks.ts";
import { createOnce } from "../lib/callbacks/events/once.ts";
import { isCallbackId } from "../lib/callbacks/record.ts";
import type { Caller } from "../lib/callers/caller.ts";
import { type PickPorts, pickPbx } from "../lib/callers/pick-pbx.ts";
import { defined } from "../lib/defined.ts";
import { isError } from "../lib/errors.ts";
import {
  type ApiPorts,
  type HttpAnswer,
  type HttpFunction,
  type HttpRequest,
  httpApi,
} from "../lib/http/api.ts";
import { invalid, parseInput } from "../lib/input.ts";
import type { Handler } from "../lib/invocation.ts";
import { errorFields } from "../lib/log.ts";
import { quoted } from "../lib/mask.ts";
import { CodedError } from "../lib/wms/errors.ts";

export type CallbacksFunctionPorts = ApiPorts & CallbackPorts & PickPorts;
type Callbacks = ReturnType<typeof createCallbacks>;

const writes = { scope: "callbacks:write", query: [] } as const;
const operations = {
  "POST /callbacks": writes,
  "GET /callbacks": { scope: "callbacks:read", query: ["pbx", "state", "after"] },
  "GET /callbacks/{id}": { scope: "callbacks:read", query: ["pbx"] },
  "DELETE /callbacks/{id}": { scope: "callbacks:write", query: ["pbx"] },
  "POST /do-not-call": writes,
  // the number is in the body: URLs are kept in logs
  "POST /do-not-call/removals": writes,
  "GET /do-not-call": { scope: "callbacks:read", query: ["pbx"] },
} as const;

type Act = (request: HttpRequest) => Promise<HttpAnswer>;
type Acts = Readonly<Record<keyof typeof operations, Act>>;

/** The routes /callbacks and /do-not-call. */
export const callbacksApi = (ports: CallbacksFunctionPorts): HttpFunction => {
  const callbacks = createCallbacks(ports);
  const acts: Acts = { ...callbackActs(ports, callbacks), ...listActs(ports, callbacks) };
  return httpApi(ports, operations, (request) => acts[request.route](request));
};

const callbackActs = (ports: PickPorts, callbacks: Callbacks) => ({
  "POST /callbacks": async (request: HttpRequest): Promise<HttpAnswer> => {
    const { pbx: named, asked } = readCallback(request.json());
    const pbx = await pickPbx(ports, request.caller, named);
    needTarget(request.caller, pbx, asked.queue);
    const { view, opened } = await callbacks.request(pbx, asked);
    return { status: opened ? 201 : 200, body: view, headers: { Location: `/callbacks/${view.id}` } };
  },
  "GET /callbacks": async ({ caller, query }: HttpRequest): Promise<HttpAnswer> => {
    const { id: pbx } = await pickPbx(ports, caller, query["pbx"]);
    return { status: 200, body: await callbacks.list(pbx, readPage(query)) };
  },
  "GET /callbacks/{id}": async ({ caller, query, parameters }: HttpRequest): Promise<HttpAnswer> => {
    const { id: pbx } = await pickPbx(ports, caller, query["pbx"]);
    return { status: 200, body: await callbacks.read(pbx, parameters["id"] ?? "") };
  },
  "DELETE /callbacks/{id}": async ({ caller, query, parameters }: HttpRequest): Promise<HttpAnswer> => {
    const { id: pbx } = await pickPbx(ports, caller, query["pbx"]);
    return { status: 200, body: await callbacks.cancel(pbx, parameters["id"] ?? "") };
  },
});

const readPage = (query: HttpRequest["query"]): Parameters<Callbacks["list"]>[1] => {
  const state = (["open", "closed"] as const).find((name) => name === query["state"]);
  if (query["state"] !== undefined && state === undefined)
    throw invalid("state", `must be open or closed; got ${quoted(query["state"])}. Leave it out for both.`);
  const after = query["after"];
  // any other string would give an empty page, or the first one again
  if (after !== undefined && !isCallbackId(after))
    throw invalid(
      "after",
      `must be the \`next\` of an earlier response; got ${quoted(after)}. Leave it out for the first page.`,
    );
  return defined({ state, after });
};

const listActs = (ports: PickPorts, { doNotCall }: Callbacks) => ({
  "POST /do-not-call": async (request: HttpRequest): Promise<HttpAnswer> => {
    const { caller } = request;
    const body = parseInput(listedSchema, request.json());
    const { list, settings } = await scopeOf(ports, caller, body);
    const entry = { by: caller.id, ...defined({ note: body.note }) };
    const added = await doNotCall.block(list, readListed(body.to, settings), entry);
    return { status: added ? 201 : 200, body: { ...scopeName(list), added } };
  },
  "POST /do-not-call/removals": async (request: HttpRequest): Promise<HttpAnswer> => {
    const body = parseInput(removalSchema, request.json());
    const { list, settings } = await scopeOf(ports, request.caller, body);
    const removed = await doNotCall.unblock(list, readListed(body.to, settings));
    return { status: 200, body: { ...scopeName(list), removed } };
  },
  "GET /do-not-call": async ({ caller, query }: HttpRequest): Promise<HttpAnswer> => {
    const { id: pbx } = await pickPbx(ports, caller, query["pbx"]);
    const [own, all] = await Promise.all([doNotCall.list({ pbx }), doNotCall.list("all")]);
    const view = (listed: typeof own, scope: object) =>
      listed.map(({ at, ...entry }) => ({ ...scope, ...entry, at: new Date(at).toISOString() }));
    return { status: 200, body: { numbers: [...view(own, { pbx }), ...view(all, { all: true })] } };
  },
});

const scopeOf = async (
  ports: PickPorts,
  caller: Caller,
  { pbx: named, all }: { readonly pbx?: string | undefined; readonly all?: boolean | undefined },
) => {
  if (all) {
    needAll(caller, named);
    return { list: "all", settings: {} } as const;
  }
  const { id, settings } = await pickPbx(ports, caller, named);
  return { list: { pbx: id }, settings };
};

type Requested = EventBridgeEvent<"wildix.callback.requested", unknown>;

/** The event `wildix.callback.requested`, once: its detail is the body of POST /callbacks with `pbx`. */
export const callbackRequested = (ports: CallbacksFunctionPorts): Handler<Requested, { result: string }> => {
  const callbacks = createCallbacks(ports);
  const once = createOnce(ports);
  return async ({ id, detail }) => {
    try {
      const { pbx: named, asked } = readCallback(detail);
      const pbx = await pickPbx(ports, bus, named);
      const taken = await once(pbx.id, ["wildix.callback.requested", id], async () => {
        const { opened } = await callbacks.request(pbx, asked);
        return opened ? "opened" : "joined";
      });
      if (taken === "busy") throw new Error("another process is handling this event");
      const result = typeof taken === "string" ? taken : taken.done;
      ports.log.info("callback requested", { pbx: pbx.id, event: id, result });
      return { result };
    } catch (error) {
      // Lambda tries again what can get better
      if (!(error instanceof CodedError) || isError(error, "STATE_UNAVAILABLE", "REGISTRY_UNAVAILABLE"))
        throw error;
      ports.log.warn("callback refused", { event: id, ...errorFields(error) });
      return { result: error.code };
    }
  };
};

/** Who may put events on the bus is a matter of its rights. */
const bus: Caller = { id: "event-bus", scopes: new Set(), pbxs: "all", extensions: "all" };

/** The HTTP API of callbacks, and requests by the event bus. */
export const callbacks = (
  ports: CallbacksFunctionPorts,
): Handler<APIGatewayProxyEventV2 | Requested, unknown> => {
  const api = callbacksApi(ports);
  const requested = callbackRequested(ports);
  const handle: Handler<APIGatewayProxyEventV2 | Requested, unknown> = (event, invocation) =>
    "detail-type" in event ? requested(event, invocation) : api(event, invocation);
  return Object.assign(handle, api.warm === undefined ? {} : { warm: api.warm });
};

export const handler = await onLambda(callbacks, awsCallbackPorts);
