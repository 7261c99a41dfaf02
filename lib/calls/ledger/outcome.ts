import { defined } from "../../defined.ts";
import { CodedError, type WmsCode, WmsError } from "../../wms/errors.ts";
import type { CallState, RefusedReason } from "./record.ts";

/** The outcome of one attempt. */
export interface SendOutcome {
  readonly state: Extract<CallState, "PLACED" | "REFUSED" | "UNKNOWN">;
  readonly reason?: RefusedReason;
  readonly detail?: string;
  /** Code of the error behind it; docs/errors.md has its cause and fix. */
  readonly because?: string;
  readonly retryAfter?: number;
}

export const placed: SendOutcome = { state: "PLACED" };

/**
 * What a failed attempt means. `left` says whether the first byte of a request may have left, without proof that no phone rang.
 * If it is false, nothing was sent, for every error. Only a clear refusal of the PBX proves that no phone rang; all other
 * outcomes are uncertain until the PBX's history shows more.
 */
export const outcomeOf = (error: unknown, left: boolean): SendOutcome => {
  const coded = error instanceof CodedError ? error : undefined;
  const why = {
    detail: coded?.message ?? "an unexpected error",
    ...defined({ because: coded?.code }),
  };
  const answer = error instanceof WmsError ? error : undefined;
  if (answer?.code === "WMS_UNAUTHORIZED") return { state: "REFUSED", reason: "unauthorized", ...why };
  if (!left) return { state: "REFUSED", reason: "not_sent", ...why };
  if (answer?.code === "WMS_RATE_LIMITED")
    return { state: "REFUSED", reason: "pbx_busy", ...why, retryAfter: answer.retryAfter ?? 30 };
  if (refusals.has(answer?.code)) return { state: "REFUSED", reason: "pbx_refused", ...why };
  return { state: "UNKNOWN", ...why };
};

/** 4xx, and `type: error` with a status of success. Not 3xx: some servers act and then redirect. */
const refusals: ReadonlySet<WmsCode | undefined> = new Set<WmsCode>([
  "WMS_REFUSED",
  "WMS_FORBIDDEN",
  "WMS_NOT_FOUND",
]);
