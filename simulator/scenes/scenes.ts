import type { Mark } from "../faults.ts";
import { overBoundary } from "./boundary.ts";
import type { Dice } from "./dice.ts";
import * as direct from "./direct.ts";
import { toMobile } from "./forward.ts";
import * as group from "./group.ts";
import * as internal from "./internal.ts";
import * as ivr from "./ivr.ts";
import * as originate from "./originate.ts";
import * as outbound from "./outbound.ts";
import * as queue from "./queue.ts";
import { calledBack, threeTries } from "./repeated.ts";
import type { Scene } from "./stage.ts";
import * as transfer from "./transfer.ts";

export interface SceneDoc {
  readonly play: Scene;
  /** How often it plays in office hours, and outside of them, relative to the others; never by chance if 0. */
  readonly open: number;
  readonly closed: number;
  /** The legs that it leaves. */
  readonly legs: string;
  /** How sure it is that a PBX leaves these legs. */
  readonly mark: Mark;
}

/** Everything that can happen to a call, by name. */
export const scenes = {
  direct: {
    play: direct.answered,
    open: 14,
    closed: 4,
    legs: "one: Dial, ANSWERED; `dst` is the DID, `dcontext` is `main`",
    mark: "documented",
  },
  "direct-no-answer": {
    play: direct.notAnswered,
    open: 3,
    closed: 15,
    legs: "one: Dial, NO ANSWER",
    mark: "documented",
  },
  "direct-busy": { play: direct.busy, open: 1, closed: 1, legs: "one: Dial, BUSY", mark: "documented" },
  voicemail: {
    play: direct.voicemail,
    open: 2,
    closed: 15,
    legs: "Dial, NO ANSWER; then VoiceMail, ANSWERED, without `answer` and `dstchannel`",
    mark: "measured",
  },
  fax: {
    play: direct.fax,
    open: 1,
    closed: 3,
    legs: "one: type fax, ReceiveFAX, without `dstchannel`",
    mark: "invented",
  },
  outbound: {
    play: outbound.answered,
    open: 16,
    closed: 4,
    legs: "one: Dial, ANSWERED; `dstchannel` is the trunk's",
    mark: "documented",
  },
  "outbound-no-answer": {
    play: outbound.notAnswered,
    open: 4,
    closed: 1,
    legs: "one: Dial, NO ANSWER",
    mark: "documented",
  },
  "outbound-busy": { play: outbound.busy, open: 2, closed: 1, legs: "one: Dial, BUSY", mark: "documented" },
  "outbound-failed": {
    play: outbound.failed,
    open: 1.5,
    closed: 1,
    legs: "one: Dial, FAILED without `dstchannel`, or CONGESTION",
    mark: "documented",
  },
  internal: { play: internal.answered, open: 12, closed: 3, legs: "one: Dial, ANSWERED", mark: "documented" },
  "internal-no-answer": {
    play: internal.notAnswered,
    open: 2,
    closed: 1,
    legs: "one: Dial, NO ANSWER",
    mark: "documented",
  },
  "internal-busy": {
    play: internal.busy,
    open: 0.5,
    closed: 0.1,
    legs: "one: Dial, BUSY",
    mark: "documented",
  },
  "ring-group": {
    play: group.answered,
    open: 5,
    closed: 0.5,
    legs: "one for each phone, all with the caller's channel: one ANSWERED, the others NO ANSWER",
    mark: "documented",
  },
  "ring-group-no-answer": {
    play: group.notAnswered,
    open: 1,
    closed: 2,
    legs: "one for each phone: NO ANSWER",
    mark: "documented",
  },
  "queue-ring-all": {
    play: queue.ringAll,
    open: 9,
    closed: 0.5,
    legs: "Playback in half of the calls; Queue for each member and round, NO ANSWER; one ANSWERED; `lastdata` begins with the queue's name",
    mark: "documented",
  },
  "queue-round-robin": {
    play: queue.roundRobin,
    open: 6,
    closed: 0.5,
    legs: "Playback; Queue for each member that rang, one after the other",
    mark: "documented",
  },
  "queue-abandoned-early": {
    play: queue.abandonBefore,
    open: 0.8,
    closed: 3,
    legs: "one: Queue, NO ANSWER, without `dstchannel`",
    mark: "invented",
  },
  "queue-abandoned": {
    play: queue.abandonAfter,
    open: 2,
    closed: 3,
    legs: "Playback; Queue for each member and round, NO ANSWER; last Queue, ANSWERED, without `dstchannel`",
    mark: "invented",
  },
  "queue-overflow": {
    play: queue.overflow,
    open: 1,
    closed: 6,
    legs: "Playback; Queue for each member and round, NO ANSWER; VoiceMail",
    mark: "invented",
  },
  ivr: {
    play: ivr.toPhone,
    open: 3,
    closed: 0.5,
    legs: "BackGround, ANSWERED, without `dstchannel`; then Dial",
    mark: "invented",
  },
  "ivr-queue": {
    play: ivr.toQueue,
    open: 3,
    closed: 0.5,
    legs: "BackGround; then Queue as in queue-ring-all",
    mark: "invented",
  },
  "ivr-abandoned": {
    play: ivr.abandoned,
    open: 1,
    closed: 10,
    legs: "one: BackGround, ANSWERED, without `dstchannel`",
    mark: "invented",
  },
  "blind-transfer": {
    play: transfer.blind,
    open: 2.5,
    closed: 0.2,
    legs: "two legs of Dial, both with the caller's channel; the second can be NO ANSWER",
    mark: "documented",
  },
  "attended-transfer": {
    play: transfer.attended,
    open: 1.5,
    closed: 0.2,
    legs: "Dial; the consultation call, on its own channel; the caller's channel with the `dstchannel` of the consultation call",
    mark: "invented",
  },
  forward: {
    play: toMobile,
    open: 1.5,
    closed: 6,
    legs: "in half of the calls Dial, NO ANSWER; then Dial with `dstchannel` `Local/…;1`; then a leg from the other half `Local/…;2` to the trunk",
    mark: "documented",
  },
  parked: {
    play: transfer.parked,
    open: 1,
    closed: 0.1,
    legs: "Dial; Park without `dstchannel`; a leg with the channels of the caller and the second person; ParkedCall on the channel of the second person",
    mark: "invented",
  },
  "click-to-call": {
    play: originate.talked,
    open: 3,
    closed: 0.5,
    legs: "two: `Local/…;2` to the phone, then `Local/…;1` to the number",
    mark: "invented",
  },
  "click-to-call-no-answer": {
    play: originate.customerMissed,
    open: 1,
    closed: 0.3,
    legs: "as click-to-call, but the second leg has NO ANSWER or BUSY",
    mark: "invented",
  },
  "click-to-call-no-agent": {
    play: originate.agentMissed,
    open: 0.3,
    closed: 0.3,
    legs: "only the first leg of click-to-call: NO ANSWER",
    mark: "invented",
  },
  "three-tries": {
    play: threeTries,
    open: 0.5,
    closed: 0,
    legs: "three calls of one caller: two of queue-abandoned-early, one of queue-ring-all",
    mark: "invented",
  },
  "called-back": {
    play: calledBack,
    open: 0.7,
    closed: 0,
    legs: "two calls: one of queue-abandoned-early, one outbound",
    mark: "invented",
  },
  "over-midnight": {
    play: overBoundary,
    open: 0,
    closed: 0,
    legs: "one call a day: as blind-transfer; the second leg begins after midnight",
    mark: "documented",
  },
  "over-clock-change": {
    play: overBoundary,
    open: 0,
    closed: 0,
    legs: "one call on each day on which the clocks change: as blind-transfer; the second leg begins after the change",
    mark: "documented",
  },
} as const satisfies Record<string, SceneDoc>;

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as SceneName[];

const cumulative = (weight: "open" | "closed"): { name: SceneName; until: number }[] => {
  let until = 0;
  return sceneNames.map((name) => {
    until += scenes[name][weight];
    return { name, until };
  });
};
const shares = { open: cumulative("open"), closed: cumulative("closed") };

export const pickScene = (dice: Dice, hours: "open" | "closed"): SceneName => {
  const known = shares[hours];
  const wanted = dice.share() * (known.at(-1)?.until ?? 0);
  return known.find(({ until }) => wanted < until)?.name ?? "direct";
};
