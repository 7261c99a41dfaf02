import { setImmediate } from "node:timers/promises";
import type { Caller } from "../callers/caller.ts";
import { ProductError } from "../errors.ts";
import type { Pbxs } from "../pbxs/pbxs.ts";
import { createPseudonyms } from "../pseudonyms.ts";
import { originateRequest } from "../wms/operations/originate.ts";
import { sign } from "../wms/signing/sign.ts";
import { callIdOf } from "./dial/call-key.ts";
import { readCall } from "./dial/dial.ts";
import { readNumber } from "./dial/number.ts";
import { checkStops } from "./guard/kill-switch.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createReconcile } from "./ledger/reconcile.ts";
import type { LedgerCall } from "./ledger/record.ts";
import { type CallPorts, createPlaceCall } from "./place-call.ts";

export { readDestination } from "./dial/destination.ts";
// for lib/callbacks, which uses this room by its entry file
export { readCall } from "./dial/dial.ts";
export { checkStops } from "./guard/kill-switch.ts";
export { type LedgerCall, provenUnsent } from "./ledger/record.ts";
export { refusalOf } from "./ledger/view.ts";
export type { CallPorts, CallRequest } from "./place-call.ts";

/** Calls of one deployment: placing them, and looking at them. */
export const createCalls = (ports: CallPorts & { readonly pbxs: Pick<Pbxs, "get"> }) => {
  const ledger = createLedger(ports.state, ports.clock);
  const reconcile = createReconcile(ports, ledger);
  const pseudonym = createPseudonyms(ports.state, ports.newId);
  return {
    place: createPlaceCall(ports, ledger, reconcile, pseudonym),
    /** What became of a caller's key. Undefined: nothing was reserved under it. Throws STATE_UNAVAILABLE. */
    find: async (caller: string, key: string): Promise<LedgerCall | undefined> =>
      (await ledger.read(callIdOf(caller, key)))?.value,
    /** The current state of a caller's call. History is read for an UNKNOWN one. Throws NOT_FOUND for other callers' calls too. */
    look: async (id: string, caller: Caller): Promise<LedgerCall> => {
      const held = /^[a-z2-7]{26}$/.test(id) ? await ledger.read(id) : undefined;
      if (held === undefined || held.value.caller !== caller.id)
        throw new ProductError("NOT_FOUND", {
          field: "id",
          detail: "no call of this API key has this id; calls are kept for 48 hours",
        });
      return (await reconcile.lookAfter(held)).held.value;
    },
    /** First uses of what a call needs, through this PBX if one is named: see `Handler.warm`. */
    firstUses: (pbx: string | undefined): readonly Promise<unknown>[] => {
      return [
        ...(pbx === undefined ? [] : [ports.pbxs.get(pbx)]),
        checkStops(ports.state, pbx ?? ""),
        pseudonym.readAhead(),
        ports.audit.open?.() ?? Promise.resolve(),
        compute(),
      ];
    },
  };
};

/** The first uses that send nothing, while the answers of the others are on their way. */
const compute = async (): Promise<unknown> => {
  await setImmediate();
  // numbering plans are read with the first number, schemas are compiled with the first body
  readNumber("+390212345678", "IT");
  readCall({ extension: "100", to: "+390212345678" });
  // for no PBX: the first signature takes longer than all others
  const auth = { kind: "s2s", app_id: "-", app_name: "-", secret_key: "-" } as const;
  return sign({ host: "https://localhost", auth }, originateRequest({ channel: "-" }), 0);
};
