import { createHash } from "node:crypto";
import { invalid } from "../../input.ts";
import { asRead, type StateStore, stateSeconds } from "../../state.ts";
import type { WantedCall } from "./dial.ts";

/** How long requests without a key for the same call are one call, from the first of them, ms. */
const automaticKeyMs = 10_000;

/** A header Idempotency-Key as it may be. Throws INPUT_INVALID. */
export const readCallKey = (key: string): string => {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalid(
    "idempotency-key",
    "must be 1 to 255 visible ASCII characters; got other characters, or too many.",
  );
};

/** How long it is remembered when the first request came: far beyond the window, for machines whose clocks are ahead. */
const keptSeconds = 3600;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** 130 bits of a SHA-256, as text that is valid in a URL and in a PBX's account code. */
const short = (text: string): string => {
  const bytes = createHash("sha256").update(text).digest();
  let bits = 0n;
  for (const byte of bytes.subarray(0, 17)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: 26 }, (_, at) => alphabet[Number((bits >> BigInt(at * 5)) & 31n)]).join("");
};

/** The id of the call that a caller's key stands for. It shows neither the caller nor the key. */
export const callIdOf = (caller: string, key: string): string => short(JSON.stringify([caller, key]));

/**
 * The meaning of a request, to notice the same key with another meaning. Not its text, which can be written in many ways.
 * `to` is the number in the form in which it was read.
 */
export const fingerprintOf = (wanted: WantedCall, pbx: string, to: string | undefined): string => {
  const { first, context, channelContext, application, callerId, ringMs, variable, async } = wanted;
  return short(
    JSON.stringify([pbx, first, to, context, channelContext, application, callerId, ringMs, variable, async]),
  );
};

interface Automatic {
  readonly key: string;
  /** When the first request came, epoch ms. */
  readonly at: number;
}

/** Inside its window a record decides; afterwards it only remembers when the window was. */
const isOpen = ({ at }: Automatic, receivedAt: number): boolean => receivedAt - at < automaticKeyMs;

/**
 * The automatic key that an earlier version of this product gave to an equal request less than 10 seconds ago. It named these
 * records by the credentials of the PBX (`named`): without this look, a call placed just before a deployment could ring twice.
 */
export const earlierKey = async (
  state: StateStore,
  receivedAt: number,
  named: string,
): Promise<string | undefined> => {
  const kept = await state.read<Automatic>({ partition: "calls/automatic", id: named });
  return kept !== undefined && isOpen(kept.value, receivedAt) ? kept.value.key : undefined;
};

/**
 * A key for a request without one: the key that an equal request (`same`, without numbers in it) got within the last 10 seconds,
 * or a new one. The window begins when the first request arrives. A process that was frozen joins a window that began
 * meanwhile. Throws STATE_UNAVAILABLE.
 */
export const automaticKey = async (
  state: StateStore,
  receivedAt: number,
  same: string,
  newId: () => string,
): Promise<string> => {
  const where = { partition: "calls/automatic", id: same };
  for (;;) {
    const current = await state.read<Automatic>(where);
    if (current !== undefined && isOpen(current.value, receivedAt)) return current.value.key;
    const automatic: Automatic = { key: `auto-${newId()}`, at: receivedAt };
    const made = await state.write(where, automatic, asRead(current), stateSeconds(receivedAt) + keptSeconds);
    if (made !== undefined) return made.value.key;
    // another request made one at the same moment: theirs it is
  }
};
