import { isError } from "../../errors.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { type Policy, rules } from "../policy.ts";
import type { CallbackRecord } from "../record.ts";
import { ringRequest } from "../ring-request.ts";
import { decide } from "./decide.ts";
import type { Ring } from "./decision.ts";
import type { Desk } from "./desk.ts";
import { type RingingCallback, ringingFrom, withoutDial } from "./dials.ts";
import type { HeldCallback } from "./entries.ts";
import type { Judging, Visited } from "./judging.ts";
import { isTalking, spacedFrom } from "./timing.ts";

/** The caller of the calls of callbacks, in the ledger and in audit lines. */
export const callbacksCaller = "callbacks";

/** Characters of the name that the agent's phone shows: a queue of an event can have a longer one than a call may. */
const longestShown = 100;

/** Rings the target of a callback, then lets the PBX dial its number. */
export const createRing = (desk: Desk, judging: Judging) => {
  const { clock, index, numbers, targets, doNotCall, calls, log } = desk;

  const place = async (
    pbx: Pbx,
    record: RingingCallback,
    begun: number,
    back: (ring: Ring, visited: Visited) => Promise<Visited>,
  ): Promise<Visited> => {
    const { number, name, queue, dial } = record;
    // the agent must see that it is a callback
    const shown = ["Callback", name ?? queue?.name ?? queue?.id ?? ""].join(" ").slice(0, longestShown);
    try {
      await calls.place(
        ringRequest(
          pbx,
          { target: dial.target, number, shown },
          { caller: callbacksCaller, key: dial.key, requestId: `callback ${record.id}`, receivedAt: begun },
        ),
      );
    } catch (error) {
      if (isError(error, "CALL_CAPPED", "CALLS_PAUSED")) return back({ is: "capped" }, "done");
      if (isError(error, "CALLS_STOPPED")) return back({ is: "stopped" }, "stopped");
      if (isError(error, "CALL_FORBIDDEN", "EXTENSION_FORBIDDEN", "INPUT_INVALID")) {
        // the record says only `forbidden`
        log.warn("a callback was forbidden", { callback: record.id, pbx: pbx.id, ...errorFields(error) });
        return back({ is: "forbidden" }, "done");
      }
      // what it did is in the ledger, and the next visit reads it there
      log.warn("a callback could not be placed", { callback: record.id, pbx: pbx.id, ...errorFields(error) });
      return "rang";
    }
    desk.metrics.put({ callbacks_rang: 1 });
    await desk.announce("rang", record);
    return "rang";
  };

  return async (
    pbx: Pbx,
    policy: Policy,
    held: HeldCallback,
    record: CallbackRecord,
    begun: number,
  ): Promise<Visited> => {
    const { id, round, n, target = "" } = record;
    const key = `cb/${id}/${round}/${n}`;
    const now = clock.now();
    const ringing = ringingFrom(record, { key, at: now, target });
    const mine = await index.put(held, ringing, now);
    if (mine === undefined) return "busy";
    const back = async (ring: Ring, visited: Visited): Promise<Visited> => {
      const number = await numbers.change(pbx.id, ringing.number, (before) =>
        withoutDial(before, ringing.dial),
      );
      const facts = { ...(await judging.factsFor(pbx, ringing, number)), ring };
      await judging.write(mine, decide(ringing, facts).record, facts);
      await targets.release(pbx.id, target, policy.concurrent, key);
      return visited;
    };
    if (!(await targets.take(pbx.id, target, policy.concurrent, { callback: id, key })))
      return back({ is: "unsent" }, "busy");
    let spaced = true;
    await numbers.change(pbx.id, record.number, (number) => {
      spaced = spacedFrom(number, key) <= now && !isTalking(number, key, now);
      const others = number.dials.filter((dial) => dial.key !== key && dial.at > now - 2 * rules.dayMs);
      return spaced ? { ...number, dials: [...others, { key, at: now }] } : number;
    });
    // another queue's callback dials the number, or it was listed, since the decision
    if (!spaced || (await doNotCall.has(pbx.id, record.number))) return back({ is: "unsent" }, "done");
    return place(pbx, ringing, begun, back);
  };
};
