import { expect, it } from "vitest";
import { archiveEvent } from "../../../lib/callbacks/events/archive.ts";
import { readEvent } from "../../../lib/callbacks/events/envelope.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

it("an event of a customer's PBX is archived under the customer's prefix", async () => {
  const store = plainStore();
  const placements = '{"version":1,"pbxs":{"milan":{"customer":"acme"}}}';
  await writeText(store, "customers.json", placements, { absent: true });
  const body = '{"id":"1","type":"call:started","time":1795000000000}';
  const event = readEvent(body);
  if (event === undefined) throw new Error("no event");
  for (const pbx of ["milan", "rome"]) await archiveEvent(store, pbx, event, body);
  const name = `${event.time}-`;
  expect([...store.objects.keys()]).toEqual([
    "customers.json",
    expect.stringMatching(new RegExp(`^customers/acme/events/dt=[\\d-]+/pbx=milan/${name}`)),
    expect.stringMatching(new RegExp(`^events/dt=[\\d-]+/pbx=rome/${name}`)),
  ]);
});
