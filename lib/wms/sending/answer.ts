import { defined } from "../defined.ts";
import { WmsError } from "../errors.ts";
import { isJsonObject, JsonTooComplex, parseJson } from "../json.ts";
import type { RawResponse } from "./raw-response.ts";

/** A PBX's successful response on a typed route. The HTTP status is not enough: errors come with 200, and pages of HTML too. */
export const readResult = (response: RawResponse): unknown => {
  if (response.body.trim() === "") {
    throw new WmsError("WMS_ANSWER_EMPTY", {
      detail: "the PBX responded with an empty body",
      sent: "yes",
      pbxStatus: response.status,
    });
  }
  const envelope = parse(response);
  if (typeof envelope !== "object" || envelope === null || !("type" in envelope))
    throw unexpected(response, "an object with `type`");
  if (envelope.type === "error") throw refused(envelope, response.status);
  if (envelope.type !== "result" || !("result" in envelope))
    throw unexpected(response, "`type: result` with `result`");
  return envelope.result;
};

/** `result.records`, whose absence is an error and never an empty list. */
export const readRecords = (
  response: RawResponse,
): { result: Record<string, unknown>; records: Record<string, unknown>[] } => {
  const result = readResult(response);
  if (!isJsonObject(result) || !Array.isArray(result["records"]))
    throw unexpected(response, "`result.records`");
  return { result, records: result["records"].filter(isJsonObject) };
};

export const unexpected = (response: RawResponse, wanted: string): WmsError =>
  new WmsError("WMS_ANSWER_UNEXPECTED", {
    detail: `the PBX's response lacks ${wanted}`,
    sent: "yes",
    pbxStatus: response.status,
  });

/** The error that a status outside 200 to 299 means. */
export const statusError = (response: RawResponse, retryAfter?: number): WmsError | undefined => {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  const reason = reasonOf(response.body);
  const said = reason === undefined ? "" : `: "${reason}"`;
  const info = { sent: "yes" as const, pbxStatus: status };
  if (status < 400)
    return new WmsError("WMS_REDIRECTED", {
      ...info,
      detail: `the host responded with ${status}, a redirect`,
    });
  if (status === 401)
    return new WmsError("WMS_UNAUTHORIZED", { ...info, detail: `the PBX responded with 401${said}` });
  if (status === 403)
    return new WmsError("WMS_FORBIDDEN", { ...info, detail: `the PBX responded with 403${said}` });
  if (status === 404)
    return new WmsError("WMS_NOT_FOUND", { ...info, detail: `the PBX responded with 404${said}` });
  if (status === 429) {
    return new WmsError("WMS_RATE_LIMITED", {
      ...info,
      detail: `the PBX responded with 429${said}`,
      ...defined({ retryAfter }),
    });
  }
  if (status < 500)
    return new WmsError("WMS_REFUSED", { ...info, detail: `the PBX responded with ${status}${said}` });
  return new WmsError("WMS_SERVER_ERROR", {
    ...info,
    detail: `the PBX responded with ${status}${said}`,
    ...defined({ retryAfter }),
  });
};

const refused = (envelope: object, status: number): WmsError => {
  const reason = "reason" in envelope ? speakable(envelope.reason) : undefined;
  return new WmsError("WMS_REFUSED", {
    detail: `the PBX responded with ${status} and an error${reason === undefined ? "" : `: "${reason}"`}`,
    sent: "yes",
    pbxStatus: status,
  });
};

/** Whether the parser failed at the end of the text: everything before it is JSON. */
const isCut = (body: string, cause: unknown): boolean => {
  const message = cause instanceof Error ? cause.message : "";
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  const length = body.replace(/^\uFEFF/, "").length;
  return position === undefined ? message.includes("end of JSON input") : Number(position) >= length;
};

const parse = (response: RawResponse): unknown => {
  try {
    return parseJson(response.body);
  } catch (cause) {
    if (cause instanceof JsonTooComplex)
      throw new WmsError("WMS_ANSWER_TOO_LARGE", {
        detail: `the PBX's response has ${cause.message}`,
        sent: "yes",
        pbxStatus: response.status,
      });
    const start = response.body.replace(/^\uFEFF/, "").trimStart()[0];
    const json = start === "{" || start === "[";
    const cut = json && isCut(response.body, cause);
    const page = json ? "not valid JSON" : "a page or text, not JSON";
    throw new WmsError(cut ? "WMS_ANSWER_TRUNCATED" : "WMS_NOT_JSON", {
      detail: cut ? "the PBX's response ends in the middle of its JSON" : `the PBX's response is ${page}`,
      sent: "yes",
      pbxStatus: response.status,
      cause: cut ? undefined : cause instanceof Error ? new Error(cause.name) : undefined,
    });
  }
};

const reasonOf = (body: string): string | undefined => {
  try {
    const envelope = parseJson(body);
    return isJsonObject(envelope) ? speakable(envelope["reason"]) : undefined;
  } catch {
    return undefined;
  }
};

/** The PBX's words, short and without whole numbers: they end up in logs. */
const speakable = (reason: unknown): string | undefined =>
  typeof reason === "string"
    ? reason
        .slice(0, 200)
        .replace(/[\p{Cc}]/gu, " ")
        .replace(/\d{5,}/g, (run) => `…${run.slice(-2)}`)
    : undefined;
