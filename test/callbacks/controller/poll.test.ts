import { describe, expect, it } from "vitest";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import { createPolls } from "../../../lib/callbacks/controller/poll.ts";
import { createTaking } from "../../../lib/callbacks/controller/take.ts";
import { createEventsSeen } from "../../../lib/callbacks/events-seen.ts";
import { ProductError } from "../../../lib/errors.ts";
import type { StateStore } from "../../../lib/state.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import type { HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { missedLegs } from "../../support/callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";

const minute = 60_000;
const now = rome("10:00");
const foundKey = { partition: "callbacks/found", id: "pbxs" };
const cursorKey = (pbx = "milan") => ({ partition: `callbacks/cursor/${pbx}`, id: "history" });
const entryId = (at: number, pbx = "milan") => `${String(Math.floor(at / 1000)).padStart(11, "0")}~${pbx}`;
interface Mark {
  readonly at: number;
  readonly id?: string;
}

const pollWorld = (options: WorldOptions & { readonly ports?: object } = {}) => {
  const world = callbackWorld({ start: now, ...options });
  const questions: HistoryPageQuery[] = [];
  const page = world.pbx.page.bind(world.pbx);
  world.pbx.page = (query) => {
    questions.push(query);
    return page(query);
  };
  const desk = createDesk({ ...world.ports, ...options.ports });
  const poll = createPolls(desk, createTaking(desk));
  return {
    ...world,
    questions,
    poll: (deadline = world.clock.at + 50_000) => poll(deadline),
    /** PBXs were looked for already, a minute ago. */
    found: (at = now - minute) => world.inner.write(foundKey, at, { absent: true }),
    enter: (at = now, pbx = "milan") =>
      world.inner.write({ partition: "callbacks/polls", id: entryId(at, pbx) }, null, { absent: true }),
    entries: async (): Promise<string[]> => {
      const items = await Array.fromAsync(world.inner.list("callbacks/polls"));
      return items.map(({ id }) => id);
    },
    setCursor: (cursor: object) => world.inner.write(cursorKey(), { due: now, ...cursor }, { absent: true }),
    cursor: async (pbx?: string) => (await world.inner.read(cursorKey(pbx)))?.value,
  };
};
const asked = (questions: readonly HistoryPageQuery[]) => questions.map(({ filter }) => filter);
const { callbacks: _off, ...plain } = milan;

/** A poll that is due, of a PBX whose history was read before. */
const duePoll = async (cursor: object = {}, options: WorldOptions & { readonly ports?: object } = {}) => {
  const world = pollWorld(options);
  await world.found();
  await world.enter();
  if (Object.keys(cursor).length > 0) await world.setCursor(cursor);
  return world;
};

describe("the time that a poll asks for", () => {
  const at = (time: string, id?: string): Mark => ({ at: rome(time), ...(id === undefined ? {} : { id }) });
  it.each<[string, object, string, string?]>([
    ["begins ten minutes before the first poll", {}, "2026-11-24 09:50:00"],
    ["is the same where nothing was noted", { marks: [] }, "2026-11-24 09:50:00"],
    [
      "begins 25 minutes before the PBX was last seen to send events",
      { marks: [], spoke: rome("09:55") },
      "2026-11-24 09:30:00",
    ],
    [
      "does not heed events from before the last polls",
      { marks: [at("09:55")], spoke: rome("09:00") },
      "2026-11-24 09:45:00",
    ],
    [
      "begins ten minutes before the first mark until one is ten minutes older than the last",
      { marks: [{ at: rome("09:45") + 1, id: "5" }, at("09:50"), at("09:55", "7")] },
      "2026-11-24 09:35:00",
    ],
    [
      "then is five hours, by the id of the newest such mark",
      { marks: [at("09:40", "4"), at("09:45", "5"), at("09:55", "7")] },
      "2026-11-24 04:55:00",
      "5",
    ],
    [
      "leaves out marks without an id",
      { marks: [at("09:35", "3"), at("09:40", "4"), at("09:45"), at("09:55", "7")] },
      "2026-11-24 04:55:00",
      "4",
    ],
    ["is at most a day", { marks: [at("2026-11-22 10:00")] }, "2026-11-23 10:00:00"],
  ])("%s", async (_name, cursor, from, id) => {
    const world = await duePoll(cursor);
    await world.poll();
    expect(asked(world.questions)).toEqual([
      {
        start: { from, to: "2026-11-24 10:01:00" },
        ...(id === undefined ? {} : { id: { from: id } }),
      },
    ]);
  });
});

describe("a poll", () => {
  const marks = ["09:40", "09:45", "09:50", "09:55"].map((time, n) => ({ at: rome(time), id: String(n) }));
  const due = now + 5 * minute;

  it("takes what it reads, notes the last id and the last four polls, and plans the next one", async () => {
    const world = await duePoll({ marks });
    world.pbx.show(missedLegs(customer, rome("09:57"), rome("09:57:20"), ["201", "202"]));
    await world.poll();
    expect((await world.records()).length).toBe(1);
    expect(await world.cursor()).toEqual({ marks: [...marks.slice(1), { at: now, id: "2" }], due });
    expect(await world.entries()).toEqual([entryId(due)]);
    world.clock.at = due;
    await world.poll();
    expect(await world.cursor()).toMatchObject({ due: due + 5 * minute });
  });
  it("that reads no row keeps the last id", async () => {
    const world = await duePoll({ marks });
    await world.poll();
    expect(await world.cursor()).toEqual({ marks: [...marks.slice(1), { at: now, id: "3" }], due });
  });
  it("that never read a row notes when it was", async () => {
    const world = await duePoll({ marks: [{ at: rome("09:55") }] });
    await world.poll();
    expect(await world.cursor()).toEqual({ marks: [{ at: rome("09:55") }, { at: now }], due });
  });
  it("does not take another text for an id", async () => {
    const world = await duePoll({ marks });
    world.pbx.page = () => ({
      total: 3,
      records: ["x", "12", "9"].map((id) => ({ id, start: "2026-11-24 09:57:00" })),
    });
    await world.poll();
    expect(await world.cursor()).toMatchObject({ marks: [{}, {}, {}, { id: "12" }] });
  });
  it("is not needed of a PBX that sends events: it notes that", async () => {
    const world = await duePoll({ marks });
    await createEventsSeen(world.inner, world.clock)("milan");
    await world.poll();
    expect(world.questions).toEqual([]);
    expect(await world.cursor()).toEqual({ marks: [], spoke: now, due });
  });
  it("that fails is logged, leaves no mark, and is tried again", async () => {
    const world = await duePoll({ marks });
    world.pbx.down = true;
    await world.poll();
    expect(world.logged).toEqual([
      expect.objectContaining({
        message: "call history could not be polled",
        pbx: "milan",
        code: "WMS_UNREACHABLE",
      }),
    ]);
    expect(await world.cursor()).toEqual({ marks, due });
    expect(await world.entries()).toEqual([entryId(due)]);
  });
  it("of too much to read begins anew at its time", async () => {
    const world = await duePoll({ marks });
    world.pbx.page = () => {
      throw new WmsError("WMS_HISTORY_INCOMPLETE", { detail: "too much", sent: "yes" });
    };
    await world.poll();
    expect(await world.cursor()).toEqual({ marks: [{ at: now }], due });
  });
  it("of a PBX that no longer calls back is not repeated", async () => {
    const world = await duePoll({ marks }, { settings: plain });
    await world.poll();
    expect([world.questions, await world.entries()]).toEqual([[], []]);
  });
  it.each(["PBX_UNKNOWN", "PBX_SECRET_INVALID"] as const)("of a PBX with %s is left out", async (code) => {
    const get = () => Promise.reject(new ProductError(code, { detail: "as told" }));
    const world = await duePoll({ marks }, { ports: { pbxs: { get } } });
    await world.poll();
    expect([world.questions, await world.entries(), world.logged]).toEqual([[], [], []]);
  });
  it("fails where it is not known whether the PBX is there", async () => {
    const get = () => Promise.reject(new ProductError("STATE_UNAVAILABLE", { detail: "as told" }));
    const world = await duePoll({ marks }, { ports: { pbxs: { get } } });
    await expect(world.poll()).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
  });
  it("is left to the process that removes its entry first", async () => {
    const state = (inner: StateStore): StateStore => ({ ...inner, remove: async () => false });
    const world = await duePoll({ marks }, { state });
    await world.poll();
    expect(world.questions).toEqual([]);
  });
  it("is due within its second, and not in the next", async () => {
    const world = pollWorld({ start: now + 999 });
    await world.found();
    await world.enter(now + 1000);
    await world.poll();
    expect(world.questions.length).toBe(0);
    world.clock.at = now + 1000;
    await world.poll();
    expect(world.questions.length).toBe(1);
  });
  it("does not begin at its deadline", async () => {
    const world = await duePoll({ marks });
    await world.poll(now);
    expect([world.questions, await world.entries()]).toEqual([[], [entryId(now)]]);
    await world.poll(now + 1);
    expect(world.questions.length).toBe(1);
  });
});

describe("PBXs that call back", () => {
  const due = now + 5 * minute;
  it("are planned when they are found", async () => {
    const world = pollWorld({ others: { rome: milan, paris: plain } });
    await world.poll();
    expect(await world.entries()).toEqual([entryId(due), entryId(due, "rome")]);
    expect(await world.cursor("rome")).toEqual({ marks: [{ at: now }], due });
    expect(await world.cursor("paris")).toBeUndefined();
    expect((await world.inner.read(foundKey))?.value).toBe(now);
  });
  it.each([
    ["an hour", 60 * minute, 1],
    ["less", 60 * minute - 1, 0],
  ])("are looked for again after %s", async (_name, ago, expected) => {
    const world = pollWorld();
    await world.found(now - ago);
    await world.poll();
    expect((await world.entries()).length).toBe(expected);
    expect((await world.inner.read(foundKey))?.value).toBe(expected === 1 ? now : now - ago);
  });
  it("are looked for by one process", async () => {
    const state = (inner: StateStore): StateStore => ({
      ...inner,
      write: async (key, ...rest) =>
        key.partition === foundKey.partition ? undefined : inner.write(key, ...rest),
    });
    const world = pollWorld({ state });
    await world.poll();
    expect(await world.entries()).toEqual([]);
  });
  it.each([
    ["more than 15 minutes overdue", now - 15 * minute - 1, true],
    ["15 minutes overdue", now - 15 * minute, false],
    ["due", now, false],
  ])("whose poll is %s are planned again only if it was lost", async (_name, time, again) => {
    const world = pollWorld();
    const cursor = { marks: [{ at: rome("09:00"), id: "5" }], spoke: rome("08:00") };
    await world.setCursor({ ...cursor, due: time });
    await world.poll();
    expect(await world.entries()).toEqual(again ? [entryId(due)] : []);
    expect(await world.cursor()).toEqual({ ...cursor, due: again ? due : time });
  });
  it("are not planned at the deadline", async () => {
    const world = pollWorld();
    await world.poll(now);
    expect(await world.entries()).toEqual([]);
  });
  it("are planned before it", async () => {
    const world = pollWorld();
    await world.poll(now + 1);
    expect(await world.entries()).toEqual([entryId(due)]);
  });
  it("leave the place of another process in the index as it is", async () => {
    const world = pollWorld();
    await world.enter(due);
    const [before] = await Array.fromAsync(world.inner.list("callbacks/polls"));
    await world.poll();
    expect(await Array.fromAsync(world.inner.list("callbacks/polls"))).toEqual([before]);
  });
});
