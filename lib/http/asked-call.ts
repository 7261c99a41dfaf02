import { type MappedCall, mapCall } from "../callers/mapping.ts";
import { invalid } from "../input.ts";
import type { HttpRequest } from "./api.ts";

/**
 * The call that a request to POST /calls asks for: in our own form, or read out of a CRM's JSON by the key's mapping. The
 * header Idempotency-Key goes before what the mapping finds. A signed request can be sent again by whoever saw it, for as long
 * as its time is good; the idempotency key, which the signature covers, is what keeps that from ringing again, so that it has
 * to be there. Throws INPUT_INVALID, BODY_INVALID, BODY_TOO_LARGE.
 */
export const askedCall = (request: HttpRequest): MappedCall => {
  const json = request.json();
  const mapped =
    request.mapping === undefined
      ? { body: json, idempotencyKey: undefined }
      : mapCall(request.mapping, json);
  const idempotencyKey = request.idempotencyKey ?? mapped.idempotencyKey;
  if (request.signed && idempotencyKey === undefined)
    throw invalid(
      "idempotency-key",
      "is missing. A signed request for a call needs one, or who saw it could make the phone ring again.",
    );
  return { body: mapped.body, idempotencyKey };
};
