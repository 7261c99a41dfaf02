/** What the documentation says of one error code; docs/errors.md is generated from these. */
export interface ErrorDoc {
  /** HTTP status of the answer that reports it. */
  readonly status: number;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}

export interface ErrorDetail {
  /** What happened this time. Holds no secret and no whole phone number. */
  readonly detail: string;
  /** The input field or parameter at fault, such as `filter.start.from`. */
  readonly field?: string;
  readonly cause?: unknown;
  /** Whether the PBX may have acted on the request. */
  readonly sent?: "no" | "maybe" | "yes";
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** The PBX's HTTP status, where it answered. */
  readonly pbxStatus?: number;
}

/** An error with a code from a closed union, a cause and a cure. */
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
    title: "The PBX's host is not usable",
    cause: "The host is not an https origin, or an address that requests must not go to.",
    cure: "Write the host as https://NAME.wildixin.com, without path, query or user; http is for loopback only.",
  },
  WMS_CREDENTIALS_INVALID: {
    status: 500,
    title: "The PBX's credentials are not usable",
    cause:
      "app_id, app_name, secret_key, api_key or token is missing, empty, or has characters that cannot travel in a header.",
    cure: "Copy them again from WMS: PBX -> Integrations -> Applications -> S2S.",
  },
  WMS_METHOD_INVALID: {
    status: 400,
    title: "The method is not one that WMS takes",
    cause: "The method is not an upper-case HTTP method.",
    cure: "Use GET, POST, PUT or DELETE.",
  },
  WMS_PATH_INVALID: {
    status: 400,
    title: "The path would reach the PBX differently from how it is signed",
    cause:
      "The path has dot segments, a host name, a port-like `:123`, or a mix of escaped and unescaped characters.",
    cure: "Give the API path alone, such as /api/v1/PBX/ping/, and percent-encode what is not plain text in it.",
  },
  WMS_PARAM_INVALID: {
    status: 400,
    title: "The PBX would read this parameter differently from how it is signed",
    cause: "Its name or value does not survive the way to the PBX (docs/signing.md lists what does not).",
    cure: "Change the parameter that the message names, as the message says.",
  },
  WMS_HEADER_INVALID: {
    status: 400,
    title: "This header cannot be sent",
    cause:
      "Its name or value is not allowed in HTTP, it is given twice, or it is one that the client sets itself.",
    cure: "Change or leave out the header that the message names.",
  },
  WMS_UNREACHABLE: {
    status: 502,
    title: "The PBX cannot be reached",
    cause: "Its name is not known, or nothing answers at its address. Nothing was sent.",
    cure: "Check the host's spelling, that the PBX is up, and that this network may reach it.",
  },
  WMS_TLS: {
    status: 502,
    title: "The PBX's certificate is not trusted",
    cause:
      "The TLS handshake failed: a certificate that is self-signed, expired, or for another name. Nothing was sent.",
    cure: "Use the name that the certificate is for, or give the PBX a valid certificate (NODE_EXTRA_CA_CERTS adds an authority).",
  },
  WMS_TIMEOUT: {
    status: 504,
    title: "The PBX did not answer in time",
    cause: "The PBX is overloaded, or far away, or the question is too large.",
    cure: "Ask for less at once, or later. A call that may have been placed is not placed again.",
  },
  WMS_CONNECTION_LOST: {
    status: 502,
    title: "The connection to the PBX broke off",
    cause: "The PBX, or something between, closed the connection before the answer was complete.",
    cure: "Reads are tried again by themselves; look at the PBX's health if it lasts.",
  },
  WMS_UNAUTHORIZED: {
    status: 502,
    title: "The PBX refused the credentials (401)",
    cause:
      "A wrong secret, app name or app id, an application of another PBX, an expired key, or a wrong clock.",
    cure: "Run `wildix doctor`: it tells these apart.",
  },
  WMS_FORBIDDEN: {
    status: 502,
    title: "The PBX's application lacks the right (403)",
    cause: "The user that the application was made for may not do this (its ACL), or the key lacks a scope.",
    cure: "Give the application's user the right in WMS, or use a key with the scope.",
  },
  WMS_NOT_FOUND: {
    status: 502,
    title: "The PBX does not know this route or object (404)",
    cause: "The WMS version has no such route, the object is gone, or the host is not a PBX.",
    cure: "Check the id and the PBX's version (`wildix doctor`).",
  },
  WMS_RATE_LIMITED: {
    status: 503,
    title: "The PBX asks for fewer requests (429)",
    cause: "Too many requests in a short time.",
    cure: "Wait as long as the answer says; lower requests_per_second of this PBX.",
  },
  WMS_REFUSED: {
    status: 502,
    title: "The PBX refused the request",
    cause: "The PBX found a parameter missing or wrong.",
    cure: "Read the PBX's reason in the message.",
  },
  WMS_SERVER_ERROR: {
    status: 502,
    title: "The PBX failed (5xx)",
    cause: "An error inside the PBX. WMS also answers 500 where parameters are missing.",
    cure: "Check the parameters first, then the PBX.",
  },
  WMS_REDIRECTED: {
    status: 502,
    title: "The host redirects elsewhere",
    cause: "The host is a portal or proxy; a redirect is never followed, because its target was not signed.",
    cure: "Use the PBX's own host name.",
  },
  WMS_NOT_JSON: {
    status: 502,
    title: "The answer is not from the WMS API",
    cause: "The answer is HTML or text: a login page, a proxy, or a host that is not a PBX.",
    cure: "Check the host and the path; run `wildix doctor`.",
  },
  WMS_ANSWER_TRUNCATED: {
    status: 502,
    title: "The PBX's answer is cut off",
    cause: "The body ends before the JSON does.",
    cure: "Reads are tried again by themselves; look at proxies between if it lasts.",
  },
  WMS_ANSWER_EMPTY: {
    status: 502,
    title: "The PBX's answer is empty",
    cause: "A status of success without a body: the API's process died, or a proxy swallowed it.",
    cure: "Look at the PBX's health. An empty answer never counts as `no calls`.",
  },
  WMS_ANSWER_UNEXPECTED: {
    status: 502,
    title: "The PBX's answer has another shape",
    cause: "JSON, but without what this route answers (such as `result.records`).",
    cure: "Check the PBX's version; please report it if the version is current.",
  },
  WMS_ANSWER_TOO_LARGE: {
    status: 502,
    title: "The PBX's answer is too large",
    cause: "The answer exceeds the limit of the response size.",
    cure: "Ask for fewer rows or fields at once.",
  },
  WMS_ABORTED: {
    status: 499,
    title: "The request was given up",
    cause: "The caller aborted it.",
    cure: "None is needed.",
  },
  WMS_SOUND_LIST_MISSING: {
    status: 409,
    title: "The PBX cannot say whether the sound exists",
    cause: "This PBX has no route that lists sounds (404), so a sound of that name might be overwritten.",
    cure: "Send `replace: true` if that is what you want.",
  },
  WMS_FILTER_IGNORED: {
    status: 502,
    title: "The PBX ignored a filter",
    cause:
      "Rows outside the time window, or with other values than the filter has, came back: this PBX does not filter by this field, or reads dates in another order.",
    cure: "Set date_format of this PBX to dmy or mdy; if rows outside the window still come back, this WMS version cannot be exported. Leave out other filters.",
  },
  WMS_HISTORY_INCOMPLETE: {
    status: 502,
    title: "The PBX's rows do not add up",
    cause: "The PBX counts other rows than it hands out, in every way of paging that was tried.",
    cure: "Try again later; if it lasts, look for a row limit in the PBX and ask for a shorter window.",
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
