import { CodedError, type ErrorDetail, type ErrorDoc, type WmsCode } from "./wms/errors.ts";

/** The product's own codes, beside those of lib/wms. docs/errors.md is generated from them. */
export const productErrors = {
  PBX_UNKNOWN: {
    status: 404,
    title: "Unknown PBX",
    cause: "No PBX with this id is registered.",
    cure: "Use an id from `wildix secret list` (AWS) or from the file of PBXs.",
  },
  PBX_SECRET_INVALID: {
    status: 500,
    title: "Invalid secret of a PBX",
    cause: "A key of the PBX's secret (or file entry) is missing or unknown, or has a wrong value.",
    cure: "Correct the key that the message names. docs/configuration.md lists all keys.",
  },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    title: "List of PBXs unavailable",
    cause: "Secrets Manager (or the file of PBXs) did not answer, or denied access.",
    cure: "Check the function's role and the network, or the file's path and permissions.",
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    title: "API keys unavailable",
    cause:
      "Secrets Manager (or the file of keys) did not answer or denied access, or other writers changed it repeatedly.",
    cure: "Check the role's permission for the secret and the network, or the file's path and permissions. Then try again.",
  },
  KEYS_INVALID: {
    status: 500,
    title: "Invalid list of API keys",
    cause: "The secret (or file) of keys is damaged, too large, or was not written by `wildix key`.",
    cure: "Correct the field that the message names, or restore the secret's previous version (AWSPREVIOUS).",
  },
  UNAUTHORIZED: {
    status: 401,
    title: "Caller not authenticated",
    cause:
      "The key or signature is missing, wrong, expired or revoked, or the time is wrong. Only the log says which.",
    cure: "Send `Authorization: Bearer wfk_…`, never in the URL, or sign the request (docs/http-api.md). `wildix key list` shows the valid keys.",
  },
  SCOPE_MISSING: {
    status: 403,
    title: "Scope missing from the key",
    cause: "The key is valid, but does not allow this kind of request.",
    cure: "Use a key with the scope that the message names: `wildix key create --scope …`.",
  },
  PBX_FORBIDDEN: {
    status: 403,
    title: "PBX not allowed for the key",
    cause: "The key is valid, but only for other PBXs.",
    cure: "Use a PBX of this key, or a key for this PBX: `wildix key create --pbx …`.",
  },
  EXTENSION_FORBIDDEN: {
    status: 403,
    title: "Extension not allowed for the key",
    cause: "The key is valid, but only for other extensions.",
    cure: "Use an extension of this key, or a key for this extension: `wildix key create --extension …`.",
  },
  STORE_CONFLICT: {
    status: 409,
    title: "Concurrent run on the same day",
    cause: "Another run writes the same day: the object changed after this run had read it.",
    cure: "Wait until the other run ends. This run changed nothing.",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: "Export store unavailable",
    cause: "The bucket or directory is missing or full, cannot be reached, or denies access.",
    cure: "Check that it exists, has space, and that this role or user may write to it (for a bucket: region and credentials too). Then run again: finished days are kept.",
  },
  QUEUE_UNAVAILABLE: {
    status: 503,
    title: "Queue unavailable",
    cause: "SQS did not answer, the queue is missing, or access is denied.",
    cure: "Check that the queue exists and that this role may use it. The next plan queues the remaining days.",
  },
  ALARMS_UNAVAILABLE: {
    status: 503,
    title: "Alarm topic unavailable",
    cause: "The alarm topic did not answer, is missing, or denies access.",
    cure: "Check that the topic exists and that this role may publish to it. The next run sends the notification.",
  },
  STATE_UNAVAILABLE: {
    status: 503,
    title: "State unavailable",
    cause: "DynamoDB (or the SQLite file) did not answer, is missing, or denies access.",
    cure: "Check that the table or file exists and that the role or user may read and write it. A call that may have been sent is not sent again.",
  },
  MANIFEST_INVALID: {
    status: 500,
    title: "Invalid manifest",
    cause: "The object is damaged, or another version wrote it.",
    cure: "Export the day again. A day with an invalid manifest counts as not exported.",
  },
  CONFIG_MISSING: {
    status: 500,
    title: "Missing setting",
    cause: "A required environment variable is not set.",
    cure: "Set the variable that the message names. On AWS, serverless.yml sets it for every function; on a laptop, use `export NAME=…`.",
  },
  CONFIG_INVALID: {
    status: 500,
    title: "Invalid setting",
    cause: "An environment variable has a value that cannot be used.",
    cure: "Correct the variable that the message names. On AWS, change the parameter in serverless.yml; docs/configuration.md lists both.",
  },
  DEPLOYMENT_NOT_FOUND: {
    status: 500,
    title: "Deployment not found",
    cause: "The region has no stack of this stage, the stack lacks an output, or access is denied.",
    cure: "Check `--stage`, `--region` and the AWS credentials. Deploy again if the stack is of an older version.",
  },
  BODY_INVALID: {
    status: 400,
    title: "Invalid body",
    cause: "The request's body is missing, is not a JSON object, or is a form.",
    cure: "Send a JSON object with Content-Type: application/json.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: "Body too large",
    cause: "The request's body exceeds 256 KiB.",
    cure: "Send a smaller body.",
  },
  NOT_FOUND: {
    status: 404,
    title: "Not found",
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
    title: "Existing sound with this name",
    cause: "The PBX has a sound with this name that was made from another text or voice.",
    cure: "Choose another filename, or send `replace: true` to overwrite it.",
  },
  EXPORT_TIMEOUT: {
    status: 504,
    title: "Timeout of an export",
    cause: "The PBX is so slow that one part takes longer than the function may run.",
    cure: "Raise requests_per_second if the PBX can handle it, or lower rowsPerPart of the deployment.",
  },
  EXPORT_FAILED: {
    status: 500,
    title: "Failed export of some PBXs",
    cause: "The export of at least one PBX failed. The other PBXs are exported.",
    cure: "Read the log line of each PBX that the message names, fix the cause, and run the export again.",
  },
  CALL_FORBIDDEN: {
    status: 403,
    title: "Call forbidden by the toll guard",
    cause:
      "The settings of the PBX do not allow this number, phone, dialplan or time. Without settings, nothing is allowed.",
    cure: "Allow what the message names in the settings of this PBX's secret (docs/configuration.md).",
  },
  CALLS_STOPPED: {
    status: 403,
    title: "Calls stopped",
    cause: "`wildix stop` stopped the calls through this PBX, or all calls.",
    cure: "Find out why the calls were stopped, then allow them with `wildix resume`.",
  },
  CALLS_PAUSED: {
    status: 429,
    title: "Caller paused",
    cause: "The caller reached caps repeatedly: a loop, or a stolen key.",
    cure: "Fix the caller. The pause ends automatically after the time in Retry-After.",
  },
  CALL_CAPPED: {
    status: 429,
    title: "Call limit reached",
    cause: "A cap of the PBX or of the key is reached: calls per minute, per day, or to one number.",
    cure: "Wait, or raise the cap that the message names. Then send the request again, with the same key.",
  },
  CALL_IN_PROGRESS: {
    status: 409,
    title: "Call in progress",
    cause: "Another request with the same idempotency key is in progress.",
    cure: "Send the request again after the time in Retry-After to get the answer of the first one.",
  },
  CALL_KEY_REUSED: {
    status: 422,
    title: "Idempotency key of another call",
    cause: "An earlier request with the same key asked for another call.",
    cure: "Use a new key for a new call.",
  },
  CALL_NOT_SENT: {
    status: 502,
    title: "Call not sent",
    cause: "The PBX could not be reached, or the request could not be made. No phone rang.",
    cure: "Fix the cause in the message, then send the same request with the same key again.",
  },
  CALL_STALE: {
    status: 502,
    title: "Call too old",
    cause: "The function was suspended for more than 10 seconds before it could send. No phone rang.",
    cure: "Send the same request with the same key again, if the call is still wanted.",
  },
  PBX_REFUSED: {
    status: 502,
    title: "Call refused by the PBX",
    cause: "The PBX answered with an error. No phone rang.",
    cure: "Read the PBX's reason in the message, and use a new key for a new attempt.",
  },
  PBX_BUSY: {
    status: 503,
    title: "Too many requests to the PBX (429)",
    cause: "The PBX received too many requests in a short time and refused this one. No phone rang.",
    cure: "Wait as long as Retry-After says, then call with a new key. Lower requests_per_second of this PBX.",
  },
  INTERNAL: {
    status: 500,
    title: "Internal error",
    cause: "An unexpected error occurred. The log has it under the request's id.",
    cure: "Report it with the request's id.",
  },
  INPUT_INVALID: {
    status: 400,
    title: "Invalid input",
    cause: "A field is missing or unknown, or has a wrong value.",
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
