import { describe, expect, it } from "vitest";
import { createRehearsal } from "../../lib/callbacks/rehearsal.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { OriginateParams } from "../../lib/wms/operations/originate.ts";
import type { PhoneAct } from "../../simulator/phone-rules.ts";
import type { ModelLeg } from "../support/callback-pbx.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { newDirectory, startPbx } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";
import { callingMilan, customer } from "../support/milan.ts";

const setUp = async () => {
  const [{ pbx: simulator, env }, directory] = [await startPbx(), await newDirectory()];
  const ports = await localPorts({
    env: { ...env, WILDIX_SETTINGS: JSON.stringify(callingMilan), HOME: directory },
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
    simulator.pbx.phones.rules.tell(customer, second);
    const call = await rehearsal.place(pbx, "201", customer);
    await expect.poll(async () => (await rehearsal.read(pbx, call)).outcome).toBe(outcome);
    expect((await rehearsal.read(pbx, call)).rows.length).toBeGreaterThanOrEqual(rows);
  });
  it("shows no row of another number", async () => {
    const { simulator, rehearsal, pbx } = await setUp();
    simulator.pbx.phones.rules.tell("201", "no_answer");
    const call = await rehearsal.place(pbx, "201", customer);
    const other = await rehearsal.place(pbx, "202", "+393337654321");
    await expect.poll(async () => (await rehearsal.read(pbx, other)).outcome).toBe("talked");
    const { rows } = await rehearsal.read(pbx, call);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("7654321");
  });
  it.each([
    ["status=403*1@originate", "PBX_REFUSED"],
    ["rate-limit=5*1@originate", "PBX_BUSY"],
  ])("that the PBX refuses with %s fails as %s", async (fault, code) => {
    const { simulator, rehearsal, pbx } = await setUp();
    await simulator.setFault(fault);
    await expect(rehearsal.place(pbx, "201", customer)).rejects.toMatchObject({ code });
  });
  it("is refused before a phone rings, as a callback would be", async () => {
    const { simulator, rehearsal, pbx } = await setUp();
    await expect(rehearsal.check(pbx, "201", "+18765551234")).rejects.toMatchObject({
      code: "CALL_FORBIDDEN",
    });
    await expect(rehearsal.check(pbx, "99999", customer)).rejects.toMatchObject({ code: "CALL_FORBIDDEN" });
    await expect(rehearsal.check(pbx, "201", "202")).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await rehearsal.check(pbx, "201", customer);
    expect(simulator.pbx.phones.calls).toEqual([]);
  });
  it("is refused as a callback would be", async () => {
    const { rehearsal, pbx } = await setUp();
    await expect(rehearsal.place(pbx, "201", "+18765551234")).rejects.toMatchObject({
      code: "CALL_FORBIDDEN",
    });
    await expect(rehearsal.place(pbx, "201", "202")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("a rehearsed call and its rows", () => {
  const at = rome("10:00");
  const setUp = async () => {
    const world = callbackWorld({ start: at });
    const sent: OriginateParams[] = [];
    world.pbx.originate = async (params) => void sent.push(params);
    const [rehearsal, pbx] = [createRehearsal(world.ports), world.pbx.asPbx()];
    const call = await rehearsal.place(pbx, "201", "333 1234567");
    return { ...world, sent, call, read: () => rehearsal.read(pbx, call) };
  };
  /** A leg of another phone or number, at a time after the call began. */
  const legAt = (ms: number, from: string, to: string): ModelLeg => ({
    start: at + ms,
    end: at + ms + 5_000,
    from,
    to,
    disposition: "NO ANSWER",
    channel: "SIP/a-1",
    dstchannel: "SIP/b-1",
  });
  it("shows the agent that it is one, and is audited as one", async () => {
    const { sent, audited, call } = await setUp();
    expect(sent).toMatchObject([
      {
        channel: "Local/201@users",
        exten: customer,
        callerid: `"Callback rehearsal" <${customer}>`,
        timeout: 20_000,
      },
    ]);
    expect(audited).toMatchObject([{ caller: "rehearsal", pbx: "milan" }]);
    expect(call).toMatchObject({ number: customer, dial: { at, target: "201" } });
    expect(call.id).toMatch(/^[a-z2-7]{26}$/);
    expect(audited[0]?.call).toBe(call.id);
    expect(call.dial.key).toMatch(/^rehearsal\/[0-9a-f-]{36}$/);
  });
  it("has no outcome before its rows appear", async () => {
    const { read } = await setUp();
    expect(await read()).toEqual({ rows: [], outcome: undefined });
  });
  it.each([
    ["of the extension", legAt(0, "201", "202"), 1],
    ["of the number", legAt(0, "202", "3331234567"), 1],
    ["of the number, which the PBX writes in parts", legAt(0, "202", "3331-234567"), 1],
    ["of neither", legAt(0, "202", "3337654321"), 0],
    ["that begins 10 s before the call", legAt(-10_000, "201", "202"), 1],
    ["that begins more than 10 s before the call", legAt(-11_000, "201", "202"), 0],
  ])("is shown or left out as a row %s", async (_name, leg, count) => {
    const { pbx, read } = await setUp();
    pbx.show([leg]);
    const { rows } = await read();
    expect(rows.map(({ from_number, to_number }) => [from_number, to_number])).toEqual(
      count === 0 ? [] : [[leg.from, leg.to]],
    );
  });
});
