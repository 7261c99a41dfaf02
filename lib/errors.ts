import { CodedError, type ErrorDetail, type ErrorDoc, type WmsCode } from "./wms/errors.ts";

/** The product's own codes, beside those of lib/wms. docs/errors.md is generated from them. */
export const productErrors = {
  PBX_UNKNOWN: {
    status: 404,
    title: "Unknown PBX",
    cause: "No PBX with this id is registered.",
    fix: "Use an id from `wildix secret list` (AWS) or from the file of PBXs.",
  },
  PBX_SECRET_INVALID: {
    status: 500,
    title: "Invalid PBX secret",
    cause: "A field of the PBX's secret (or file entry) is missing or unknown, or has a wrong value.",
    fix: "Correct the field that the message names. docs/configuration.md lists all fields.",
  },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    title: "List of PBXs unavailable",
    cause: "Secrets Manager did not respond, the file of PBXs cannot be read, or access is denied.",
    fix: "Check the function's role and the network, or the file's path and permissions.",
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    title: "API keys unavailable",
    cause:
      "Secrets Manager did not respond, the file of keys cannot be read, or access is denied. The error also occurs if other commands change the keys at the same time.",
    fix: "Check the role's permission for the secret and the network, or the file's path and permissions. Then try again.",
  },
  KEYS_INVALID: {
    status: 500,
    title: "Invalid list of API keys",
    cause:
      "The secret (or file) of keys is damaged or too large, or a program other than `wildix key` wrote it.",
    fix: "Correct the field that the message names, or restore the secret's previous version (AWSPREVIOUS).",
  },
  UNAUTHORIZED: {
    status: 401,
    title: "API client not authenticated",
    cause:
      "The key or signature is missing, wrong, expired or revoked, or the signature's time is wrong. Only the function's log has the reason.",
    fix: "Send `Authorization: Bearer wfk_…`, or sign the request (docs/http-api.md). Never put the key in the URL. `wildix key list` shows the valid keys.",
  },
  WEBHOOK_UNAUTHORIZED: {
    status: 401,
    title: "Webhook not authenticated",
    cause:
      "The signature of the webhook is missing or wrong, or the path names a PBX without `webhook_secrets`. The response does not say which.",
    fix: "Copy the secret of the webhook from WMS. Register it with `wildix secret put PBX --webhook-secret` (docs/webhooks.md).",
  },
  SCOPE_MISSING: {
    status: 403,
    title: "Missing scope",
    cause: "The key is valid, but does not have the scope for this request.",
    fix: "Use a key with the scope that the message names: `wildix key create --scope …`.",
  },
  PBX_FORBIDDEN: {
    status: 403,
    title: "PBX not allowed for the key",
    cause: "The key is valid, but only for other PBXs.",
    fix: "Use a PBX of this key, or a key for this PBX: `wildix key create --pbx …`.",
  },
  EXTENSION_FORBIDDEN: {
    status: 403,
    title: "Extension not allowed for the key",
    cause: "The key is valid, but only for other extensions.",
    fix: "Use an extension of this key, or a key for this extension: `wildix key create --extension …`.",
  },
  STORE_CONFLICT: {
    status: 409,
    title: "Concurrent change",
    cause: "Another run changed the object after this run read it.",
    fix: "Wait until the other run ends, then try again if necessary. This run did not change the object.",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: "Export store unavailable",
    cause: "The bucket or directory is missing, full or not reachable, or access is denied.",
    fix: "Check that the bucket or directory exists and has space, and that this role or user may read and write it. For a bucket, also check the region and the credentials. Then run the same command again: an export keeps its finished days.",
  },
  QUEUE_UNAVAILABLE: {
    status: 503,
    title: "Queue unavailable",
    cause: "SQS did not respond, the queue is missing, or access is denied.",
    fix: "Check that the queue exists and that this role may use it. No work is lost: `plan-exports` queues the remaining days in its next run, and a PBX sends a failed webhook again.",
  },
  ALARMS_UNAVAILABLE: {
    status: 503,
    title: "Alarm topic unavailable",
    cause: "SNS did not respond, the alarm topic is missing, or access is denied.",
    fix: "Check that the topic exists and that this role may publish to it. The next run sends the notification.",
  },
  EVENT_BUS_UNAVAILABLE: {
    status: 503,
    title: "Event bus unavailable",
    cause: "EventBridge did not respond, the bus is missing, or access is denied.",
    fix: "Check that the bus exists and that this role may put events on it. No event is lost: a later run sends it again.",
  },
  STATE_UNAVAILABLE: {
    status: 503,
    title: "State unavailable",
    cause: "DynamoDB (or SQLite) did not respond, the table (or file) is missing, or access is denied.",
    fix: "Check that the table or file exists and that the role or user may read and write it. A call that may have been sent is not sent again.",
  },
  MANIFEST_INVALID: {
    status: 500,
    title: "Invalid manifest",
    cause: "The object is damaged, or a newer version of the product wrote it.",
    fix: "Export the day again. A day with an invalid manifest counts as not exported.",
  },
  CONFIG_MISSING: {
    status: 500,
    title: "Missing setting",
    cause: "A required environment variable is not set.",
    fix: "Set the variable that the message names. On AWS, serverless.yml sets it for every function. Elsewhere, use `export NAME=…`.",
  },
  CONFIG_INVALID: {
    status: 500,
    title: "Invalid setting",
    cause: "An environment variable has a value that cannot be used.",
    fix: "Correct the variable that the message names. On AWS, a parameter in stages/STAGE.yml sets it. docs/configuration.md lists the variables with their parameters.",
  },
  DEPLOYMENT_NOT_FOUND: {
    status: 500,
    title: "Deployment not found",
    cause: "The region has no stack of this stage, the stack lacks an output, or access is denied.",
    fix: "Check `--stage`, `--region` and the AWS account of your credentials. If an older version deployed the stack, upgrade it (docs/upgrade.md).",
  },
  BODY_INVALID: {
    status: 400,
    title: "Invalid body",
    cause:
      "The request has no body, or its body is not a JSON object in UTF-8, for example form data. Or an object of the body has a name twice.",
    fix: "Send a JSON object in UTF-8 with Content-Type: application/json, and each name once.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: "Body too large",
    cause: "The request's body exceeds 256 KiB.",
    fix: "Send a smaller body.",
  },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    title: "Unsupported content type",
    cause: "The Content-Type of the webhook is not application/json.",
    fix: "Send Content-Type: application/json.",
  },
  NOT_FOUND: {
    status: 404,
    title: "Not found",
    cause: "The id or the route does not exist.",
    fix: "Check the id or path that the message names.",
  },
  CALLER_GONE: {
    status: 503,
    title: "Request too old",
    cause:
      "The function was frozen for more than 30 seconds before it read the request. API Gateway has already returned an error to the API client.",
    fix: "Send the request again.",
  },
  SOUND_EXISTS: {
    status: 409,
    title: "Sound name in use",
    cause: "The PBX has a sound with this name that was made from another text or voice.",
    fix: "Choose another filename. To overwrite the sound, send `replace: true`, or give `--replace` to `wildix sound`.",
  },
  EXPORT_TIMEOUT: {
    status: 504,
    title: "Export not finished in time",
    cause:
      "The PBX is slow. The function reaches its time limit before it has read one part, which is a file of at most rowsPerPart rows.",
    fix: "Raise requests_per_second of this PBX if the PBX can handle it. Otherwise set a lower rowsPerPart in stages/STAGE.yml and deploy again.",
  },
  EXPORT_EMPTIED: {
    status: 409,
    title: "No legs on the PBX for an exported day",
    cause:
      "The export has legs of this day, but the PBX no longer has them. The PBX deleted them, or another PBX now uses this host. The exported legs remain.",
    fix: "If the PBX deletes old legs, do not export such days again. To remove the legs from the export, delete the day's manifest and export the day again.",
  },
  EXPORT_FAILED: {
    status: 500,
    title: "PBXs not exported",
    cause: "The export of at least one PBX failed. The other PBXs are exported.",
    fix: "Read the log line of each PBX that the message names and fix the cause. Then run the export again.",
  },
  CALL_FORBIDDEN: {
    status: 403,
    title: "Call forbidden by the toll guard",
    cause:
      "The toll guard compares each call with the settings of the PBX. They do not allow this number, phone, context or time. Without settings, no call is allowed.",
    fix: "Change the setting that the message names, in this PBX's secret (docs/configuration.md). No setting allows calls to emergency numbers or satellite networks.",
  },
  CALLBACKS_OFF: {
    status: 409,
    title: "Callbacks off",
    cause: "The secret of the PBX has no `settings.callbacks`, so the product calls no number back.",
    fix: "Add `callbacks` to the settings of the PBX that the message names (docs/callbacks.md).",
  },
  DO_NOT_CALL: {
    status: 403,
    title: "Number on the do-not-call list",
    cause: "The number is on the do-not-call list of this PBX or of all PBXs.",
    fix: "Ask the person first. If the person agrees, remove the number with `wildix dnc remove`.",
  },
  CALLS_STOPPED: {
    status: 403,
    title: "Calls stopped",
    cause: "`wildix stop` stopped the calls through this PBX, or all calls.",
    fix: "Find out why the calls were stopped, then allow them with `wildix resume`.",
  },
  CALLS_PAUSED: {
    status: 429,
    title: "Calls of this API key paused",
    cause:
      "Caps refused many calls with this API key within a few minutes. The program that uses the key may repeat calls in a loop, or the key may be stolen.",
    fix: "Stop the loop in the program, or revoke the key. The pause ends automatically after the time in Retry-After.",
  },
  CALL_CAPPED: {
    status: 429,
    title: "Call limit reached",
    cause:
      "A cap is reached. There are separate caps for each API key, each PBX and each number. A cap is for a minute or a day.",
    fix: "Wait as long as Retry-After says, or raise the cap that the message names. Then send the request again with the same idempotency key.",
  },
  CALL_IN_PROGRESS: {
    status: 409,
    title: "Request in progress",
    cause: "Another request with the same idempotency key is in progress.",
    fix: "Wait as long as Retry-After says, then send the request again. You then get the response to the first request.",
  },
  CALL_KEY_REUSED: {
    status: 422,
    title: "Reused idempotency key",
    cause: "An earlier request with the same idempotency key asked for another call.",
    fix: "Use a new idempotency key for each new call.",
  },
  CALL_NOT_SENT: {
    status: 502,
    title: "Call not sent",
    cause:
      "The PBX could not be reached, or the product rejected the request before it sent any of it. No phone rang.",
    fix: "Fix the cause that the message names, then send the same request with the same idempotency key again.",
  },
  CALL_STALE: {
    status: 502,
    title: "Call request too old",
    cause:
      "The function was frozen for more than 10 seconds before it could send the request to the PBX. No phone rang.",
    fix: "If the call is still wanted, send the same request with the same idempotency key again.",
  },
  PBX_REFUSED: {
    status: 502,
    title: "Call refused by the PBX",
    cause: "The PBX responded with an error. No phone rang.",
    fix: "Read the PBX's reason in the message. Use a new idempotency key for a new attempt.",
  },
  PBX_BUSY: {
    status: 503,
    title: "Call refused by a busy PBX (429)",
    cause: "The PBX received too many requests in a short time and refused this one. No phone rang.",
    fix: "Wait as long as Retry-After says, then call with a new idempotency key. If the error persists, lower requests_per_second of this PBX.",
  },
  INTERNAL: {
    status: 500,
    title: "Internal error",
    cause: "An unexpected error occurred. The function's log has its details under the id of the request.",
    fix: "Report the error with the id of the request.",
  },
  INPUT_INVALID: {
    status: 400,
    title: "Invalid input",
    cause: "A field is missing or unknown, or has a wrong value.",
    fix: "Correct the field that the message names.",
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
