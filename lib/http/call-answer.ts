import type { LedgerCall } from "../calls/ledger/record.ts";
import { refusalOf, viewOf } from "../calls/ledger/view.ts";
import type { CallResult } from "../calls/place-call.ts";
import { defined } from "../defined.ts";
import type { HttpAnswer, HttpRequest } from "./api.ts";
import { problem } from "./problem.ts";

/**
 * The answer to POST /calls: 201 placed, 200 a replay or a dry run, 202 unknown. A refused call is problem+json that contains the
 * call.
 */
export const callAnswer = (
  result: CallResult,
  pbx: string,
  { requestId, sent }: Pick<HttpRequest, "requestId" | "sent">,
): HttpAnswer => {
  if ("wouldSend" in result)
    return { status: 200, body: { dry_run: true, pbx, would_send: result.wouldSend } };
  const { record, replayed } = result;
  const headers = {
    Location: `/calls/${record.id}`,
    ...(replayed ? { "Idempotent-Replayed": "true" } : {}),
  };
  const refusal = refusalOf(record);
  if (refusal === undefined) return { status: statusOf(record, replayed), body: viewOf(record), headers };
  const { status, body, retryAfter } = problem(refusal, requestId, sent);
  return {
    status,
    body: { ...body, call: viewOf(record) },
    headers: {
      ...headers,
      "Content-Type": "application/problem+json",
      ...defined({ "Retry-After": retryAfter?.toString() }),
    },
  };
};

const statusOf = ({ state }: LedgerCall, replayed: boolean): number => {
  if (state !== "PLACED") return 202;
  return replayed ? 200 : 201;
};
