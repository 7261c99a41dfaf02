import type { EventBus } from "../event-bus.ts";
import type { Clock } from "../wms/clock.ts";
import type { CallbackPorts } from "./callbacks.ts";

/** Passes changes of callbacks on to the event bus, as `wildix.callback.opened` and the like. */
export const announceOn =
  (bus: EventBus, clock: Pick<Clock, "now">): CallbackPorts["announce"] =>
  async (event, callback) => {
    await bus.put({
      detailType: `wildix.callback.${event}`,
      pbx: callback.pbx,
      detail: callback,
      at: clock.now(),
    });
  };
