import type { Mapping } from "../callers/mapping.ts";
import { isError } from "../errors.ts";
import type { CodedError } from "../wms/errors.ts";

/** How a request named its values. */
export interface SentFields {
  /** Undefined if the request has no body, or it was not read. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** How the body was read, if it is not in our own form. */
  readonly mapping: Mapping | undefined;
  /** Whether the header Idempotency-Key was sent. */
  readonly hasIdempotencyKey: boolean;
}

/** Other names of the same value in POST /calls. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  to: ["exten"],
  extension: ["agent", "channel"],
  context: ["channel"],
};

const headerNames: ReadonlySet<string> = new Set(["content-encoding", "content-type", "idempotency-key"]);

/**
 * A field by the name under which the caller sent it: a JSON pointer into the body, or the name of a header or query parameter.
 * A value that a key's mapping sets keeps its name there, `values.context`.
 */
export const sentAs = (field: string, { body, mapping, hasIdempotencyKey }: SentFields): string => {
  if (body === undefined || field.startsWith("/")) return field;
  if (field === "idempotency-key" && !hasIdempotencyKey && mapping?.pointers.idempotency_key !== undefined)
    return [mapping.pointers.idempotency_key].flat().join(", ");
  if (headerNames.has(field)) return field;
  const [name = ""] = field.split(".");
  if (mapping !== undefined) {
    const pointers = new Map<string, unknown>(Object.entries(mapping.pointers));
    const names = [name, ...(synonyms[name] ?? [])];
    const pointer = names.map((each) => pointers.get(each)).find((each) => typeof each === "string");
    return pointer ?? `values.${field}`;
  }
  const sent = name in body ? field : (synonyms[name]?.find((other) => other in body) ?? field);
  return `/${sent.replaceAll(".", "/")}`;
};

/** Errors whose field is a value of the request; the others name settings, secrets or parameters of the PBX's API. */
export const isOfRequest = (error: unknown): error is CodedError =>
  isError(
    error,
    "INPUT_INVALID",
    "BODY_INVALID",
    "PBX_UNKNOWN",
    "PBX_FORBIDDEN",
    "EXTENSION_FORBIDDEN",
    "CALL_FORBIDDEN",
    "CALLS_STOPPED",
    "CALL_CAPPED",
    "CALL_IN_PROGRESS",
    "CALL_KEY_REUSED",
    "SOUND_EXISTS",
    "CALLBACKS_OFF",
    "DO_NOT_CALL",
  );
