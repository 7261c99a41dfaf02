import { defined } from "../defined.ts";
import { productErrors } from "../errors.ts";
import { maskText } from "../mask.ts";
import { CodedError } from "../wms/errors.ts";
import { isOfRequest, type SentFields, sentAs } from "./sent-as.ts";

/** RFC 9457, with the code, the field, the fix and the request's id. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** The fix. The name is public, so it stays. */
  readonly cure: string;
  readonly request_id: string;
  readonly field?: string;
  /** Whether the PBX may have acted: `no`, `maybe` or `yes`. */
  readonly sent?: string;
}

/** An error as the caller sees it, with the name under which the caller sent the field. An unexpected error shows no detail. */
export const problem = (
  error: unknown,
  requestId: string,
  sent?: SentFields,
): { status: number; body: Problem; retryAfter: number | undefined } => {
  const coded = error instanceof CodedError ? error : undefined;
  const doc = coded?.doc ?? productErrors.INTERNAL;
  const code = coded?.code ?? "INTERNAL";
  const field = coded?.field;
  const named = field !== undefined && sent !== undefined && isOfRequest(error) ? sentAs(field, sent) : field;
  const body: Problem = {
    type: `https://github.com/wildix-functions/wildix-functions/blob/main/docs/errors.md#${code.toLowerCase()}`,
    title: doc.title,
    status: doc.status,
    detail: coded === undefined ? doc.cause : maskText(renamed(coded.message, field, named)),
    code,
    cure: doc.fix,
    request_id: requestId,
    ...defined({ field: named, sent: coded?.sent }),
  };
  return { status: doc.status, body, retryAfter: coded?.retryAfter };
};

/** Whether the deployment failed: its settings, secrets or services, and not the request or a PBX. */
export const isOwnFailure = ({ status, code }: Problem): boolean =>
  status === 500 || code.endsWith("_UNAVAILABLE");

/** A message begins with its field in backticks. */
const renamed = (message: string, field: string | undefined, named: string | undefined): string => {
  if (field === undefined || named === undefined) return message;
  const start = `\`${field}\``;
  return message.startsWith(start) ? `\`${named}\`${message.slice(start.length)}` : message;
};
