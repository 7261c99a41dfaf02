import type { Pbx } from "../../pbxs/pbxs.ts";
import { sameNumber } from "../../phone-number.ts";
import type { CallFact } from "../facts.ts";
import { askRows } from "./ask.ts";
import { judgeCall } from "./judge.ts";
import { callsOf, type Leg, legsOf } from "./legs.ts";

const minute = 60_000;
/** Digits by which a number is searched: PBXs write it with and without country code. */
const searched = 9;

/** What history says of one number since `from` (epoch ms). Throws WmsError. */
export const factsOfNumber = async (
  pbx: Pick<Pbx, "id" | "client" | "settings">,
  e164: string,
  from: number,
  now: number,
): Promise<CallFact[]> => {
  const { settings } = pbx;
  const style = { country: settings.country, outsidePrefix: settings.outside_prefix };
  const search = e164.replace(/\D/g, "").slice(-searched);
  const rows = await askRows(pbx, { from, to: now + minute, search });
  const legs = legsOf(rows, settings).filter(
    (leg) => sameNumber(leg.from, e164, style) || sameNumber(leg.to, e164, style),
  );
  return factsOfLegs(pbx, legs);
};

/** The legs that started around a dial. Throws WmsError. */
export const legsAround = async (
  pbx: Pick<Pbx, "client" | "settings">,
  at: number,
  signal?: AbortSignal,
): Promise<Leg[]> =>
  legsOf(await askRows(pbx, { from: at - minute, to: at + 3 * minute }, signal), pbx.settings);

/** The calls in legs. */
export const factsOfLegs = (pbx: Pick<Pbx, "id" | "settings">, legs: readonly Leg[]): CallFact[] =>
  callsOf(legs, pbx.settings).flatMap((call) => judgeCall(pbx, call) ?? []);
