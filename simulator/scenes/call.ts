import type { Party, Queue } from "../people.ts";
import { channelName, type Disposition, type Leg, type Target } from "./leg.ts";
import type { Direction, Outcome, PlayedCall } from "./truth.ts";

export interface Opening {
  readonly scene: string;
  readonly direction: Direction;
  readonly caller: Party;
  readonly called: string;
  /** By which the call comes or goes. */
  readonly trunk?: string;
  /** Of the caller's channel. */
  readonly peer: string;
  readonly dcontext: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Gives each channel its own number. */
  readonly nextChannel: () => number;
}

/** What the rung people do in the end. */
export interface Ringing {
  /** The one who answers; absent if none does. */
  readonly by?: Target;
  /** Seconds that they talk. */
  readonly talk?: number;
  readonly disposition?: Disposition;
  /** The application that rings; Dial if absent. */
  readonly queue?: Queue;
}

/** A leg, without what is mostly the caller's. */
type OwnLeg = Partial<Leg> & Pick<Leg, Exclude<keyof Leg, CallersField>>;
type CallersField =
  | "channel"
  | "answer"
  | "from"
  | "src"
  | "dst"
  | "dcontext"
  | "userfield"
  | "faxdata"
  | "outgoing";

/**
 * The vocabulary of scenes: what happens to a caller, in order. Each step moves the clock on, and writes the legs that Asterisk
 * writes of it. All legs of the caller's channel carry that channel's name (documented).
 */
export class Call {
  /** Epoch seconds. */
  now: number;
  /** The extension and the procedure of the dialplan that the caller is in. */
  dst: string;
  dcontext: string;
  readonly channel: string;
  readonly legs: Leg[] = [];
  readonly #opening: Opening;
  readonly #queues: string[] = [];
  #answered: number | undefined;
  #answeredBy: Target | undefined;
  #taken: number | undefined;
  #ring = 0;
  #talk = 0;
  #transfers = 0;
  #transferredTo: string | undefined;

  constructor(opening: Opening) {
    this.#opening = opening;
    this.now = opening.at;
    this.dst = opening.called;
    this.dcontext = opening.dcontext;
    this.channel = this.newChannel(opening.peer);
  }

  newChannel(peer: string): string {
    return channelName(peer, this.#opening.nextChannel());
  }

  /** Time passes, and the PBX writes nothing. */
  pause(seconds: number): void {
    this.now += seconds;
  }

  /**
   * Rings these at the same time, `seconds` long. If one answers, they talk, and the others stop ringing (documented: a leg for each, all with
   * the caller's channel).
   */
  ring(
    targets: readonly Target[],
    seconds: number,
    { by, talk = 0, disposition, queue }: Ringing = {},
  ): void {
    const [start, answer] = [this.now, this.now + seconds];
    const lastdata = queue
      ? `${queue.name},t`
      : targets.map(({ peer, dialled }) => dialled ?? peer).join("&");
    for (const target of targets) {
      const answers = target === by;
      // a channel that could not be created at all has no name
      const dstchannel = disposition === "FAILED" ? "" : this.newChannel(target.peer);
      this.write({
        dstchannel,
        start,
        answer: answers ? answer : undefined,
        end: answers ? answer + talk : answer,
        billsec: answers ? talk : 0,
        disposition: answers ? "ANSWERED" : (disposition ?? "NO ANSWER"),
        lastapp: queue ? "Queue" : "Dial",
        lastdata,
        to: target.party,
        outgoing: target.dialled !== undefined,
      });
    }
    this.rang(seconds);
    if (by) this.connect(by, talk);
  }

  /** Phones rang. */
  rang(seconds: number): void {
    if (this.#answered === undefined) this.#ring += seconds;
    this.now += seconds;
  }

  /** The caller and a person talk from now on. */
  connect(person: Target, talk: number): void {
    this.#answered ??= this.now;
    this.#answeredBy ??= person;
    this.#talk += talk;
    this.now += talk;
  }

  /** The caller is passed on; the dialplan continues at the extension of the other. */
  passTo({ party }: Target): void {
    this.#transfers++;
    this.#transferredTo = party.number;
    this.dst = party.number;
    this.dcontext = "users";
  }

  /** An application of the PBX has the caller: no person is connected, but the line is taken (invented: it has a separate leg). */
  play(lastapp: string, lastdata: string, seconds: number, to: Party): void {
    this.write({
      dstchannel: "",
      start: this.now,
      answer: this.now,
      end: this.now + seconds,
      billsec: seconds,
      disposition: "ANSWERED",
      lastapp,
      lastdata,
      to,
    });
    this.now += seconds;
  }

  enterQueue(queue: Queue): void {
    this.#queues.push(queue.name);
  }

  /** The mailbox answers: ANSWERED, without a time of answer (measured). */
  voicemail(box: Party, seconds: number, message: number): PlayedCall {
    this.#taken = this.now;
    this.write({
      dstchannel: "",
      start: this.now,
      end: this.now + seconds,
      billsec: seconds,
      disposition: "ANSWERED",
      lastapp: "VoiceMail",
      lastdata: `${box.number}@default,u`,
      to: box,
      userfield: `VM:/${box.number}/INBOX/msg${String(message).padStart(4, "0")}.mp3`,
    });
    this.now += seconds;
    return this.over("voicemail");
  }

  fax(seconds: number, pages: number): PlayedCall {
    this.#taken = this.now;
    this.write({
      dstchannel: "",
      start: this.now,
      answer: this.now,
      end: this.now + seconds,
      billsec: seconds,
      disposition: "ANSWERED",
      lastapp: "ReceiveFAX",
      lastdata: `/var/spool/fax/${this.now}.tif`,
      to: { number: this.dst, name: "" },
      faxdata: `pages=${pages}`,
    });
    this.now += seconds;
    return this.over("fax");
  }

  /** Writes a leg; what is not said is the caller's. */
  write(leg: OwnLeg): void {
    const { caller } = this.#opening;
    // spelled out: a day may have a million of these, and objects of one shape are fast
    this.legs.push({
      channel: leg.channel ?? this.channel,
      dstchannel: leg.dstchannel,
      start: leg.start,
      answer: leg.answer,
      end: leg.end,
      billsec: leg.billsec,
      disposition: leg.disposition,
      lastapp: leg.lastapp,
      lastdata: leg.lastdata,
      dcontext: leg.dcontext ?? this.dcontext,
      src: leg.src ?? caller.number,
      dst: leg.dst ?? this.dst,
      from: leg.from ?? caller,
      to: leg.to,
      userfield: leg.userfield ?? "",
      faxdata: leg.faxdata ?? "",
      outgoing: leg.outgoing ?? false,
    });
  }

  /** The call is over, and this is its truth. */
  over(outcome: Outcome): PlayedCall {
    const { scene, direction, caller, called, at, trunk } = this.#opening;
    const answered = this.#answered;
    return {
      legs: this.legs,
      truth: {
        scene,
        direction,
        caller: caller.number,
        callerName: caller.name,
        called,
        did: direction === "inbound" ? called : null,
        trunk: trunk ?? null,
        queues: this.#queues,
        started: at,
        answered: answered ?? null,
        ended: this.now,
        outcome,
        answeredBy: direction === "outbound" ? null : (this.#answeredBy?.party.number ?? null),
        waitSeconds: (answered ?? this.#taken ?? this.now) - at,
        ringSeconds: this.#ring,
        talkSeconds: this.#talk,
        transfers: this.#transfers,
        transferredTo: this.#transferredTo ?? null,
      },
    };
  }
}
