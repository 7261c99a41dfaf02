import { type ProductCode, ProductError } from "../../errors.ts";
import type { ErrorDetail } from "../../wms/errors.ts";

/** The codes by which a call is refused before it is sent. Each such refusal is one audit line and is counted. */
const gateRefusals = [
  "EXTENSION_FORBIDDEN",
  "CALL_FORBIDDEN",
  "CALLS_STOPPED",
  "CALLS_PAUSED",
  "CALL_CAPPED",
] as const satisfies readonly ProductCode[];
type GateRefusal = (typeof gateRefusals)[number];

export const isGateRefusal = (code: string): boolean => gateRefusals.some((refusal) => refusal === code);

/** A refusal of a call: no phone rings. The compiler accepts only codes that are audited. */
export class CallRefusal extends ProductError {
  /** The reason in the audit log. */
  readonly reason: string;
  constructor(code: GateRefusal, detail: Omit<ErrorDetail, "sent">, reason: string = code.toLowerCase()) {
    super(code, { ...detail, sent: "no" });
    this.reason = reason;
  }
}
