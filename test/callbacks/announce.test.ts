import { expect, it } from "vitest";
import { announceOn } from "../../lib/callbacks/announce.ts";
import { viewOf } from "../../lib/callbacks/view.ts";
import type { BusEvent } from "../../lib/event-bus.ts";
import { waitingCallback } from "../support/milan.ts";

it("a change of a callback is an event of its kind, with the callback and the time", async () => {
  const sent: BusEvent[] = [];
  const bus = {
    put: async (event: BusEvent) => {
      sent.push(event);
      return true;
    },
  };
  const callback = viewOf(waitingCallback({ due: 120_000, misses: [{ start: 1000, end: 9000 }] }), 9000);
  await announceOn(bus, { now: () => 7 })("opened", callback);
  expect(sent).toEqual([{ detailType: "wildix.callback.opened", pbx: "milan", detail: callback, at: 7 }]);
});
