import { defined } from "../../defined.ts";
import { type ProductCode, ProductError } from "../../errors.ts";
import { type LedgerCall, provenUnsent, type RefusedReason } from "./record.ts";

/** A call as its caller sees it, in every state. Times are ISO 8601, UTC. */
export interface CallView {
  readonly id: string;
  readonly state: LedgerCall["state"];
  readonly pbx: string;
  readonly channel: string;
  readonly exten?: string;
  /** Why nothing rang. */
  readonly reason?: RefusedReason;
  readonly detail?: string;
  /** Code of the error behind it; docs/errors.md has its cause and fix. */
  readonly because?: string;
  /** How an uncertain call was found in the PBX's history, and in which row. */
  readonly evidence?: LedgerCall["evidence"];
  readonly steps: readonly { readonly state: string; readonly at: string; readonly note?: string }[];
  /** When a first byte may have left for the PBX. */
  readonly sends: readonly string[];
  /** What the person should do. */
  readonly next?: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export const viewOf = (call: LedgerCall): CallView => {
  const next = nextFor(call);
  return {
    id: call.id,
    state: call.state,
    pbx: call.pbx,
    channel: call.params.channel,
    ...defined({
      exten: call.params.exten,
      reason: call.reason,
      detail: call.detail,
      because: call.because,
      evidence: call.evidence,
    }),
    steps: call.steps.map(({ at, ...step }) => ({ ...step, at: iso(at) })),
    sends: call.sends.map(iso),
    ...defined({ next }),
  };
};

const nextFor = ({ id, state, extension, givenUp }: LedgerCall): string | undefined => {
  if (state !== "UNKNOWN") return undefined;
  const never =
    "A request with this idempotency key does not ring a phone again. A request with a new one is a new call.";
  if (givenUp) return `No leg in the PBX's history shows whether the phone rang. ${never}`;
  return `Look at the phone ${extension}: it may be ringing. ${never} After the call has ended, GET /calls/${id} may show the result.`;
};

const codes: Readonly<Record<RefusedReason, ProductCode>> = {
  not_sent: "CALL_NOT_SENT",
  stale: "CALL_STALE",
  capped: "CALL_CAPPED",
  pbx_refused: "PBX_REFUSED",
  pbx_busy: "PBX_BUSY",
  unauthorized: "PBX_REFUSED",
};

/** A refused call as the error that its caller gets. Undefined for a call that is not refused. */
export const refusalOf = ({ reason, detail, retryAfter }: LedgerCall): ProductError | undefined => {
  if (reason === undefined) return undefined;
  return new ProductError(codes[reason], {
    detail: detail ?? "no phone rang",
    sent: provenUnsent(reason) ? "no" : "yes",
    ...defined({ retryAfter }),
  });
};
