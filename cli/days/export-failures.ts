import { randomUUID } from "node:crypto";
import { dayAt } from "../../lib/history/calendar/local-days.ts";
import { createDayLedger } from "../../lib/history/days/day-ledger.ts";
import { localState } from "../../lib/local/ports.ts";
import { maskText } from "../../lib/mask.ts";
import type { Context } from "../context/context.ts";
import { errorObject, isStop } from "../terminal/output.ts";

/** Keeps why a PBX's days are not exported where `wildix status` reads it. After Ctrl-C there is no reason to keep. */
export const rememberFailure = async (
  context: Context,
  out: string,
  pbx: string,
  days: readonly string[],
  error: unknown,
): Promise<void> => {
  if (isStop(error)) return;
  const { clock } = context;
  const ledger = createDayLedger({ state: localState(context.env, out, clock), clock });
  const { code, message } = errorObject(error);
  for (const day of days) {
    const seen = await ledger.read({ pbx, day });
    const planned = await ledger.plan({ pbx, day }, seen, randomUUID(), dayAt("UTC", clock.now()));
    const running = planned && (await ledger.start(planned, Math.floor(clock.now() / 1000)));
    if (running !== undefined) await ledger.fail(running, { code, detail: maskText(message) });
  }
};
