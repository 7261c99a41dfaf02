import type { EventBus } from "../../lib/event-bus.ts";

/** Events go nowhere. */
export const noEventBus: EventBus = { put: async () => true };
