/**
 * A process that plans exports with local adapters or those of AWS: `plan-one local|aws plan|bare|finish|status DIRECTORY FILE HOURS DAYS`.
 *
 * `plan`: one run of the function, so many hours from now.
 * `bare`: what planning so many days for each PBX cannot leave out: a record, a message, and the record once more.
 * `status`: what `wildix status --stage` reads of so many days.
 * `finish`: what the workers leave behind: so many days of each PBX done, in the records and by a manifest.
 */
import { viewFleet } from "../cli/days/fleet-view.ts";
import { planAllExports } from "../functions/plan-exports.ts";
import { atOnce } from "../lib/at-once.ts";
import { awsPlannerPorts } from "../lib/aws/ports/planner-ports.ts";
import { dayAt, shiftDay } from "../lib/history/calendar/local-days.ts";
import { createDayLedger, isOpen, readPbxDays } from "../lib/history/days/day-ledger.ts";
import { plannedPbxs } from "../lib/history/days/due-days.ts";
import { messageFor } from "../lib/history/days/export-message.ts";
import { manifestPbxs } from "../lib/history/days/manifest-pbxs.ts";
import { planned, type QueuedDay, sent, serializePbxDay } from "../lib/history/days/pbx-day.ts";
import { manifestKey } from "../lib/history/publication/manifest.ts";
import { localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import type { PlannerPorts } from "../lib/ports.ts";
import { type StateKey, stateSeconds } from "../lib/state.ts";
import { writeText } from "../lib/store/store.ts";
import { newToken } from "../lib/token.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { zone } from "./day.ts";
import { measure } from "./measure.ts";

/** As queue-days.ts has it. */
const writesAtOnce = 32;
/** About what a manifest has; nobody reads it here. */
const manifestText = "x".repeat(1_500);

const [, , where, task, directory = "", pbxFile = "", hours = "0", daysText = "0"] = process.argv;
const clock = { now: () => Date.now() + Number(hours) * 3_600_000, sleep: systemClock.sleep };
const ports: PlannerPorts = {
  ...(where === "aws"
    ? awsPlannerPorts()
    : await localPorts({ env: process.env, directory, pbxFile, log: silentLog })),
  clock,
};
const { state, queue, store, random } = ports;
const pbxs = (await ports.registry.list()).map(({ id }) => id);
const today = dayAt(zone, clock.now());
const days = Array.from({ length: Number(daysText) }, (_, back) => shiftDay(today, -1 - back));
const expires = stateSeconds(clock.now()) + 86_400;

const plan = async (): Promise<{ queued: number }> => {
  const { queued } = await planAllExports(ports)(
    {},
    { awsRequestId: "bench", getRemainingTimeInMillis: () => 300_000 },
  );
  return { queued };
};

const bare = async (): Promise<{ queued: number }> => {
  const now = stateSeconds(clock.now());
  const key = (day: string, id: string): StateKey => ({ partition: `bare/${day}`, id });
  for (const day of days) {
    const written: { pbx: string; record: QueuedDay; version: string }[] = [];
    await atOnce(writesAtOnce, pbxs, async (pbx) => {
      const record = planned(undefined, newToken(random), today, now);
      const item = await state.write(key(day, pbx), serializePbxDay(record), { absent: true }, expires);
      if (item) written.push({ pbx, record, version: item.version });
    });
    await queue.send(
      written.map(({ pbx, record }) => messageFor({ pbx, day, zone, token: record.token, part: 1 })),
    );
    await atOnce(writesAtOnce, written, async ({ pbx, record, version }) => {
      await state.write(key(day, pbx), serializePbxDay(sent(record, now)), { version }, expires);
    });
  }
  return { queued: days.length * pbxs.length };
};

const finish = async (): Promise<object> => {
  const ledger = createDayLedger(ports);
  for (const day of days) {
    const records = await readPbxDays(state, day);
    const there = await manifestPbxs(store, day, records, () => false);
    await atOnce(writesAtOnce, pbxs, async (pbx) => {
      const seen = records.get(pbx);
      if (!there.has(pbx)) await writeText(store, manifestKey(day, pbx), manifestText, { absent: true });
      const open = seen ?? (await ledger.plan({ pbx, day }, undefined, newToken(random), today));
      if (open === undefined || !isOpen(open)) return;
      const running = await ledger.start(open, stateSeconds(clock.now()));
      // its event is sent, as a worker leaves it
      if (running) await ledger.finish(running, { rows: 1, seconds: 1, format: ports.config.format }, false);
    });
  }
  return {};
};

const status = async (): Promise<{ pbxs: number }> => {
  const places = plannedPbxs(await ports.registry.list(), ports.config, ports);
  const { totals } = await viewFleet(ports, { places, unplanned: [] }, days);
  return { pbxs: totals.pbxs };
};

await measure({ plan, bare, finish, status }[task as "plan"]);
