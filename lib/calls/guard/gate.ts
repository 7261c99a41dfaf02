import { needExtension } from "../../callers/allow.ts";
import type { Caller } from "../../callers/caller.ts";
import { defined } from "../../defined.ts";
import { ProductError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { Pseudonyms } from "../../pseudonyms.ts";
import type { StateStore } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { CodedError } from "../../wms/errors.ts";
import type { Destination } from "../dial/destination.ts";
import type { WantedCall } from "../dial/dial.ts";
import { type AuditLine, type AuditLog, auditedNumber, auditedPhone, auditOrLog } from "./audit.ts";
import { createCallerPause } from "./caller-pause.ts";
import { type CappedCall, checkCaps, countCall } from "./caps.ts";
import { countOutcome } from "./day-counts.ts";
import { type AllowedCall, decide } from "./guard.ts";
import { checkStops } from "./kill-switch.ts";
import { CallRefusal, isGateRefusal } from "./refusal.ts";

export interface GatePorts {
  readonly state: StateStore;
  readonly clock: Pick<Clock, "now">;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A call at the gate: asked for, understood, with the phone that rings first where it is known. */
export interface CallAtGate {
  readonly wanted: WantedCall;
  readonly destination: Destination | undefined;
  readonly extension: string | undefined;
  readonly caller: Caller;
  readonly pbx: Pbx;
  /** Undefined for a dry run. */
  readonly call: string | undefined;
  readonly requestId: string;
}

/** The toll guard with all it needs to remember. Each decision is one audit line. */
export const createGate = (ports: GatePorts, pseudonym: Pseudonyms) => {
  const { state, clock, metrics } = ports;
  const callerPause = createCallerPause(state, clock, metrics);
  const audit = auditOrLog(ports.audit, ports.log, metrics);

  const write = (at: CallAtGate, decision: Pick<AuditLine, "decision" | "reason">): Promise<void> =>
    audit({
      at: new Date(clock.now()).toISOString(),
      ...decision,
      pbx: at.pbx.id,
      caller: at.caller.id,
      ...defined({ call: at.call }),
      request: at.requestId,
      ...defined({ extension: at.extension && auditedPhone(at.extension, at.pbx.settings) }),
      ...auditedNumber(at.destination),
      ...(at.wanted.dryRun ? { dry_run: true as const } : {}),
    });

  /** Runs a check; a refusal is audited and counted before it is thrown on. */
  const audited = async <T>(at: CallAtGate, check: () => Promise<T>): Promise<T> => {
    try {
      return await check();
    } catch (error) {
      if (error instanceof CodedError && isGateRefusal(error.code)) {
        const reason = error instanceof CallRefusal ? error.reason : error.code.toLowerCase();
        metrics.put({ calls_refused: 1 });
        await Promise.all([
          write(at, { decision: "refused", reason }),
          ...(at.wanted.dryRun ? [] : [countOutcome(ports, at.pbx.id, "refused")]),
        ]);
      }
      throw error;
    }
  };

  const judged = async (at: CallAtGate): Promise<AllowedCall> => {
    const { wanted, pbx, caller, extension } = at;
    if (extension !== undefined) needExtension(caller, extension);
    const verdict = decide({ ...wanted, ...at }, pbx.settings, clock.now());
    if ("reason" in verdict) {
      const { reason, ...detail } = verdict;
      throw new CallRefusal("CALL_FORBIDDEN", detail, reason);
    }
    await Promise.all([checkStops(state, pbx.id), callerPause.check(pbx.id, caller.id)]);
    return verdict;
  };
  const capped = async ({ pbx, caller, destination }: CallAtGate): Promise<CappedCall> => ({
    pbx: pbx.id,
    caller: caller.id,
    callerCaps: caller.caps,
    destination: destination && (await pseudonym(JSON.stringify([pbx.id, textOf(destination)]))),
    settings: pbx.settings,
  });

  return {
    /** What the call may be. Throws EXTENSION_FORBIDDEN, CALL_FORBIDDEN, CALLS_STOPPED, CALLS_PAUSED, STATE_UNAVAILABLE. */
    check: (at: CallAtGate): Promise<AllowedCall> => audited(at, () => judged(at)),

    /** Counts the call against the caps. Throws CALL_CAPPED, STATE_UNAVAILABLE. */
    count: (at: CallAtGate): Promise<void> =>
      audited(at, async () => {
        try {
          await countCall(state, clock, await capped(at));
        } catch (error) {
          if (error instanceof ProductError && error.code === "CALL_CAPPED")
            await callerPause.refused(at.pbx.id, at.caller.id);
          throw error;
        }
      }),

    /** Writes that the call may go. */
    allow: (at: CallAtGate): Promise<void> => write(at, { decision: "allowed" }),

    /** The whole decision without its traces: no counter moves. Throws what `check` and `count` throw. */
    dryRun: async (at: CallAtGate): Promise<AllowedCall> => {
      const allowed = await audited(at, async () => {
        const verdict = await judged(at);
        await checkCaps(state, await capped(at));
        return verdict;
      });
      await write(at, { decision: "allowed" });
      return allowed;
    },
  };
};

/** What is dialled, the same however it was written. */
export const textOf = (destination: Destination): string =>
  destination.kind === "number" ? destination.number.e164 : destination.digits;
