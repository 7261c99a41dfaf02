import { describe, expect, it } from "vitest";
import { createRehearsal } from "../../lib/callbacks/rehearsal.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { PhoneAct } from "../../simulator/phone-rules.ts";
import { newDirectory, startPbx } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";

const mobile = "+393331234567";
const settings = {
  country: "IT",
  timezone: "Europe/Rome",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["IT"],
};

const setUp = async () => {
  const [{ pbx: simulator, env }, directory] = [await startPbx(), await newDirectory()];
  const ports = await localPorts({
    env: { ...env, WILDIX_SETTINGS: JSON.stringify(settings), HOME: directory },
    directory,
    clock: testClock,
    log: silentLog,
  });
  return { simulator, rehearsal: createRehearsal(ports), pbx: await ports.pbxs.get("default") };
};

describe("a rehearsed call", () => {
  it.each<[string, PhoneAct, PhoneAct, number]>([
    ["agent_missed", "no_answer", "answer", 1],
    ["busy", "answer", "busy", 2],
    ["no_answer", "answer", "no_answer", 2],
    ["talked", "answer", "answer", 2],
  ])("is read as %s if the extension does %s and the mobile %s", async (outcome, first, second, rows) => {
    const { simulator, rehearsal, pbx } = await setUp();
    simulator.pbx.phones.rules.tell("201", first);
    simulator.pbx.phones.rules.tell(mobile, second);
    const call = await rehearsal.place(pbx, "201", mobile);
    await expect
      .poll(async () => (await rehearsal.read(pbx, call)).outcome, { timeout: 20_000 })
      .toBe(outcome);
    expect((await rehearsal.read(pbx, call)).rows.length).toBeGreaterThanOrEqual(rows);
  });
  it("shows no row of another number", async () => {
    const { simulator, rehearsal, pbx } = await setUp();
    simulator.pbx.phones.rules.tell("201", "no_answer");
    const call = await rehearsal.place(pbx, "201", mobile);
    const other = await rehearsal.place(pbx, "202", "+393337654321");
    await expect
      .poll(async () => (await rehearsal.read(pbx, other)).outcome, { timeout: 20_000 })
      .toBe("talked");
    const { rows } = await rehearsal.read(pbx, call);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("7654321");
  });
  it("is refused as a callback would be", async () => {
    const { rehearsal, pbx } = await setUp();
    await expect(rehearsal.place(pbx, "201", "+18765551234")).rejects.toMatchObject({
      code: "CALL_FORBIDDEN",
    });
    await expect(rehearsal.place(pbx, "201", "202")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});
