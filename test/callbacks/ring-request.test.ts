import { expect, it } from "vitest";
import { ringRequest } from "../../lib/callbacks/ring-request.ts";
import { readCall } from "../../lib/calls/calls.ts";
import { callbackWorld } from "../support/callbacks.ts";
import { customer } from "../support/milan.ts";

it("the call of a callback rings its target for 20 seconds, and its caller may ring only that, at that PBX", () => {
  const pbx = callbackWorld().pbx.asPbx();
  const names = { key: "cb/c/1/0", requestId: "callback c", receivedAt: 5 };
  const ring = { target: "201", number: customer, shown: "Callback Sales" };
  expect(ringRequest(pbx, ring, { caller: "callbacks", ...names })).toStrictEqual({
    wanted: readCall({
      extension: "201",
      to: customer,
      ring_seconds: 20,
      caller_id: { name: "Callback Sales", number: customer },
    }),
    caller: { id: "callbacks", scopes: new Set(["calls:create"]), pbxs: ["milan"], extensions: ["201"] },
    pbx,
    ...names,
    timeLeft: 10_000,
  });
});
