import { isUtf8 } from "node:buffer";
import type { RawRequest } from "../callers/raw-request.ts";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import { shown } from "../mask.ts";
import { JsonTooComplex, parseJson } from "../wms/json.ts";
import { placeIn, pointerOf, visitJson } from "../written-json.ts";

/** The largest body, bytes. */
export const maxBody = 256 * 1024;
/** More than the JSON of any CRM has. */
const bodyLimits = { depth: 64, containers: 20_000 };

export type Json = Readonly<Record<string, unknown>> | readonly unknown[];

/** The body of a request as a JSON object or list. Throws BODY_INVALID, BODY_TOO_LARGE. */
export const readJson = ({ body, header }: Pick<RawRequest, "body" | "header">): Json => {
  if (body.length > maxBody)
    throw new ProductError("BODY_TOO_LARGE", { detail: `the body has more than ${maxBody} bytes` });
  checkEncoding(header("content-encoding"));
  checkType(header("content-type"));
  if (body.length === 0) throw invalid("the body is missing");
  if (!isUtf8(body)) throw invalid("the body must be UTF-8; got other bytes. Encode it as UTF-8.");
  // an editor does not count a byte order mark as a column
  const value = parsed(body.toString("utf8").replace(/^\uFEFF/, ""));
  if (typeof value === "object" && value !== null) return value as Json;
  throw invalid("the body is JSON, but not an object");
};

const invalid = (detail: string, field?: string): ProductError =>
  new ProductError("BODY_INVALID", { detail, ...defined({ field }) });

const checkEncoding = (encoding: string | undefined): void => {
  if (encoding === undefined || /^\s*identity\s*$/i.test(encoding)) return;
  throw invalid(
    `\`content-encoding\` must not be set; got ${shown(encoding)}. Send the body without compression.`,
    "content-encoding",
  );
};

const checkType = (type: string | undefined): void => {
  if (type === undefined) return;
  if (!/^application\/(?:[a-z.+-]*\+)?json\b/i.test(type))
    throw invalid(
      `\`content-type\` must be application/json; got ${shown(type)}. Send the body as JSON.`,
      "content-type",
    );
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type) ?? [];
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return;
  throw invalid(
    `\`content-type\` must have the charset utf-8; got ${shown(charset)}. Encode the body as UTF-8.`,
    "content-type",
  );
};

const parsed = (text: string): unknown => {
  let value: unknown;
  try {
    value = parseJson(text, bodyLimits);
  } catch (error) {
    throw invalid(error instanceof JsonTooComplex ? `the body has ${error.message}` : whyNoJson(text));
  }
  // of two values with one name, a person can mean the first, but `JSON.parse` takes the last
  visitJson(text, (path, _line, first) => {
    if (first === undefined) return;
    const field = shown(pointerOf(path));
    throw invalid(`\`${field}\` must be in the body once; got it twice. Remove one.`, field);
  });
  return value;
};

const whyNoJson = (text: string): string => {
  const at = visitJson(text, () => undefined);
  if (at === text.length) return "the body ends before its JSON is complete";
  return `the body is not JSON; the first wrong character is at ${placeIn(text, at)}`;
};
