import { checkStops } from "../../lib/calls/guard/kill-switch.ts";
import { defined } from "../../lib/defined.ts";
import { isError } from "../../lib/errors.ts";
import type { WmsClient } from "../../lib/wms/client.ts";
import { parseJson } from "../../lib/wms/json.ts";
import type { RawResponse } from "../../lib/wms/sending/raw-response.ts";
import { checkConnection } from "../../lib/wms/signing/host.ts";
import type { Method, WmsParams, WmsValue } from "../../lib/wms/types.ts";
import { type Context, namingPbx, onPbx, openState, type PbxOptions } from "../context/context.ts";
import { clientsOfSpecs, mapAll, type Spec, toSpec, warnOfErrors } from "../context/spec.ts";
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
  if (options.spec !== undefined) {
    refuseBesideSpec(method, options);
    return sendSpecs(context, options.spec, options);
  }
  if (method === undefined || path === undefined)
    throw new UsageError(
      "Give a method and a path, or `--spec`. For example: wildix request GET /api/v1/PBX/ping/",
    );
  const verb = toMethod(method);
  const parts = {
    params: nested(options.param ?? [], "--param"),
    body: nested(options.body ?? [], "--body"),
    headers: headersOf(options.header ?? []),
    ...defined({ as: options.as }),
  };
  const answer = await onPbx(context, options, async ({ pbx }) => {
    await checkKillSwitch(context, options, path, pbx.id);
    return pbx.client.request(verb, path, { ...parts, signal: context.signal }).catch(inOptions);
  });
  context.output.out(shown(answer, options));
  return answer.status < 400 ? 0 : 1;
};

/** A spec has these parts itself. Throws UsageError. */
const refuseBesideSpec = (method: string | undefined, { param, body, header, as }: RequestOptions): void => {
  if (method !== undefined) throw new UsageError("Give a method and a path, or `--spec`, not both.");
  const [option] =
    Object.entries({ "--param": param, "--body": body, "--header": header, "--as": as }).find(
      ([, given]) => given !== undefined,
    ) ?? [];
  if (option !== undefined) throw new UsageError(`Give \`${option}\` or \`--spec\`, not both.`);
};

/** The options that give the parts of a request, by the library's names. */
const partOptions: Readonly<Record<string, string>> = {
  params: "--param",
  body: "--body",
  headers: "--header",
};

/** What the client refuses before it sends anything was typed in an option or argument. */
const inOptions = (error: unknown): never => {
  if (!isError(error, "WMS_PATH_INVALID", "WMS_PARAM_INVALID", "WMS_HEADER_INVALID")) throw error;
  const text = error.message.replace(
    /`(params|body|headers)(?:\.([^`]*))?`/,
    (_whole, part: string, name?: string) =>
      `\`${[partOptions[part], ...(name === undefined ? [] : [name])].join(" ")}\``,
  );
  throw new UsageError(text, { cause: error });
};

/** A request that places a call passes neither dial rules nor caps, but the kill switch stops it. Throws CALLS_STOPPED. */
const checkKillSwitch = async (
  context: Context,
  options: RequestOptions,
  path: unknown,
  pbx: string,
): Promise<void> => {
  if (!placesCall(path)) return;
  await checkStops(await openState(context, options), pbx);
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
  const clientOf = clientsOfSpecs(context);
  const send = async ({ request }: Spec, client: WmsClient, pbx = ""): Promise<object> => {
    const { method, path, params, body, headers, as } = request;
    await checkKillSwitch(context, options, path, pbx);
    return client.request(method, path, {
      ...defined({ params, body, headers, as }),
      signal: context.signal,
    });
  };
  const sendOne = async (item: unknown): Promise<object> => {
    try {
      const spec = toSpec(item);
      const { connection } = spec;
      if (connection === undefined)
        return await onPbx(context, options, ({ pbx }) => send(spec, pbx.client, pbx.id));
      checkConnection(connection);
      const host = async (): Promise<string> => connection.host;
      return await namingPbx(undefined, host, () => send(spec, clientOf(connection)));
    } catch (error) {
      return { error: errorObject(error) };
    }
  };
  const answer = Array.isArray(given) ? await mapAll(given, sendOne) : await sendOne(given);
  context.output.out(JSON.stringify(answer, null, 2));
  if (!Array.isArray(answer)) return "error" in answer ? 1 : 0;
  warnOfErrors(context.output, answer);
  return 0;
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

/** The value is not shown: it can be a secret whose name or separator was forgotten. Throws UsageError. */
const split = (pair: string, by: string, option: string): [string, string] => {
  const at = pair.indexOf(by);
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1).trim()];
  throw new UsageError(
    `\`${option}\` must have the form NAME${by}VALUE; got text without ${at === 0 ? "a name" : `\`${by}\``}.`,
  );
};

/** Throws UsageError for a header that is repeated. */
const headersOf = (pairs: readonly string[]): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  for (const pair of pairs) {
    const [name, value] = split(pair, ":", "--header");
    if (Object.keys(headers).some((known) => known.toLowerCase() === name.toLowerCase()))
      throw new UsageError(`\`--header\` must not repeat a name; got ${name} twice.`);
    headers[name] = value;
  }
  return headers;
};

type Tree = { [key: string]: WmsValue };

/**
 * `filter[start][from]=x` becomes {filter: {start: {from: "x"}}}; `a[]=x` appends. Throws UsageError for a name that has a value
 * already: WMS would keep only the last.
 */
export const nested = (pairs: readonly string[], option: "--param" | "--body"): WmsParams => {
  const root: Tree = {};
  for (const pair of pairs) {
    const [name, value] = split(pair, "=", option);
    const keys = keysOf(name, option);
    let level = root;
    keys.forEach((key, depth) => {
      const own = key === "" ? String(Object.keys(level).length) : key;
      const below = Object.hasOwn(level, own) ? level[own] : undefined;
      const isLast = depth === keys.length - 1;
      if (below !== undefined && (isLast || typeof below !== "object"))
        throw new UsageError(
          `\`${option}\` must not give a name twice; got ${name}. For a list, repeat \`${keys[0]}[]=VALUE\`.`,
        );
      if (isLast) {
        level[own] = value;
        return;
      }
      const next: Tree = typeof below === "object" && below !== null ? (below as Tree) : {};
      level[own] = next;
      level = next;
    });
  }
  return root;
};

/** `a[b][]` is a, b and "". Throws UsageError. */
const keysOf = (name: string, option: string): string[] => {
  const [, first, rest] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (first === undefined || rest === undefined)
    throw new UsageError(
      `\`${option}\` must have a name such as a, a[b] or a[]; got ${name}. Close each bracket.`,
    );
  return [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? "")];
};
