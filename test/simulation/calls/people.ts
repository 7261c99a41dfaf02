import { refusalOf } from "../../../lib/calls/ledger/view.ts";
import type { CallResult } from "../../../lib/calls/place-call.ts";
import { CodedError } from "../../../lib/wms/errors.ts";
import type { World } from "../world.ts";
import type { PhoneSystem } from "./phones.ts";

/** What somebody who presses a button gets to see. */
export type Seen =
  | { readonly status: 200 | 201 | 202 }
  | { readonly status: number; readonly code: string; readonly retryAfter: number | undefined }
  | { readonly status: "no answer" };

export const seenOf = (result: CallResult | CodedError): Seen => {
  if (result instanceof CodedError)
    return { status: result.doc.status, code: result.code, retryAfter: result.retryAfter };
  if ("wouldSend" in result) return { status: 200 };
  const refusal = refusalOf(result.record);
  if (refusal !== undefined) return seenOf(refusal);
  if (result.record.state !== "PLACED") return { status: 202 };
  return { status: result.replayed ? 200 : 201 };
};

export interface Wish {
  /** The phone that is to ring, this person's alone. */
  readonly extension: string;
  readonly press: (key: string | undefined) => Promise<Seen>;
}

/** Longer than anything may take that was pressed once: 10 s until the first byte, then the way to the phone. */
const patience = 20_000;

/**
 * Somebody who wants one phone to ring once: presses, perhaps twice at a time, tries again under the same key where the answer
 * says so or none comes, and under a new key only after looking at a phone that has not rung.
 */
export const person = async (world: World, phones: PhoneSystem, wish: Wish): Promise<Seen[]> => {
  const { chance } = world;
  const seen: Seen[] = [];
  const keyless = chance.happens(0.3);
  const tries = chance.whole(1, 6);
  let keys = 1;
  let lastPress = world.now;
  const rang = (): boolean => phones.rang(wish.extension) > 0;

  const press = async (): Promise<Seen> => {
    lastPress = world.now;
    const key = keyless ? undefined : `${wish.extension}-${keys}`;
    const presses = [answered(world, wish.press(key))];
    while (chance.happens(0.3)) {
      // without a key, the same within 10 seconds is the same call
      await world.sleep(chance.pick([0, 1, 40, 300, 2_000]));
      lastPress = world.now;
      presses.push(answered(world, wish.press(key)));
    }
    const answers = await Promise.all(presses);
    seen.push(...answers);
    return answers.find(({ status }) => status === 200 || status === 201) ?? chance.pick(answers);
  };

  for (let n = 0; n < tries; n++) {
    const answer = await press();
    if (answer.status === 200 || answer.status === 201) break;
    const soon = !keyless && tellsToRepeat(answer);
    if (soon) {
      await world.sleep(
        1_000 * (("retryAfter" in answer ? answer.retryAfter : undefined) ?? chance.whole(1, 4)),
      );
      continue;
    }
    await world.sleep(Math.max(0, lastPress + patience - world.now));
    if (rang()) break;
    keys++;
  }
  return seen;
};

/** The same key is worth another try: nothing was sent, or nobody knows and the key will not ring twice. */
const tellsToRepeat = (seen: Seen): boolean =>
  seen.status === "no answer" ||
  ("code" in seen &&
    ["CALL_NOT_SENT", "CALL_STALE", "CALL_IN_PROGRESS", "STATE_UNAVAILABLE"].includes(seen.code));

/** API Gateway does not wait for ever. */
const answered = (world: World, press: Promise<Seen>): Promise<Seen> =>
  Promise.race([press, world.sleep(15_000).then((): Seen => ({ status: "no answer" }))]);
