import type { OriginateParams } from "../../wms/operations/originate.ts";

export type CallState = "RESERVED" | "SENDING" | "PLACED" | "REFUSED" | "UNKNOWN";

/** Why nothing rang. */
export type RefusedReason = "not_sent" | "stale" | "capped" | "pbx_refused" | "pbx_busy" | "unauthorized";

/** Whether nothing was sent at all, so that the same key may try again. The other refusals are the PBX's own. */
export const provenUnsent = (reason: RefusedReason | undefined): boolean =>
  reason === "not_sent" || reason === "stale" || reason === "capped";

/** How an uncertain call was found in the PBX's history. */
export interface Evidence {
  /** `exact`: the row carries this call's mark. `inferred`: phones and time fit. */
  readonly kind: "exact" | "inferred";
  /** The row's id in the PBX's history. */
  readonly row: string;
}

export interface CallStep {
  readonly state: CallState;
  /** Epoch ms. */
  readonly at: number;
  readonly note?: string;
}

/** One call, as the ledger keeps it. */
export interface LedgerCall {
  readonly id: string;
  readonly pbx: string;
  /** Id of the caller whose call it is. */
  readonly caller: string;
  /** Of what was asked for; the same key with another one is a mistake. */
  readonly fingerprint: string;
  readonly state: CallState;
  readonly reason?: RefusedReason;
  /** The reason as text, without a number. */
  readonly detail?: string;
  /** Code of the error behind it. */
  readonly because?: string;
  /** Seconds that a busy PBX asked for. */
  readonly retryAfter?: number;
  /** When this attempt was reserved, epoch ms. */
  readonly reservedAt: number;
  /** When the last transition was, epoch ms. */
  readonly changedAt: number;
  /** One for each first byte that may have left under this key, epoch ms. */
  readonly sends: readonly number[];
  readonly steps: readonly CallStep[];
  /** The phone that rings first. */
  readonly extension: string;
  readonly params: OriginateParams;
  /** The call's `account` or `variable`, if this PBX copies it into its history. */
  readonly mark?: string;
  readonly evidence?: Evidence;
  /** When history was asked last, epoch ms. */
  readonly askedAt?: number;
  /** History was asked for as long as it makes sense, and the call stays uncertain. */
  readonly givenUp?: boolean;
}

const next: Readonly<Record<CallState, readonly CallState[]>> = {
  // a lease that ran out frees the key for another attempt
  RESERVED: ["RESERVED", "SENDING", "REFUSED"],
  // twice after a 401, which proves that nothing rang
  SENDING: ["SENDING", "PLACED", "REFUSED", "UNKNOWN"],
  PLACED: [],
  // only if nothing was sent
  REFUSED: ["RESERVED"],
  UNKNOWN: ["PLACED"],
};

export const isLegal = (from: CallState, to: CallState): boolean => next[from].includes(to);

export const callTimes = {
  /** An attempt that has not begun to send after this, ms, has failed: its key is free. */
  leaseMs: 5_000,
  /** A request that is older than this, ms, is not sent: a frozen process may resume minutes later. */
  oldestMs: 10_000,
  /** An attempt that sends and has not settled after this, ms, has failed: its outcome is unknown. */
  settleMs: 15_000,
  /** How long a call is kept after its last change, s. */
  keptSeconds: 48 * 3600,
  /** How long history is asked for an unknown call, and how often, ms. */
  askForMs: 6 * 3_600_000,
  askEveryMs: 15_000,
};

/** What the record of a key means for the next request with this key. */
export type Phase = "free" | "busy" | "abandoned" | "settled";

/** `free`: this key may send. `abandoned`: the process stopped while it sent. By the reader's clock. */
export const phaseOf = (record: LedgerCall, now: number): Phase => {
  const age = now - record.changedAt;
  switch (record.state) {
    case "RESERVED":
      return age >= callTimes.leaseMs ? "free" : "busy";
    case "SENDING":
      return age >= callTimes.settleMs ? "abandoned" : "busy";
    case "REFUSED":
      return provenUnsent(record.reason) ? "free" : "settled";
    case "PLACED":
    case "UNKNOWN":
      return "settled";
  }
};

/** Seconds after which a busy record is worth another look: most calls are settled within one. */
export const busySeconds = 2;
