import { expect, it } from "vitest";
import { planAllExports } from "../../functions/plan-exports.ts";
import { manifestKey } from "../../lib/history/publication/manifest.ts";
import { day, exportWorld, workAll } from "../support/export-world.ts";

const invocation = { awsRequestId: "a", getRemainingTimeInMillis: () => 900_000 };

it("the planner places a PBX before its first export, finds its manifests there, and notifies once of a change", async () => {
  const world = await exportWorld(
    {},
    { WILDIX_CATCH_UP_DAYS: "1", WILDIX_LOOKBACK_DAYS: "0", WILDIX_START_DATE: day },
  );
  const notified: string[] = [];
  let customer = "acme";
  const list = async () => (await world.ports.registry.list()).map((entry) => ({ ...entry, customer }));
  const ports = {
    ...world.ports,
    registry: { list },
    alarms: { notify: async (subject: string, text: string) => void notified.push(`${subject}\n${text}`) },
  };
  const plan = () => planAllExports(ports)({}, invocation);
  expect(await plan()).toMatchObject({ queued: 1 });
  expect(await workAll(world)).toEqual(["exported"]);
  expect(world.ports.store.objects.has(`customers/acme/${manifestKey(day, "milan")}`)).toBe(true);
  customer = "beta";
  for (let run = 0; run < 2; run++) expect(await plan()).toMatchObject({ queued: 0 });
  expect(notified.filter((text) => text.includes("customer"))).toEqual([
    expect.stringContaining("milan: its exports belong to customer acme, but the registry has customer beta"),
  ]);
});
