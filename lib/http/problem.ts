import { productErrors } from "../errors.ts";
import { maskText } from "../mask.ts";
import { CodedError } from "../wms/errors.ts";

/** RFC 9457, with the code, the field, the cure and the request's id. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly cure: string;
  readonly request_id: string;
  readonly field?: string;
  /** Whether the PBX may have acted: `no`, `maybe` or `yes`. */
  readonly sent?: string;
}

/** An error as the caller sees it. What nobody expected says nothing about itself. */
export const problem = (
  error: unknown,
  requestId: string,
): { status: number; body: Problem; retryAfter: number | undefined } => {
  const coded = error instanceof CodedError ? error : undefined;
  const doc = coded?.doc ?? productErrors.INTERNAL;
  const code = coded?.code ?? "INTERNAL";
  const body: Problem = {
    type: `https://github.com/wildix-functions/wildix-functions/blob/main/docs/errors.md#${code.toLowerCase()}`,
    title: doc.title,
    status: doc.status,
    detail: coded === undefined ? doc.cause : maskText(coded.message),
    code,
    cure: doc.cure,
    request_id: requestId,
    ...(coded?.field === undefined ? {} : { field: coded.field }),
    ...(coded?.sent === undefined ? {} : { sent: coded.sent }),
  };
  return { status: doc.status, body, retryAfter: coded?.retryAfter };
};
