import { atOnce } from "../../at-once.ts";
import { defined } from "../../defined.ts";
import { isError } from "../../errors.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { asRead, type StateItem } from "../../state.ts";
import { spokeLately } from "../events-seen.ts";
import { policyOf, rules } from "../policy.ts";
import { askRows } from "../rows/ask.ts";
import { factsOfLegs } from "../rows/history.ts";
import { legsOf } from "../rows/legs.ts";
import type { Desk } from "./desk.ts";
import { dueText } from "./entries.ts";
import type { Taking } from "./take.ts";

const minute = 60_000;
const times = {
  /** From poll to poll of a PBX that sends no events, ms. */
  everyMs: 5 * minute,
  /** Rows that were read already are read again for so long: legs of one call appear minutes apart. */
  overlapMs: 10 * minute,
  /** A leg with a new id can be of a call that began so long before. */
  longestCallMs: 5 * 60 * minute,
  /** From look to look for PBXs that call back, ms. */
  findMs: 60 * minute,
  /** A PBX whose poll is overdue by more lost its place in the index. */
  lostMs: 15 * minute,
};
const pbxsAtOnce = 20;
const index = "callbacks/polls";

/** How far history was read. */
interface Cursor {
  /** When polls began, and the last id that was seen until then; absent: none yet. */
  readonly marks: readonly { readonly at: number; readonly id?: string }[];
  /** When the PBX was last seen to send events. */
  readonly spoke?: number;
  /** When it is polled next. */
  readonly due: number;
}

const cursorKey = (pbx: string) => ({ partition: `callbacks/cursor/${pbx}`, id: "history" });

/** Asks the history of PBXs that call back and send no events. */
export const createPolls = (desk: Desk, taking: Taking) => {
  const { state, clock, registry, pbxs, log } = desk;

  const plan = async (pbx: string, cursor: Omit<Cursor, "due">, held?: StateItem<Cursor>): Promise<void> => {
    const due = clock.now() + times.everyMs;
    await state.write({ partition: index, id: `${dueText(due)}~${pbx}` }, null, { absent: true });
    await state.write(cursorKey(pbx), { ...cursor, due }, asRead(held));
  };

  /** Puts PBXs that call back into the index of polls, once an hour. */
  const find = async (deadline: number): Promise<void> => {
    const key = { partition: "callbacks/found", id: "pbxs" };
    const now = clock.now();
    const held = await state.read<number>(key);
    if (held !== undefined && now - held.value < times.findMs) return;
    if ((await state.write(key, now, asRead(held))) === undefined) return;
    await atOnce(pbxsAtOnce, await registry.list(), async ({ id }) => {
      if (clock.now() >= deadline) return;
      const pbx = await readable(id);
      if (pbx === undefined || policyOf(pbx.settings) === undefined) return;
      const cursor = await state.read<Cursor>(cursorKey(id));
      if (cursor === undefined || cursor.value.due < clock.now() - times.lostMs)
        await plan(id, cursor?.value ?? { marks: [{ at: now }] }, cursor);
    });
  };

  /** A PBX whose secret is wrong is named by the hourly check. */
  const readable = async (id: string): Promise<Pbx | undefined> => {
    try {
      return await pbxs.get(id);
    } catch (error) {
      if (isError(error, "PBX_UNKNOWN", "PBX_SECRET_INVALID")) return undefined;
      throw error;
    }
  };

  const poll = async (pbx: Pbx, cursor: Omit<Cursor, "due">): Promise<Omit<Cursor, "due">> => {
    const now = clock.now();
    if (await spokeLately(state, pbx.id)) return { marks: [], spoke: now };
    const { marks: known, spoke } = cursor;
    const marks = known.length > 0 ? known : [{ at: spoke === undefined ? now : spoke - 15 * minute }];
    // a poll that fails leaves no mark: what appeared late before it is read by the next
    const last = marks.at(-1)?.at ?? now;
    const mark = marks.findLast(({ at, id }) => id !== undefined && at <= last - times.overlapMs);
    const oldest = mark === undefined ? (marks[0]?.at ?? now) - times.overlapMs : last - times.longestCallMs;
    const rows = await askRows(pbx, {
      from: Math.max(oldest, now - rules.oldestFactMs),
      to: now + minute,
      ...defined({ fromId: mark?.id }),
    });
    for (const fact of factsOfLegs(pbx, legsOf(rows, pbx.settings))) await taking.take(pbx, fact);
    const ids = rows.map((row) => Number(row["id"])).filter((id) => Number.isSafeInteger(id));
    const id = ids.length === 0 ? marks.at(-1)?.id : String(Math.max(...ids));
    return { marks: [...marks, { at: now, ...defined({ id }) }].slice(-4) };
  };

  const visit = async ({ id, version }: StateItem): Promise<void> => {
    // the process that removes the entry polls; a place that is lost by a crash is found again within the hour
    if (!(await state.remove({ partition: index, id }, { version }))) return;
    const pbx = await readable(id.slice(id.indexOf("~") + 1));
    if (pbx === undefined || policyOf(pbx.settings) === undefined) return;
    const held = await state.read<Cursor>(cursorKey(pbx.id));
    // written even if the poll fails, so that the next one begins here
    const begun = { marks: [{ at: clock.now() }] };
    let cursor: Omit<Cursor, "due"> = held?.value ?? begun;
    try {
      cursor = await poll(pbx, cursor);
    } catch (error) {
      log.warn("call history could not be polled", { pbx: pbx.id, ...errorFields(error) });
      // too much to read in one poll, and it would be more the next time
      if (isError(error, "WMS_HISTORY_INCOMPLETE")) cursor = begun;
    }
    await plan(pbx.id, cursor, held);
  };

  /** Until `deadline`, epoch ms. */
  return async (deadline: number): Promise<void> => {
    await find(deadline);
    const due = await Array.fromAsync(state.list(index, undefined, dueText(clock.now() + 1000)));
    await atOnce(pbxsAtOnce, due, async (item) => {
      if (clock.now() < deadline) await visit(item);
    });
  };
};
