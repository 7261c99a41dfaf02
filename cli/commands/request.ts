import { checkStops } from "../../lib/calls/guard/kill-switch.ts";
import { defined } from "../../lib/defined.ts";
import { parseJson } from "../../lib/wms/json.ts";
import type { RawResponse } from "../../lib/wms/sending/raw-response.ts";
import { checkConnection } from "../../lib/wms/signing/host.ts";
import type { Method, WmsParams, WmsValue } from "../../lib/wms/types.ts";
import { type Context, onPbx, openPbx, openState, type PbxOptions } from "../context/context.ts";
import { clientsOfSpecs, mapAll, toSpec } from "../context/spec.ts";
import { readJson } from "../context/typed-json.ts";
import { errorObject, paint, UsageError } from "../terminal/output.ts";

export interface RequestOptions extends PbxOptions {
  readonly spec?: string;
  readonly param?: readonly string[];
  readonly body?: readonly string[];
  readonly header?: readonly string[];
  readonly as?: "form" | "json";
  readonly out: string;
  readonly bodyOnly?: boolean;
  readonly include?: boolean;
}

/** Sends any API request, from options or from JSON as `sign` takes it. Prints {status, headers, body} or {error}. */
export const requestCommand = async (
  context: Context,
  method: string | undefined,
  path: string | undefined,
  options: RequestOptions,
): Promise<number> => {
  if (options.spec !== undefined) return sendSpecs(context, options.spec, options);
  if (method === undefined || path === undefined)
    throw new UsageError(
      "Give a method and a path, or `--spec`. For example: wildix request GET /api/v1/PBX/ping/",
    );
  const verb = toMethod(method);
  const parts = {
    params: nested(options.param ?? [], "="),
    body: nested(options.body ?? [], "="),
    headers: Object.fromEntries((options.header ?? []).map((pair) => split(pair, ":"))),
    ...defined({ as: options.as }),
  };
  const answer = await onPbx(context, options, async ({ pbx }) => {
    await checkKillSwitch(context, options, path, async () => pbx.id);
    return pbx.client.request(verb, path, { ...parts, signal: context.signal });
  });
  context.output.out(shown(answer, options));
  return answer.status < 400 ? 0 : 1;
};

/** A request that places a call passes neither dial rules nor caps, but the kill switch stops it. Throws CALLS_STOPPED. */
const checkKillSwitch = async (
  context: Context,
  options: RequestOptions,
  path: unknown,
  pbx: () => Promise<string>,
): Promise<void> => {
  if (!placesCall(path)) return;
  await checkStops(await openState(context, options), await pbx());
  if (!options.json)
    context.output.err(
      `${paint(context.output, "yellow", "!")} This request places a call without the dial rules and caps of \`wildix originate\`.`,
    );
};

/** Any part of the path counts, because servers differ in what they ignore around a name: `/Originate/.`, `/Originate;x`. */
const placesCall = (path: unknown): boolean => {
  const [plain = ""] = String(path).split(/[?#]/);
  try {
    return decodeURIComponent(plain)
      .split(/[/\\]/)
      .some((part) => /^\s*originate\b/i.test(part));
  } catch {
    // the client refuses such a path
    return false;
  }
};

const methods: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];
const toMethod = (text: string): Method => {
  const method = methods.find((known) => known === text.toUpperCase());
  if (method === undefined)
    throw new UsageError(`The method must be one of ${methods.join(", ")}; got ${text.slice(0, 20)}.`);
  return method;
};

const sendSpecs = async (context: Context, source: string, options: RequestOptions): Promise<number> => {
  const { value: given } = await readJson(context, "--spec", source);
  const clientOf = clientsOfSpecs(context, options);
  const sendOne = async (item: unknown): Promise<object> => {
    try {
      const spec = toSpec(item);
      if (spec.connection) checkConnection(spec.connection);
      const { method, path, params, body, headers, as } = spec.request;
      await checkKillSwitch(context, options, path, async () =>
        spec.connection === undefined ? (await openPbx(context, options)).pbx.id : "",
      );
      const client = await clientOf(spec);
      return await client.request(method, path, {
        ...defined({ params, body, headers, as }),
        signal: context.signal,
      });
    } catch (error) {
      return { error: errorObject(error) };
    }
  };
  const answer = Array.isArray(given) ? await mapAll(given, sendOne) : await sendOne(given);
  context.output.out(JSON.stringify(answer, null, 2));
  return !Array.isArray(answer) && "error" in answer ? 1 : 0;
};

/** The answer as JSON, or as it came. */
const shown = (answer: RawResponse, { bodyOnly, include }: RequestOptions): string => {
  if (bodyOnly) return answer.body;
  if (!include) return JSON.stringify({ ...answer, body: readable(answer.body) }, null, 2);
  const headers = answer.headers.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${answer.status}`, ...headers, "", answer.body].join("\n");
};

const readable = (body: string): unknown => {
  try {
    return parseJson(body);
  } catch {
    return body;
  }
};

const split = (pair: string, by: string): [string, string] => {
  const at = pair.indexOf(by);
  if (at < 1)
    throw new UsageError(`A parameter must have the form NAME${by}VALUE; got ${pair.slice(0, 40)}.`);
  return [pair.slice(0, at), pair.slice(at + 1).trim()];
};

type Tree = { [key: string]: WmsValue };

/** `filter[start][from]=x` becomes {filter: {start: {from: "x"}}}; `a[]=x` appends. */
export const nested = (pairs: readonly string[], by: string): WmsParams => {
  const root: Tree = {};
  for (const pair of pairs) {
    const [name, value] = split(pair, by);
    const keys = [
      name.replace(/\[.*/s, ""),
      ...[...name.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? ""),
    ];
    let level = root;
    keys.forEach((key, depth) => {
      const own = key === "" ? String(Object.keys(level).length) : key;
      if (depth === keys.length - 1) {
        level[own] = value;
        return;
      }
      const below = level[own];
      const next: Tree = typeof below === "object" && below !== null ? (below as Tree) : {};
      level[own] = next;
      level = next;
    });
  }
  return root;
};
