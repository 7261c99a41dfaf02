import { CodedError, type ErrorDetail, type ErrorDoc, type WmsCode } from "./wms/errors.ts";

/** The product's own codes, beside those of lib/wms. Add here; docs/errors.md is generated. */
export const productErrors = {
  PBX_UNKNOWN: {
    status: 404,
    title: "No such PBX",
    cause: "No PBX with this id is registered.",
    cure: "List the registered PBXs with `wildix secret list` (AWS) or look into the file of PBXs, and use one of their ids.",
  },
  PBX_SECRET_INVALID: {
    status: 500,
    title: "The PBX's secret is not usable",
    cause:
      "The secret (or file entry) of this PBX breaks the schema: a key is missing, unknown or has a wrong value.",
    cure: "Correct the key that the message names; docs/configuration.md lists all keys.",
  },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    title: "The list of PBXs cannot be read",
    cause: "Secrets Manager (or the file of PBXs) did not answer, or access to it is denied.",
    cure: "Check the function's role and the network, or the file's path and permissions.",
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    title: "The callers' keys cannot be read or written",
    cause:
      "Secrets Manager (or the file of keys) did not answer, access to it is denied, or others keep changing it.",
    cure: "Check the role's permission for the secret and the network, or the file's path and permissions; then try again.",
  },
  KEYS_INVALID: {
    status: 500,
    title: "The callers' keys are not usable",
    cause:
      "What lies under the keys' name was not written by `wildix key`, was damaged, or would be too large.",
    cure: "Correct the field that the message names, or bring the secret's previous version back (AWSPREVIOUS).",
  },
  UNAUTHORIZED: {
    status: 401,
    title: "Who calls is not known",
    cause:
      "The request has no key, or one that is wrong, mistyped, expired or revoked, or its signature or time is wrong; which of these, only the log says.",
    cure: "Send `Authorization: Bearer wfk_…`, never in the URL, or sign the request (docs/http-api.md); `wildix key list` shows which keys are good.",
  },
  SCOPE_MISSING: {
    status: 403,
    title: "The key may not do this",
    cause: "The key is good, but was not made for this kind of request.",
    cure: "Use a key with the scope that the message names: `wildix key create --scope …`.",
  },
  PBX_FORBIDDEN: {
    status: 403,
    title: "The key may not use this PBX",
    cause: "The key is good, but was made for other PBXs.",
    cure: "Name a PBX that the key is for, or use a key for this one: `wildix key create --pbx …`.",
  },
  EXTENSION_FORBIDDEN: {
    status: 403,
    title: "The key may not ring this extension",
    cause: "The key is good, but was made for other extensions.",
    cure: "Name an extension that the key is for, or use a key for this one: `wildix key create --extension …`.",
  },
  STORE_CONFLICT: {
    status: 409,
    title: "Another run owns this object",
    cause: "The object changed since this run looked: another run is writing the same day.",
    cure: "Let the other run finish; nothing was changed by this one.",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: "The export store cannot be read or written",
    cause: "The bucket or directory is missing, full or out of reach, or access is denied.",
    cure: "Check that it exists, has space, and may be written by this role or user (of a bucket: region and credentials too); then run again: finished days are kept.",
  },
  QUEUE_UNAVAILABLE: {
    status: 503,
    title: "The queue of work cannot be used",
    cause: "SQS did not answer, the queue is missing, or access is denied.",
    cure: "Check that the queue exists and that this role may use it; what was not queued is queued by the next plan.",
  },
  ALARMS_UNAVAILABLE: {
    status: 503,
    title: "Nobody could be told",
    cause: "The alarm topic did not answer, is missing, or access is denied.",
    cure: "Check that the topic exists and that this role may publish to it; the next run tells it.",
  },
  STATE_UNAVAILABLE: {
    status: 503,
    title: "The state cannot be read or written",
    cause: "DynamoDB (or the SQLite file) did not answer, is missing, or access to it is denied.",
    cure: "Check that the table or file exists and that the role or user may read and write it. A call that may have been sent is not sent again.",
  },
  MANIFEST_INVALID: {
    status: 500,
    title: "A manifest cannot be read",
    cause: "The object is damaged, or was written by another version.",
    cure: "Export the day again; a day whose manifest cannot be read counts as missing.",
  },
  CONFIG_MISSING: {
    status: 500,
    title: "A setting of the deployment is missing",
    cause: "An environment variable that is needed is not set.",
    cure: "Set the variable that the message names: serverless.yml does so for every function, `export NAME=…` on a laptop.",
  },
  BODY_INVALID: {
    status: 400,
    title: "The body is not JSON",
    cause: "The request's body is missing, is no JSON object, or was sent as a form.",
    cure: "Send a JSON object with Content-Type: application/json.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: "The body is too large",
    cause: "The request's body exceeds 256 KiB.",
    cure: "Send less.",
  },
  NOT_FOUND: {
    status: 404,
    title: "There is no such thing here",
    cause: "The id or the route does not exist.",
    cure: "Check the id that the message names.",
  },
  CALLER_GONE: {
    status: 503,
    title: "Request too old",
    cause:
      "The function was frozen for more than 30 seconds before it could read the request. The caller has an error already.",
    cure: "Send the request again.",
  },
  SOUND_EXISTS: {
    status: 409,
    title: "A sound of this name exists",
    cause: "The PBX has a sound of this name that was not made from this text and voice.",
    cure: "Choose another filename, or send `replace: true` to overwrite it.",
  },
  EXPORT_TIMEOUT: {
    status: 504,
    title: "The export of a day did not get through a part in time",
    cause: "The PBX is so slow that one part takes longer than the function may run.",
    cure: "Raise requests_per_second of this PBX if it can bear it, or lower rowsPerPart of the deployment.",
  },
  EXPORT_FAILED: {
    status: 500,
    title: "Some PBXs were not exported",
    cause: "The export of at least one PBX failed; the others are done.",
    cure: "Read the log line of each PBX that the message names, mend the cause, and run the export again.",
  },
  CALL_FORBIDDEN: {
    status: 403,
    title: "The toll guard forbids this call",
    cause:
      "The number, phone, dialplan or time is not open for calls: everything is closed until the PBX's settings open it.",
    cure: "Open what the message names in the settings of this PBX's secret (docs/configuration.md), if it is to be open.",
  },
  CALLS_STOPPED: {
    status: 403,
    title: "Calls are stopped",
    cause: "Somebody stopped calls through this PBX, or all calls, with `wildix stop`.",
    cure: "Find out why; `wildix resume` lets calls through again.",
  },
  CALLS_PAUSED: {
    status: 429,
    title: "This caller's calls are paused",
    cause: "The caller ran into caps again and again: a loop, or a stolen key.",
    cure: "Mend the caller. The pause ends by itself after the time that Retry-After says.",
  },
  CALL_CAPPED: {
    status: 429,
    title: "There were enough calls",
    cause: "A cap of the PBX or of the key is reached: calls a minute, a day, to one number.",
    cure: "Wait, or raise the cap that the message names. The same key may be sent again.",
  },
  CALL_IN_PROGRESS: {
    status: 409,
    title: "This call is being placed",
    cause: "A request with the same idempotency key is being worked on.",
    cure: "Ask again after the time that Retry-After says; the answer will be that request's.",
  },
  CALL_KEY_REUSED: {
    status: 422,
    title: "The idempotency key stands for another call",
    cause: "A request with the same key asked for another call.",
    cure: "Use a new key for a new call.",
  },
  CALL_NOT_SENT: {
    status: 502,
    title: "The call was not sent",
    cause: "The PBX could not be reached, or the request could not be made. No phone rang.",
    cure: "Mend what the message says and send the same request with the same key again.",
  },
  CALL_STALE: {
    status: 502,
    title: "The call was too old to be sent",
    cause: "The function stood still for more than 10 seconds before it could send. No phone rang.",
    cure: "Send the same request with the same key again, if the call is still wanted.",
  },
  PBX_REFUSED: {
    status: 502,
    title: "The PBX refused the call",
    cause: "The PBX answered with an error that says that nothing rang.",
    cure: "Read the PBX's reason in the message. A new try needs a new key.",
  },
  PBX_BUSY: {
    status: 503,
    title: "The PBX asks for fewer calls (429)",
    cause: "Too many requests in a short time; this one was refused, and no phone rang.",
    cure: "Wait as long as Retry-After says, then call with a new key; lower requests_per_second of this PBX.",
  },
  INTERNAL: {
    status: 500,
    title: "An error of this service",
    cause: "Something happened that nobody expected; it is in the log under the request's id.",
    cure: "Report it with the request's id.",
  },
  INPUT_INVALID: {
    status: 400,
    title: "The input is not usable",
    cause: "A field is missing, unknown or has a wrong value.",
    cure: "Correct the field that the message names.",
  },
} as const satisfies Record<string, ErrorDoc>;

export type ProductCode = keyof typeof productErrors;

/** An error of the product itself: configuration, registry, store, input. */
export class ProductError extends CodedError<ProductCode> {
  override readonly name = "ProductError";
  constructor(code: ProductCode, info: ErrorDetail) {
    super(code, productErrors[code], info);
  }
}

/** Narrows an error to the codes named: `isError(error, "STORE_CONFLICT")`. */
export const isError = <Code extends ProductCode | WmsCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is CodedError<Code> => error instanceof CodedError && codes.some((code) => code === error.code);
