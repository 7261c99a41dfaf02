import { WmsError } from "../errors.ts";
import type { WmsRequest } from "../types.ts";
import { forQuery, toJson, toPhpArray } from "./params.ts";
import {
  arrayMerge,
  asciiLower,
  buildQuery,
  emptyArray,
  isArray,
  isIntegerKey,
  type PhpArray,
  parseQuery,
  phpTrim,
  wireText,
} from "./php.ts";

/** A request laid out for the wire, and the same as PHP arrays for the signature. */
export interface Layout {
  readonly method: WmsRequest["method"];
  /** The signed path. */
  readonly path: string;
  /** Path and query as they travel. */
  readonly target: string;
  /** The caller's headers in order; values are text that travels as UTF-8. */
  readonly headers: readonly (readonly [string, string])[];
  readonly headerArray: PhpArray;
  readonly params: PhpArray;
  readonly bodyArray: PhpArray;
  readonly body: string;
  /** Set if the caller gave no Content-Type; not signed. */
  readonly contentType: string | undefined;
}

export const layOut = (request: WmsRequest): Layout => {
  if (!/^[A-Z]+$/.test(request.method)) {
    throw new WmsError("WMS_METHOD_INVALID", {
      field: "method",
      detail: "`method` must be in upper-case letters. Use GET, POST, PUT or DELETE.",
    });
  }
  const { path, query } = readPath(request.path);
  const params = forQuery(arrayMerge(query, toPhpArray(request.params, "params")), "params");
  const headerArray = readHeaders(request.headers);
  const headers = [...headerArray.entries].map(
    ([name, value]) => [name, isArray(value) ? "" : wireText(value)] as const,
  );
  const given = headers.find(([name]) => asciiLower(name) === "content-type")?.[1];
  const as = request.as ?? (given !== undefined && /application\/json/i.test(given) ? "json" : "form");
  checkContentType(given, as);

  const sendsBody = request.method !== "GET" && request.method !== "DELETE";
  const array = sendsBody ? toPhpArray(request.body, "body") : emptyArray();
  const bodyArray = as === "json" ? array : forQuery(array, "body");
  // the official client sends an empty JSON body even where it drops the caller's
  const jsonBody =
    array.entries.size > 0 ? toJson(array, "body") : given === undefined && !sendsBody ? "" : "[]";
  const body = as === "json" ? jsonBody : buildQuery(bodyArray);
  const search = buildQuery(params);
  return {
    method: request.method,
    path,
    target: encodePath(path) + (search === "" ? "" : `?${search}`),
    headers,
    headerArray,
    params,
    bodyArray,
    body,
    contentType: given !== undefined || body === "" ? undefined : contentTypes[as],
  };
};

const contentTypes = { form: "application/x-www-form-urlencoded", json: "application/json" };

const refusePath = (detail: string): never => {
  throw new WmsError("WMS_PATH_INVALID", { field: "path", detail: `\`path\` ${detail}` });
};

/** Path and query of an endpoint as the official client reads them: trimmed, one leading slash, no fragment. */
const readPath = (endpoint: unknown): { path: string; query: PhpArray } => {
  if (typeof endpoint !== "string")
    return refusePath("must be text. Give the API path, for example /api/v1/PBX/ping/.");
  if (!endpoint.isWellFormed())
    refusePath("must be UTF-8; got half of a surrogate pair. Send whole characters.");
  const withoutFragment = endpoint.split("#", 1)[0] ?? "";
  const at = withoutFragment.indexOf("?");
  const raw = at < 0 ? withoutFragment : withoutFragment.slice(0, at);
  const path = controlsReplaced(`/${phpTrim(raw).replace(/^\/+/, "")}`);
  checkPath(path);
  const query = parseQuery(at < 0 ? "" : controlsReplaced(at < 0 ? "" : withoutFragment.slice(at + 1)));
  return {
    path,
    query: query ?? refusePath("must have a query in UTF-8. Percent-encode it as UTF-8, or use params."),
  };
};

/** PHP's parse_url puts `_` in the place of control characters. */
const controlsReplaced = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, "_");

const checkPath = (path: string): void => {
  if (/^\/[a-z][a-z0-9+.-]*:\/\//i.test(path))
    refusePath("must not be a whole URL. Give only the path; the host is in the configuration.");
  if (/\/\.{1,2}(?:\/|$)/.test(path))
    refusePath(
      "must not have a `.` or `..` segment, because it is resolved in transit and then differs from the signed path. Write the resolved path.",
    );
  if (/:\d{1,5}(?:\/|$)/.test(path))
    refusePath(
      "must not have a colon and digits at the end of a segment, because PHP reads them as a port. Write the colon as %3A.",
    );
  if (needsEncoding.test(path) && /%[0-9a-fA-F]{2}/.test(path)) {
    refusePath(
      "must not be partly percent-encoded, because the PBX cannot restore the signed path. Encode the whole path, or nothing.",
    );
  }
};

/** What guzzle percent-encodes in a path; what is already encoded stays. */
const needsEncoding = /[^A-Za-z0-9\-._~!$&'()*+,;=%:@/]|%(?![0-9a-fA-F]{2})/u;
const encodePath = (path: string): string =>
  path.replace(new RegExp(needsEncoding, "gu"), (char) => (char === "%" ? "%25" : encodeURIComponent(char)));

const refuseHeader = (name: string, detail: string): never => {
  throw new WmsError("WMS_HEADER_INVALID", {
    field: `headers.${name}`,
    detail: `\`headers.${name}\` ${detail}`,
  });
};

/** `start`: the name up to what is wrong with it. The rest can be a value that was typed into the name. */
const refuseName = (start: string): never => {
  throw new WmsError("WMS_HEADER_INVALID", {
    field: "headers.(name)",
    detail: `\`headers\` must have names without characters that HTTP forbids; got ${JSON.stringify(`${start}…`)}. Rename the header.`,
  });
};

/** The client sets these itself; in exactly this case the caller's is ignored, as the official client does. */
const own = ["Host", "X-APP-ID"];

const readHeaders = (headers: unknown): PhpArray => {
  const given = arrayMerge(toPhpArray(headers, "headers"));
  const entries = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, node] of given.entries) {
    const [fits = ""] = /^[a-zA-Z0-9'`#$%&*+.^_|~!-]*/.exec(name) ?? [];
    if (fits === "" || fits !== name) refuseName(name.slice(0, fits.length + 1));
    if (isArray(node)) return refuseHeader(name, "must be one text; got a list or map.");
    const value = wireText(typeof node === "boolean" && !node ? "0" : node).replace(/^[ \t]+|[ \t]+$/g, "");
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
      refuseHeader(name, "must not have a line break or control character in its value.");
    const lower = asciiLower(name);
    if (
      !own.includes(name) &&
      [
        "host",
        "x-app-id",
        "authorization",
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
        "cookie",
      ].includes(lower)
    ) {
      refuseHeader(name, "must not be given, because the client sets it. Remove it.");
    }
    if (seen.has(lower)) refuseHeader(name, "must not be given twice in different case. Remove one of them.");
    seen.add(lower);
    entries.set(name, value);
  }
  return { entries, list: false };
};

const checkContentType = (given: string | undefined, as: "form" | "json"): void => {
  if (given === undefined) return;
  const sends = /application\/json/i.test(given)
    ? "json"
    : /^application\/x-www-form-urlencoded\b/i.test(given)
      ? "form"
      : undefined;
  if (sends === as) return;
  refuseHeader(
    "content-type",
    `must fit the body, which is sent as ${as}. Use application/json or remove the header.`,
  );
};

/** A header name that PHP makes an integer is a number in the token. */
export const headerNameForToken = (name: string): string | number =>
  isIntegerKey(name) ? Number(name) : name;
