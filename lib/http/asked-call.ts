import { type MappedCall, mapCall } from "../callers/mapping.ts";
import { readCallKey } from "../calls/dial/call-key.ts";
import { invalid } from "../input.ts";
import type { HttpRequest } from "./api.ts";

/**
 * The call that a request to POST /calls asks for: in our own form, or read from a CRM's JSON by the key's mapping. The header
 * Idempotency-Key takes precedence over the mapping's. A person who sees a signed request can send it again while its time is
 * valid. The idempotency key, which the signature covers, prevents a second call, so a signed request must have one.
 * Throws INPUT_INVALID, BODY_INVALID, BODY_TOO_LARGE.
 */
export const askedCall = (request: HttpRequest): MappedCall => {
  const mapped =
    request.mapping === undefined
      ? { body: request.json(), idempotencyKey: undefined }
      : mapCall(request.mapping, request.jsonOrList());
  const header = request.idempotencyKey === undefined ? undefined : readCallKey(request.idempotencyKey);
  const idempotencyKey = header ?? mapped.idempotencyKey;
  if (request.signed && idempotencyKey === undefined)
    throw invalid(
      "idempotency-key",
      "is missing. Send this header with a signed request; without it, a repeated request rings again.",
    );
  return { body: mapped.body, idempotencyKey };
};
