/** What the documentation says of one error code; docs/errors.md is generated from these. */
export interface ErrorDoc {
  /** HTTP status of the answer that reports it. */
  readonly status: number;
  readonly title: string;
  readonly cause: string;
  readonly fix: string;
}

export interface ErrorDetail {
  /** What happened this time. Holds no secret and no whole phone number. */
  readonly detail: string;
  /** The input field or parameter at fault, for example `filter.start.from`. */
  readonly field?: string;
  readonly cause?: unknown;
  /** Whether the PBX may have acted on the request. */
  readonly sent?: "no" | "maybe" | "yes";
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** The PBX's HTTP status, where it answered. */
  readonly pbxStatus?: number;
}

/** An error with a code from a closed union, a cause and a fix. */
export abstract class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly doc: ErrorDoc;
  readonly field: string | undefined;
  readonly sent: "no" | "maybe" | "yes" | undefined;
  readonly retryAfter: number | undefined;
  readonly pbxStatus: number | undefined;

  constructor(code: Code, doc: ErrorDoc, info: ErrorDetail) {
    super(info.detail, info.cause === undefined ? undefined : { cause: info.cause });
    this.code = code;
    this.doc = doc;
    this.field = info.field;
    this.sent = info.sent;
    this.retryAfter = info.retryAfter;
    this.pbxStatus = info.pbxStatus;
  }
}

/** Every way in which a request to a PBX can fail. */
export const wmsErrors = {
  WMS_HOST_INVALID: {
    status: 500,
    title: "Invalid PBX host",
    cause:
      "The host is not an https origin, or it is an address that the product refuses, for example the metadata address of a cloud.",
    fix: "Write the host as https://NAME.wildixin.com, without a path, query or user. Use http only for this machine (loopback).",
  },
  WMS_CREDENTIALS_INVALID: {
    status: 500,
    title: "Invalid PBX credentials",
    cause: "A credential is missing or empty, or has a character that an HTTP header cannot carry.",
    fix: "Copy the credential again from WMS. The credentials of an S2S application are under PBX -> Integrations -> Applications -> Server to Server.",
  },
  WMS_METHOD_INVALID: {
    status: 400,
    title: "Invalid method",
    cause: "The method is not an upper-case HTTP method.",
    fix: "Use GET, POST, PUT or DELETE.",
  },
  WMS_PATH_INVALID: {
    status: 400,
    title: "Invalid path",
    cause:
      "The PBX would read a path that differs from the signed path. The path has a `.` or `..` segment, a host name, or digits after a colon (`:123`). Or only a part of the path is percent-encoded.",
    fix: "Give only the API path, for example /api/v1/PBX/ping/, and percent-encode the characters that need it.",
  },
  WMS_PARAM_INVALID: {
    status: 400,
    title: "Invalid parameter",
    cause:
      "The PBX would read a name or value that differs from the signed one. docs/signing.md lists the cases.",
    fix: "Change the parameter that the message names.",
  },
  WMS_HEADER_INVALID: {
    status: 400,
    title: "Invalid header",
    cause:
      "HTTP does not allow the header's name or value, the header is repeated, or only the product may set this header.",
    fix: "Change or remove the header that the message names.",
  },
  WMS_UNREACHABLE: {
    status: 502,
    title: "No connection to the PBX",
    cause: "The host name is unknown, or nothing responds at its address. Nothing was sent.",
    fix: "Check that the host is spelt correctly, that the PBX runs, and that this network can reach it.",
  },
  WMS_TLS: {
    status: 502,
    title: "Certificate of the PBX not trusted",
    cause:
      "The TLS handshake failed: the certificate is self-signed, expired, or for another name. Nothing was sent.",
    fix: "Use the name in the certificate as the host, or install a valid certificate on the PBX. To trust another certificate authority, set NODE_EXTRA_CA_CERTS.",
  },
  WMS_TIMEOUT: {
    status: 504,
    title: "No response from the PBX in time",
    cause: "The PBX is overloaded or far away, or the request asks for too much data.",
    fix: "Ask for less data, or try again later. If the PBX may have received a request for a call, the product does not send it again.",
  },
  WMS_CONNECTION_LOST: {
    status: 502,
    title: "Connection to the PBX lost",
    cause: "The PBX or a proxy closed the connection before the response was complete.",
    fix: "Reads are retried automatically. If the error persists, check the PBX and the network.",
  },
  WMS_UNAUTHORIZED: {
    status: 502,
    title: "Credentials refused by the PBX (401)",
    cause:
      "The secret, app name, app id or clock is wrong, the application belongs to another PBX, or the key is expired.",
    fix: "Run `wildix doctor`. It shows which of these causes applies.",
  },
  WMS_FORBIDDEN: {
    status: 502,
    title: "Missing permission on the PBX (403)",
    cause: "The ACL of the application's user forbids this request, or the key lacks a scope.",
    fix: "Give the application's user the permission in WMS, or use a key with the scope.",
  },
  WMS_NOT_FOUND: {
    status: 502,
    title: "Route or object unknown to the PBX (404)",
    cause: "This WMS version has no such route, the object does not exist, or the host is not a PBX.",
    fix: "Check the id and the PBX's version (`wildix doctor`).",
  },
  WMS_RATE_LIMITED: {
    status: 503,
    title: "Too many requests to the PBX (429)",
    cause: "The PBX received too many requests in a short time.",
    fix: "Wait as long as Retry-After says. If the error persists, lower requests_per_second of this PBX.",
  },
  WMS_REFUSED: {
    status: 502,
    title: "Request refused by the PBX",
    cause: "The PBX responded with an error, because a parameter is missing or wrong.",
    fix: "Read the PBX's reason in the message, then correct the parameter.",
  },
  WMS_SERVER_ERROR: {
    status: 502,
    title: "Server error of the PBX (5xx)",
    cause: "The PBX had an internal error. WMS also responds with 500 if a parameter is missing.",
    fix: "Check the parameters first, then the PBX.",
  },
  WMS_REDIRECTED: {
    status: 502,
    title: "Redirect instead of a response",
    cause:
      "The host is a portal or a proxy. The product does not follow redirects, because the signature is valid only for the first address.",
    fix: "Use the PBX's own host name.",
  },
  WMS_NOT_JSON: {
    status: 502,
    title: "Response not from the WMS API",
    cause:
      "The response is HTML, text or invalid JSON. It comes from a login page, a proxy, or a host that is not a PBX.",
    fix: "Check the host and the path, and run `wildix doctor`.",
  },
  WMS_ANSWER_TRUNCATED: {
    status: 502,
    title: "Truncated response from the PBX",
    cause: "The response ends before its JSON is complete.",
    fix: "Reads are retried automatically. If the error persists, check the proxies first, then the PBX.",
  },
  WMS_ANSWER_EMPTY: {
    status: 502,
    title: "Empty response from the PBX",
    cause: "The PBX reported success but sent no body: its API process crashed, or a proxy removed the body.",
    fix: "Check the PBX and the proxies. The export never treats an empty response as a day without calls.",
  },
  WMS_ANSWER_UNEXPECTED: {
    status: 502,
    title: "Unexpected response from the PBX",
    cause: "The response is JSON, but lacks a field of this route, for example `result.records`.",
    fix: "Check the PBX's version (`wildix doctor`). If it is the newest version, report the error.",
  },
  WMS_ANSWER_TOO_LARGE: {
    status: 502,
    title: "Response from the PBX too large",
    cause: "The response has more bytes, or more levels of JSON, than the product accepts.",
    fix: "Ask for fewer rows or fields.",
  },
  WMS_ABORTED: {
    status: 499,
    title: "Aborted request",
    cause: "The program that sent the request aborted it.",
    fix: "Send the request again if it is still needed.",
  },
  WMS_SOUND_LIST_MISSING: {
    status: 409,
    title: "No list of sounds on the PBX",
    cause:
      "This PBX has no route that lists sounds (404). The new sound might overwrite a sound with the same name.",
    fix: "To allow the new sound to overwrite a sound with the same name, send `replace: true`, or give `--replace` to `wildix sound`.",
  },
  WMS_FILTER_IGNORED: {
    status: 502,
    title: "Filter ignored by the PBX",
    cause:
      "The PBX returned legs that do not match the filter. It ignores filters by this field, or it reads dates in another format.",
    fix: "Set date_format of this PBX to dmy or mdy, and filter only by time. If the error persists, the product cannot read the history of this WMS version.",
  },
  WMS_HISTORY_INCOMPLETE: {
    status: 502,
    title: "Incomplete history from the PBX",
    cause: "The PBX returns more or fewer legs than it counts. The product tried every way of paging.",
    fix: "Try again later. If the error persists, check whether the PBX limits the number of legs in a response. Ask for a shorter time range, and report the message.",
  },
} as const satisfies Record<string, ErrorDoc>;

export type WmsCode = keyof typeof wmsErrors;

/** An error of the client or of the PBX. */
export class WmsError extends CodedError<WmsCode> {
  override readonly name = "WmsError";
  constructor(code: WmsCode, info: ErrorDetail) {
    super(code, wmsErrors[code], info);
  }
}
