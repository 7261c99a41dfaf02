import { defined } from "../../defined.ts";
import { ProductError } from "../../errors.ts";
import { invalid } from "../../input.ts";
import { shown } from "../../mask.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { readPastedNumber } from "../../phone-number.ts";
import type { ListScope } from "../do-not-call.ts";
import { type CalledNumber, calledNumber, readWorldNumber } from "../numbers.ts";
import { policyOf } from "../policy.ts";
import { type CallbackRecord, isCallbackId } from "../record.ts";
import { type CallbackView, viewOf } from "../view.ts";
import { close } from "./decide.ts";
import type { Desk } from "./desk.ts";
import type { HeldCallback } from "./entries.ts";
import type { TakenFact, Taking } from "./take.ts";

/** A callback that a person asks for. */
export interface CallbackRequest {
  /** The typed or pasted number, unchanged. */
  readonly to: string;
  /** Id or name of the queue. */
  readonly queue?: string;
  /** Shown to the agent. */
  readonly name?: string;
  /** Epoch ms. @default now */
  readonly notBefore?: number;
}

export interface CallbackPage {
  readonly callbacks: readonly CallbackView[];
  /** Where the next page begins; absent: this was the last. */
  readonly next?: string;
}

const pageSize = 50;
const longestName = 60;
const farthestMs = 30 * 86_400_000;

/** Callbacks as people and programs ask for them. All methods throw STATE_UNAVAILABLE. */
export const createRequests = (desk: Desk, taking: Taking) => {
  const { state, clock, index, numbers, doNotCall } = desk;

  const find = async (pbx: string, id: string): Promise<HeldCallback> => {
    const held = isCallbackId(id) ? await index.read(pbx, id) : undefined;
    if (held !== undefined) return held;
    throw new ProductError("NOT_FOUND", {
      field: "id",
      detail: `There is no callback ${shown(id)} of ${pbx}. Closed callbacks are kept for 30 days.`,
    });
  };

  /** Closes a waiting callback; notes it of a ringing one. */
  const end = async (
    pbx: string,
    id: string,
    reason: "cancelled" | "do_not_call",
  ): Promise<CallbackRecord> => {
    for (;;) {
      const { value, version, ...item } = await find(pbx, id);
      const now = clock.now();
      if (value.state === "closed" || value.cancelled !== undefined) return value;
      const facts = { policy: undefined, now, number: await numbers.read(pbx, value.number) };
      const record =
        value.state === "ringing"
          ? { ...value, cancelled: now }
          : close(value, facts, reason, Number.POSITIVE_INFINITY).record;
      const written = await index.put(
        { ...item, value, version },
        { ...record, ...untilNow(record, now) },
        now,
      );
      if (written === undefined) continue;
      await desk.noteChange(value, written.value);
      return written.value;
    }
  };

  return {
    /**
     * Opens a callback, or joins the open one of this number and queue. Throws INPUT_INVALID, CALLBACKS_OFF, CALL_FORBIDDEN,
     * DO_NOT_CALL.
     */
    request: async (
      pbx: Pbx,
      { to, queue, name, notBefore }: CallbackRequest,
    ): Promise<{ readonly view: CallbackView; readonly opened: boolean }> => {
      const policy = policyOf(pbx.settings);
      if (policy === undefined)
        throw new ProductError("CALLBACKS_OFF", {
          field: "pbx",
          detail: `${pbx.id} must have the setting \`callbacks\`; got none.`,
        });
      const now = clock.now();
      const from = Math.max(now, notBefore ?? now);
      if (from > now + farthestMs)
        throw invalid("not_before", "must be within 30 days; got a later time. Choose an earlier one.");
      const called = readCalled(pbx, to, policy.countries);
      if (await doNotCall.has(pbx.id, called.e164))
        throw new ProductError("DO_NOT_CALL", {
          field: "to",
          detail: "`to` must not be on the do-not-call list; got a number that is.",
        });
      // as events and history name it
      const named = queue?.trim();
      const asked = {
        notBefore: from,
        ...defined({
          queue: named === undefined || named === "" ? undefined : { name: named },
          name: name?.slice(0, longestName),
        }),
      };
      const { id, taken }: { id: string; taken: TakenFact } = await taking.request(
        pbx,
        policy,
        called,
        asked,
      );
      return { view: viewOf((await find(pbx.id, id)).value, clock.now()), opened: taken === "opened" };
    },

    /** A page of callbacks in no particular order. */
    list: async (
      pbx: string,
      asked: { readonly state?: "open" | "closed"; readonly after?: string; readonly limit?: number } = {},
    ): Promise<CallbackPage> => {
      const callbacks: CallbackView[] = [];
      for await (const { id, value } of state.list<CallbackRecord>(`callbacks/${pbx}`, asked.after)) {
        const isClosed = value.state === "closed";
        if (asked.state !== undefined && isClosed !== (asked.state === "closed")) continue;
        const last = callbacks.at(-1);
        if (last !== undefined && callbacks.length >= (asked.limit ?? pageSize))
          return { callbacks, next: last.id };
        callbacks.push(viewOf({ ...value, id }, clock.now()));
      }
      return { callbacks };
    },

    /** Throws NOT_FOUND. */
    read: async (pbx: string, id: string): Promise<CallbackView> =>
      viewOf((await find(pbx, id)).value, clock.now()),

    /** Cancels a callback; again: the same. `ringing`: a phone may still ring; without it none will. Throws NOT_FOUND. */
    cancel: async (pbx: string, id: string): Promise<CallbackView & { readonly ringing?: true }> => {
      const record = await end(pbx, id, "cancelled");
      return {
        ...viewOf(record, clock.now()),
        ...(record.state === "ringing" ? { ringing: true as const } : {}),
      };
    },

    doNotCall: {
      /** Lists a number, given in E.164, and closes its callbacks at this PBX. False: it was listed already. */
      block: async (
        scope: ListScope,
        e164: string,
        entry: { readonly by: string; readonly note?: string },
      ): Promise<boolean> => {
        const added = await doNotCall.block(scope, e164, entry);
        if (scope === "all") return added;
        const { callbacks } = await numbers.read(scope.pbx, e164);
        for (const id of callbacks)
          if ((await index.read(scope.pbx, id))?.value.state === "waiting")
            await end(scope.pbx, id, "do_not_call");
        return added;
      },
      unblock: doNotCall.unblock,
      list: doNotCall.list,
    },
  };
};

/** A closed record settles what starts up to now, not what starts later. */
const untilNow = (record: CallbackRecord, now: number): Partial<CallbackRecord> =>
  record.state === "closed" ? { until: now } : {};

const readCalled = (pbx: Pbx, to: string, countries: readonly string[]): CalledNumber => {
  const number = readPastedNumber("to", to);
  // no settings allow a callback to an extension, a short number or an emergency number
  readWorldNumber(number, pbx.settings);
  const called = calledNumber(number, pbx.settings, countries);
  if (called !== undefined) return called;
  throw new ProductError("CALL_FORBIDDEN", {
    field: "to",
    detail: `\`to\` must be a fixed-line, mobile or VoIP number in ${countries.join(", ")}; got another number.`,
    sent: "no",
  });
};
