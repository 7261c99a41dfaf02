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
