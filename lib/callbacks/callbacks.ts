import { errorFields } from "../log.ts";
import { type CallbackPorts, createDesk } from "./controller/desk.ts";
import { createPolls } from "./controller/poll.ts";
import { createRequests } from "./controller/requests.ts";
import { createSweep, type SweepReport } from "./controller/sweep.ts";
import { createTaking, type TakenFact } from "./controller/take.ts";
import { createVisit } from "./controller/visit.ts";
import { createEventsSeen } from "./events-seen.ts";
import type { CallFact } from "./facts.ts";

export type { CallbackEvent, CallbackPorts } from "./controller/desk.ts";
export type { CallbackRequest } from "./controller/requests.ts";
export type { SweepReport } from "./controller/sweep.ts";
export { type Forgotten, forgetNumber } from "./forget-number.ts";

/** Callbacks of one deployment. Create it once for each process. */
export const createCallbacks = (ports: CallbackPorts) => {
  const desk = createDesk(ports);
  const taking = createTaking(desk);
  const poll = createPolls(desk, taking);
  const visitDue = createSweep(desk, createVisit(desk, taking));
  const noteEvents = createEventsSeen(ports.state, ports.clock);
  return {
    ...createRequests(desk, taking),
    /** Applies a fact from an event. Throws STATE_UNAVAILABLE and the errors of reading a PBX; then apply the fact again. */
    takeFact: async (fact: CallFact): Promise<TakenFact> => {
      const pbx = await ports.pbxs.get(fact.pbx);
      if (pbx.settings.callbacks !== undefined) await noteEvents(fact.pbx);
      return taking.take(pbx, fact);
    },
    /** Polls the history of PBXs that send no events, and handles due callbacks, until `deadline` (epoch ms). */
    sweep: async (deadline: number): Promise<SweepReport> => {
      try {
        await poll(deadline);
      } catch (error) {
        ports.log.warn("call history could not be polled", errorFields(error));
      }
      return visitDue(deadline);
    },
  };
};
