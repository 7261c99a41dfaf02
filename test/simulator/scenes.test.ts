import { describe, expect, it } from "vitest";
import { longestScene } from "../../simulator/history/day.ts";
import { Dice } from "../../simulator/scenes/dice.ts";
import type { Leg } from "../../simulator/scenes/leg.ts";
import { type SceneName, sceneNames, scenes } from "../../simulator/scenes/scenes.ts";
import type { PlayedCall } from "../../simulator/scenes/truth.ts";

const at = Date.parse("2026-11-23T10:00:00Z") / 1000;
const boundary = Date.parse("2026-11-23T23:00:00Z") / 1000;

const play = (name: SceneName, seed: number): readonly PlayedCall[] => {
  let channel = 0;
  const stage = { dice: new Dice(seed), at, boundary, outsiders: 400, nextChannel: () => channel++ };
  return scenes[name].play(stage, name);
};
const seeds = Array.from({ length: 200 }, (_, seed) => seed);

/** A leg as a word: application, disposition in short, and whether somebody's channel was at the other end. */
const wordOf = ({ lastapp, disposition, dstchannel }: Leg): string =>
  `${lastapp}:${{ ANSWERED: "yes", "NO ANSWER": "no", BUSY: "busy", FAILED: "failed", CONGESTION: "failed" }[disposition]}${dstchannel === "" ? ":alone" : ""}`;

/** What the legs of a scene look like: each of its calls, parted by a slash. */
const shapes: Readonly<Record<SceneName, RegExp>> = {
  direct: /^Dial:yes$/,
  "direct-no-answer": /^Dial:no$/,
  "direct-busy": /^Dial:busy$/,
  voicemail: /^Dial:no VoiceMail:yes:alone$/,
  fax: /^ReceiveFAX:yes:alone$/,
  outbound: /^Dial:yes$/,
  "outbound-no-answer": /^Dial:no$/,
  "outbound-busy": /^Dial:busy$/,
  "outbound-failed": /^Dial:failed(:alone)?$/,
  internal: /^Dial:yes$/,
  "internal-no-answer": /^Dial:no$/,
  "internal-busy": /^Dial:busy$/,
  "ring-group": /^(Dial:no )*Dial:yes( Dial:no)*$/,
  "ring-group-no-answer": /^Dial:no Dial:no Dial:no$/,
  "queue-ring-all": /^(Playback:yes:alone )?(Queue:no )*Queue:yes( Queue:no)*$/,
  "queue-round-robin": /^Playback:yes:alone (Queue:no )*Queue:yes$/,
  "queue-abandoned-early": /^Queue:no:alone$/,
  "queue-abandoned": /^Playback:yes:alone (Queue:no )*Queue:yes:alone$/,
  "queue-overflow": /^Playback:yes:alone (Queue:no )+VoiceMail:yes:alone$/,
  ivr: /^BackGround:yes:alone Dial:yes$/,
  "ivr-queue": /^BackGround:yes:alone (Queue:no )*Queue:yes( Queue:no)*$/,
  "ivr-abandoned": /^BackGround:yes:alone$/,
  "blind-transfer": /^Dial:yes Dial:(yes|no)$/,
  "attended-transfer": /^Dial:yes Dial:yes Dial:yes$/,
  forward: /^(Dial:no )?Dial:(yes Dial:yes|no Dial:no)$/,
  parked: /^Dial:yes Park:yes:alone Dial:yes ParkedCall:yes:alone$/,
  "click-to-call": /^Dial:yes Dial:yes$/,
  "click-to-call-no-answer": /^Dial:yes Dial:(no|busy)$/,
  "click-to-call-no-agent": /^Dial:no$/,
  "three-tries": /^Queue:no:alone \/ Queue:no:alone \/ (Queue:no )*Queue:yes( Queue:no)*$/,
  "called-back": /^Queue:no:alone \/ Dial:(yes|no)$/,
  "over-midnight": /^Dial:yes Dial:(yes|no)$/,
  "over-clock-change": /^Dial:yes Dial:(yes|no)$/,
};

/** The legs in which the caller is connected with a person. */
const connected = ({ truth, legs }: PlayedCall): Leg[] => {
  const own = truth.scene.startsWith("click-to-call") ? legs[1]?.channel : legs[0]?.channel;
  return legs.filter(
    ({ channel, dstchannel, disposition }) =>
      channel === own && dstchannel !== "" && disposition === "ANSWERED",
  );
};
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe.each(sceneNames)("the scene %s", (name) => {
  const played = seeds.map((seed) => play(name, seed));
  const calls = played.flat();

  it("leaves the legs that docs/simulator.md says", () => {
    for (const scene of played)
      expect(scene.map(({ legs }) => legs.map(wordOf).join(" ")).join(" / ")).toMatch(shapes[name]);
  });
  it("has legs that begin and end within the call, the first with it", () => {
    for (const { truth, legs } of calls) {
      expect([Math.min(...legs.map(({ start }) => start)), Math.max(...legs.map(({ end }) => end))]).toEqual([
        truth.started,
        truth.ended,
      ]);
      for (const leg of legs) {
        expect(leg.end - leg.start).toBeGreaterThanOrEqual(leg.billsec);
        if (leg.answer !== undefined) expect(leg.billsec).toBe(leg.end - leg.answer);
      }
    }
  });
  it("talks as long as the legs of the caller's channel say, and begins to when the first of them was answered", () => {
    for (const call of calls) {
      const { truth } = call;
      const legs = connected(call);
      expect(sum(legs.map(({ billsec }) => billsec))).toBe(truth.talkSeconds);
      expect(legs[0]?.answer ?? null).toBe(truth.answered);
      expect(truth.outcome === "answered").toBe(legs.length > 0);
      if (truth.answered !== null) expect(truth.waitSeconds).toBe(truth.answered - truth.started);
      expect(truth.ringSeconds).toBeLessThanOrEqual(truth.waitSeconds);
    }
  });
  it("never has two people who answer one caller at the same time, nor one who calls himself", () => {
    for (const call of calls) {
      const legs = connected(call).toSorted((a, b) => a.start - b.start);
      for (const [at, leg] of legs.entries())
        expect(leg.answer).toBeGreaterThanOrEqual(legs[at - 1]?.end ?? 0);
      for (const { from, to } of call.legs) expect(from.number).not.toBe(to.number);
    }
  });
  it("is shorter, and has fewer channels, than a day of history counts with", () => {
    for (const scene of played) {
      const legs = scene.flatMap((call) => call.legs);
      const begun = Math.min(...legs.map(({ start }) => start));
      expect(Math.max(...legs.map(({ end }) => end)) - begun).toBeLessThan(longestScene);
      const numbers = legs.flatMap(({ channel, dstchannel }) => [channel, dstchannel]);
      for (const number of numbers.filter((text) => text !== ""))
        expect(Number.parseInt(/-([0-9a-f]{8})(;[12])?$/.exec(number)?.[1] ?? "", 16)).toBeLessThan(32);
    }
  });
});

const legsOf = (name: SceneName, seed = 1): readonly Leg[] => play(name, seed).flatMap(({ legs }) => legs);

describe("channels", () => {
  it.each(sceneNames.filter((name) => !/click|three|called|attended|parked|forward/.test(name)))(
    "of %s are the caller's in every leg",
    (name) => {
      for (const seed of seeds)
        expect(new Set(legsOf(name, seed).map(({ channel }) => channel)).size).toBe(1);
    },
  );
  it("of a call from outside and to outside have the trunk as peer", () => {
    for (const seed of seeds) {
      const [[inside], [out]] = [legsOf("direct", seed), legsOf("outbound", seed)];
      expect(inside?.channel).toMatch(/^SIP\/(telco|backup-line)-[0-9a-f]{8}$/);
      expect(inside?.dstchannel).toMatch(/^SIP\/1\d\d-[0-9a-f]{8}$/);
      expect(out?.dstchannel).toMatch(/^SIP\/(telco|backup-line)-[0-9a-f]{8}$/);
      expect(out?.lastdata).toBe(`${out?.dstchannel.slice(0, -9)}/${out?.dst}`);
    }
  });
  it("of a forward and of a placed call are the two halves of a Local channel", () => {
    const [rung, dialled] = legsOf("forward").slice(-2);
    expect(rung?.dstchannel).toMatch(/^Local\/00\d+@users-[0-9a-f]{8};1$/);
    expect(dialled?.channel).toBe(rung?.dstchannel.replace(/1$/, "2"));
    const [first, second] = legsOf("click-to-call");
    expect(first?.channel).toMatch(/^Local\/1\d\d@users-[0-9a-f]{8};2$/);
    expect(second?.channel).toBe(first?.channel.replace(/2$/, "1"));
  });
  it("of a transfer with a question lead from the question to the caller", () => {
    const [caller, question, joined] = legsOf("attended-transfer");
    expect([joined?.channel, joined?.dstchannel]).toEqual([caller?.channel, question?.dstchannel]);
  });
  it("of a parked caller lead to who picked up", () => {
    const [caller, parked, joined, own] = legsOf("parked");
    expect([parked?.channel, joined?.channel, joined?.dstchannel]).toEqual([
      caller?.channel,
      caller?.channel,
      own?.channel,
    ]);
  });
});

describe("fields", () => {
  it("of a queue begin with its name in lastdata", () => {
    for (const [{ truth, legs } = { truth: undefined, legs: [] }] of seeds.map((seed) =>
      play("queue-ring-all", seed),
    ))
      for (const { lastapp, lastdata } of legs)
        if (lastapp === "Queue") expect(lastdata.split(",")[0]).toBe(truth?.queues[0]);
  });
  it("of a call from outside have its DID in dst and main in dcontext, until it is passed on", () => {
    const [first, second] = legsOf("blind-transfer");
    expect(first).toMatchObject({ dst: expect.stringMatching(/^003904045671\d\d$/), dcontext: "main" });
    expect(second).toMatchObject({ dst: second?.to.number, dcontext: "users" });
  });
  it("of a voicemail have no time of answer, as was measured", () => {
    const voicemail = legsOf("voicemail").at(-1);
    expect(voicemail).toMatchObject({ answer: undefined, dstchannel: "", disposition: "ANSWERED" });
    expect(voicemail?.userfield).toMatch(/^VM:\/1\d\d\/INBOX\/msg\d{4}\.mp3$/);
  });
});

describe("calls that belong together", () => {
  it("three tries are of one caller to one queue, the last answered", () => {
    for (const seed of seeds) {
      const calls = play("three-tries", seed).map(({ truth }) => truth);
      expect(calls.map(({ outcome }) => outcome)).toEqual(["abandoned", "abandoned", "answered"]);
      expect(new Set(calls.map(({ caller, called }) => `${caller} ${called}`)).size).toBe(1);
      for (const [at, { started }] of calls.entries())
        expect(started).toBeGreaterThan(calls[at - 1]?.ended ?? 0);
    }
  });
  it("a call back goes to who was missed, later", () => {
    for (const seed of seeds) {
      const [missed, back] = play("called-back", seed).map(({ truth }) => truth);
      expect([back?.called, back?.direction]).toEqual([missed?.caller, "outbound"]);
      expect(back?.started).toBeGreaterThan(missed?.ended ?? 0);
    }
  });
});
