import type { Caller } from "../callers/caller.ts";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import type { Pbx } from "../pbxs/pbxs.ts";
import type { Pseudonyms } from "../pseudonyms.ts";
import type { Clock } from "../wms/clock.ts";
import type { OriginateParams } from "../wms/operations/originate.ts";
import { createAgents } from "./agents.ts";
import { automaticKey, callIdOf, earlierKey, fingerprintOf } from "./dial/call-key.ts";
import { readDestination } from "./dial/destination.ts";
import type { WantedCall } from "./dial/dial.ts";
import { type CallAtGate, createGate, type GatePorts, textOf } from "./guard/gate.ts";
import type { HeldCall, Ledger } from "./ledger/ledger.ts";
import type { Reconcile } from "./ledger/reconcile.ts";
import { busySeconds, type LedgerCall, phaseOf } from "./ledger/record.ts";
import { type CallMark, originateParams } from "./originate-params.ts";
import { type Arrival, createSend } from "./send-call.ts";

export interface CallPorts extends GatePorts {
  readonly clock: Clock;
  /** The monotonic clock, ms. */
  readonly monotonic: () => number;
  /** A new id: text that was never used before. */
  readonly newId: () => string;
}

export interface CallRequest {
  readonly wanted: WantedCall;
  readonly caller: Caller;
  readonly pbx: Pbx;
  /** What makes this request the same when it comes again; undefined: an automatic key, for 10 seconds. */
  readonly key: string | undefined;
  /** Names the request in the logs. */
  readonly requestId: string;
  /** When the request was sent, as far as that is known, epoch ms. */
  readonly receivedAt: number;
  /** Milliseconds until the function ends. */
  readonly timeLeft: number;
}

/** `replayed`: nothing was done now, the call is an earlier one. `wouldSend`: a dry run. */
export type CallResult =
  | { readonly record: LedgerCall; readonly replayed: boolean }
  | { readonly wouldSend: OriginateParams };

const limits = {
  /** What a PBX is given to answer, ms; a person waits at a phone. */
  pbxMs: 6_000,
  /** From the request on, ms: the PBX must answer by then, so that the caller has an answer within 8 s. */
  answerMs: 7_000,
};

/**
 * Places a call at most once: dial rules, guard, a reserved key, caps, then one send whose first byte leaves only while the
 * request is young. What cannot be known stays UNKNOWN and is never sent again under its key.
 *
 * Throws INPUT_INVALID, EXTENSION_FORBIDDEN, CALL_FORBIDDEN, CALLS_STOPPED, CALLS_PAUSED, CALL_CAPPED, CALL_IN_PROGRESS,
 * CALL_KEY_REUSED, STATE_UNAVAILABLE, and WmsError if an agent cannot be looked up. What the PBX does is in the record.
 */
export const createPlaceCall = (
  ports: CallPorts,
  ledger: Ledger,
  reconcile: Pick<Reconcile, "noteAbandoned">,
  pseudonym: Pseudonyms,
): ((request: CallRequest) => Promise<CallResult>) => {
  const { state, clock, monotonic } = ports;
  const gate = createGate(ports, pseudonym);
  const agents = createAgents(clock);
  const send = createSend(ports, ledger);

  const dryRun = async (asked: CallAtGate): Promise<CallResult> => {
    const allowed = await gate.dryRun(asked);
    const params = originateParams(asked.wanted, allowed, asked.extension ?? "AGENT", undefined);
    return { wouldSend: params };
  };

  const identify = async (request: CallRequest, asked: CallAtGate): Promise<Identity> => {
    const { wanted, caller, pbx, key, receivedAt } = request;
    const to = asked.destination && textOf(asked.destination);
    if (key !== undefined)
      return { id: callIdOf(caller.id, key), fingerprint: fingerprintOf(wanted, pbx.id, to) };
    // a second press of a button asks for the same phones; the rest of the request may differ
    const meaning = JSON.stringify([pbx.id, caller.id, wanted.first, to, wanted.application]);
    const named = pbx.pseudonym(meaning);
    const [same, earlier] = await Promise.all([pseudonym(meaning), earlierKey(state, receivedAt, named)]);
    if (earlier !== undefined) return { id: callIdOf(caller.id, earlier), fingerprint: named };
    const made = await automaticKey(state, receivedAt, same, ports.newId);
    return { id: callIdOf(caller.id, made), fingerprint: same };
  };

  /** What a key stands for already; undefined: nothing that keeps it from being sent. Throws CALL_KEY_REUSED, CALL_IN_PROGRESS. */
  const replay = ({ value: record }: HeldCall, fingerprint: string): CallResult | undefined => {
    if (record.fingerprint !== fingerprint)
      throw new ProductError("CALL_KEY_REUSED", {
        field: "idempotency-key",
        detail: "this idempotency key was used for another call",
      });
    const phase = phaseOf(record, clock.now());
    if (phase === "free") return undefined;
    if (phase === "settled") return { record, replayed: true };
    throw inProgress();
  };

  /** Another request took this key in between: theirs is the call. */
  const lost = async ({ id, fingerprint }: Identity): Promise<CallResult> => {
    const held = await ledger.read(id);
    const theirs = held && replay(held, fingerprint);
    if (theirs === undefined) throw inProgress();
    return theirs;
  };

  /** Reserves the key for this attempt only. */
  const reserve = async (
    at: CallAtGate & { readonly extension: string },
    { id, fingerprint }: Identity,
    current: HeldCall | undefined,
  ): Promise<HeldCall | undefined> => {
    const { wanted, pbx, caller, extension } = at;
    const allowed = await gate.check(at);
    const mark: CallMark | undefined = pbx.settings.call_marker && {
      text: markOf(id),
      in: pbx.settings.call_marker,
    };
    const call = {
      id,
      pbx: pbx.id,
      caller: caller.id,
      fingerprint,
      extension,
      params: originateParams(wanted, allowed, extension, mark),
      ...defined({ mark: mark?.text }),
    };
    return ledger.reserve(call, current);
  };

  /** Counts a reserved call. If a cap is reached, the key is free again. */
  const count = async (at: CallAtGate, held: HeldCall): Promise<void> => {
    try {
      await Promise.all([gate.count(at), ledger.open(held.value.id)]);
    } catch (error) {
      if (error instanceof ProductError && error.code === "CALL_CAPPED")
        await ledger.move(held, "REFUSED", { reason: "capped", detail: error.message });
      throw error;
    }
  };

  const report = (
    requestId: string,
    { id: call, caller, pbx, state: now, reason, detail }: LedgerCall,
  ): void => {
    if (now === "PLACED") ports.metrics.put({ calls_placed: 1 });
    if (now === "UNKNOWN") ports.metrics.put({ calls_unknown: 1 });
    ports.log.info("a call was sent", { requestId, call, caller, pbx, state: now, reason, detail });
  };

  return async (request) => {
    // the time since then, by the monotonic clock too: the request may have waited for this process
    const waited = Math.max(0, clock.now() - request.receivedAt);
    const arrival: Arrival = { at: request.receivedAt, monotonic: monotonic() - waited };
    const left = (): number =>
      Math.max(0, Math.min(limits.answerMs, request.timeLeft) - (monotonic() - arrival.monotonic));
    const { wanted, pbx, requestId, caller } = request;
    const asked: CallAtGate = {
      wanted,
      destination: wanted.to === undefined ? undefined : readDestination(wanted.to, pbx.settings),
      extension: "extension" in wanted.first ? wanted.first.extension : undefined,
      caller,
      pbx,
      call: undefined,
      requestId,
    };
    if (wanted.dryRun) return dryRun(asked);

    const identity = await identify(request, asked);
    const found = await ledger.read(identity.id);
    const current = found && (await reconcile.noteAbandoned(found));
    const earlier = current && replay(current, identity.fingerprint);
    if (earlier !== undefined) return earlier;

    const extension =
      "extension" in wanted.first
        ? wanted.first.extension
        : await agents(pbx, wanted.first.agent, { timeoutMs: left() });
    const at = { ...asked, extension, call: identity.id };
    const reserved = await reserve(at, identity, current);
    if (reserved === undefined) return lost(identity);
    await count(at, reserved);
    const [held] = await Promise.all([ledger.move(reserved, "SENDING"), gate.allow(at)]);
    if (held === undefined) return lost(identity);
    const record = await send(pbx.client, held, arrival, Math.min(limits.pbxMs, left()));
    report(requestId, record);
    return { record, replayed: false };
  };
};

/** The call that a request means, and what it asked for. */
interface Identity {
  readonly id: string;
  readonly fingerprint: string;
}

/** A call's mark in the PBX's history: account codes may not be longer. */
const markOf = (id: string): string => id.slice(0, 20);

const inProgress = (): ProductError =>
  new ProductError("CALL_IN_PROGRESS", {
    field: "idempotency-key",
    detail: "another request with this idempotency key is in progress",
    retryAfter: busySeconds,
  });
