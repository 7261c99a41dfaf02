import { describe, expect, it } from "vitest";
import { createCalls } from "../../lib/calls/calls.ts";
import type { HeldCall } from "../../lib/calls/ledger/ledger.ts";
import { callTimes } from "../../lib/calls/ledger/record.ts";
import type { CallRecord as HistoryRow } from "../../lib/wms/operations/history-page.ts";
import { callsWith, crm } from "../support/calls.ts";
import { row } from "../support/history-rows.ts";
import { answer, ok } from "../support/scripted.ts";

const page = (...records: HistoryRow[]) => ok({ total: records.length, records });
/** Anew each time: an answer can be read once. */
const newest = () => page(row({ id: "9", start: "2023-11-14 23:59:59" }));
const unknownCall = async (fixture: ReturnType<typeof callsWith>, key = "k"): Promise<HeldCall> => {
  const { id, state } = await fixture.placed({ extension: "108", to: "+16144841500" }, { key });
  const held = await fixture.ledger.read(id);
  if (held === undefined || state !== "UNKNOWN") throw new Error(`the call is ${state}`);
  return held;
};

describe("a call that is looked at", () => {
  it.each(["nothing", "../x", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a".repeat(27), "a".repeat(26)])(
    "is not %s",
    async (id) => {
      await expect(callsWith().calls.look(id, crm)).rejects.toMatchObject({
        code: "NOT_FOUND",
        field: "id",
        message: "no call of this API key has this id; calls are kept for 48 hours",
      });
    },
  );
  it("is not even looked for where its id has another form", async () => {
    const read: string[] = [];
    const { calls } = callsWith({
      state: (inner) => ({
        ...inner,
        read: (key) => {
          read.push(key.partition);
          return inner.read(key);
        },
      }),
    });
    for (const id of ["a".repeat(27), "A".repeat(26), `${"a".repeat(26)}\n`, "1".repeat(26)])
      await expect(calls.look(id, crm)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(read).toEqual([]);
  });
  it("is the caller's own", async () => {
    const { calls, placed } = callsWith({ script: [ok()] });
    const { id } = await placed();
    expect(await calls.look(id, crm)).toMatchObject({ state: "PLACED" });
    await expect(calls.look(id, { ...crm, id: "other" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
  it("and died while it was sent is unknown then, and asked for at once", async () => {
    const fixture = callsWith({ script: [answer(500, {}), newest, page(row())] });
    const { value } = await unknownCall(fixture, "other");
    const {
      state: _state,
      steps: _steps,
      sends: _sends,
      reservedAt: _at,
      changedAt: _changed,
      ...call
    } = value;
    const id = "b".repeat(26);
    const reserved = await fixture.ledger.reserve({ ...call, id }, undefined);
    if (reserved !== undefined) await fixture.ledger.move(reserved, "SENDING");
    fixture.clock.at += callTimes.settleMs - 1;
    expect(await fixture.calls.look(id, crm)).toMatchObject({ state: "SENDING" });
    fixture.clock.at += 1;
    const found = await fixture.calls.look(id, crm);
    expect(found).toMatchObject({ state: "PLACED", evidence: { kind: "inferred", row: "7" } });
    expect(found.steps.map(({ state }) => state)).toEqual(["RESERVED", "SENDING", "UNKNOWN", "PLACED"]);
    expect(fixture.metric("calls_unknown")).toBe(2);
  });
});

describe("the call of a key", () => {
  it("is found for its caller and its key only", async () => {
    const { calls, placed } = callsWith({ script: [ok()] });
    const { id } = await placed(undefined, { key: "k" });
    expect(await calls.find("crm", "k")).toMatchObject({ id, state: "PLACED" });
    expect(await calls.find("crm", "other")).toBeUndefined();
    expect(await calls.find("other", "k")).toBeUndefined();
  });
});

describe("the first uses of what a call needs", () => {
  const usesOf = async (pbx: string | undefined, audit: { open?: () => Promise<void> }) => {
    const used: string[] = [];
    const { ports } = callsWith({
      state: (inner) => ({
        ...inner,
        read: (key) => {
          used.push(`${key.partition} ${key.id}`);
          return inner.read(key);
        },
      }),
    });
    const { pbxs } = ports;
    const calls = createCalls({
      ...ports,
      audit: { ...ports.audit, ...audit },
      pbxs: {
        get: (id?: string) => {
          used.push(`pbx ${id}`);
          return pbxs.get();
        },
      },
    });
    const uses = calls.firstUses(pbx);
    expect(uses.every((use) => use instanceof Promise)).toBe(true);
    expect(uses).toHaveLength(pbx === undefined ? 4 : 5);
    const results = await Promise.all(uses);
    // a signature for no PBX
    expect(results).toContainEqual(
      expect.objectContaining({
        url: "https://localhost/api/v1/Originate/",
        body: expect.stringContaining("channel=-&"),
        claims: expect.anything(),
      }),
    );
    return used.sort();
  };
  it("are a signature, the PBX, the kill switch, the key of names and the audit log", async () => {
    let opened = 0;
    const open = async (): Promise<void> => void opened++;
    expect([await usesOf("milan", { open }), opened]).toEqual([
      ["pbx milan", "pseudonyms key", "switches stop/all", "switches stop/pbx/milan"],
      1,
    ]);
  });
  it("without a PBX, or an audit log that opens, are the rest of them", async () =>
    expect(await usesOf(undefined, {})).toEqual([
      "pseudonyms key",
      "switches stop/all",
      "switches stop/pbx/",
    ]));
});
