import { createHmac } from "node:crypto";
import type { Timing } from "./calls.ts";
import type { Faults } from "./faults.ts";
import { queues } from "./people.ts";
import type { Truth } from "./scenes/truth.ts";

/** Where the PBX sends its events. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** An event as sent, with its signature; the last two hundred are kept. */
export interface SentEvent {
  readonly type: string;
  readonly body: string;
  readonly signature: string;
  /** HTTP status; 0: nothing answered. Undefined: not sent by HTTP. */
  status?: number;
}

export const webhookDefaults = { secret: "simulatorWebhookSecret0123456789" };
const kept = 200;
const company = "it_w000001";

/** The PBX's events of its calls: by HTTP, or to be read in the form of SQS messages. */
export class Webhooks {
  target: WebhookTarget | undefined;
  readonly sent: SentEvent[] = [];
  readonly #serial: string;
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #sleep: Timing["sleep"];
  readonly #closed = new AbortController();
  #calls = 0;

  constructor(serial: string, faults: Faults, now: () => number, sleep: Timing["sleep"]) {
    this.#serial = serial;
    this.#faults = faults;
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Sends the events of a call that is over: live ones (documented), and call:completed (documented; here without a delay). */
  async over(truth: Truth): Promise<void> {
    if (truth.direction === "internal") return;
    const id = `${company}_${truth.started}.${++this.#calls}`;
    const events = [
      this.#event("call:live:progress", id, truth),
      this.#event("call:live:completed", id, truth),
      this.#event("call:completed", id, truth),
    ];
    if (this.#faults.on("webhooks-disordered") !== undefined) events.reverse();
    const late = this.#faults.on("webhooks-late");
    const { signal } = this.#closed;
    if (late !== undefined) await this.#sleep(late, signal);
    const times = this.#faults.on("webhooks-doubled") === undefined ? 1 : 2;
    for (const event of events) for (let n = 0; n < times; n++) await this.#send(event, signal);
  }

  /** The last events as a Lambda function gets them from SQS. */
  asSqs(): object {
    return {
      Records: this.sent.map(({ body, signature }, at) => ({
        messageId: `simulator-${at}`,
        receiptHandle: `simulator-${at}`,
        body,
        attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(this.#now()) },
        messageAttributes: { "X-SIGNATURE": { dataType: "String", stringValue: signature } },
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:simulator:000000000000:pbx-events",
        awsRegion: "simulator",
      })),
    };
  }

  close(): void {
    this.#closed.abort();
  }

  #event(type: string, id: string, truth: Truth): { type: string; body: string } {
    const live = type.startsWith("call:live:");
    const time = this.#now();
    const data = {
      ...{ id, pbx: this.#serial, time, company, licenses: ["uc"] },
      ...(live ? { event: "call", start: new Date(truth.started * 1000).toISOString() } : { type: "call" }),
      flows: [flowOf(type, truth)],
    };
    return {
      type,
      body: JSON.stringify({ id, pbx: this.#serial, company, time, type, integrationId: "simula", data }),
    };
  }

  async #send({ type, body }: { type: string; body: string }, signal: AbortSignal): Promise<void> {
    const secret = this.target?.secret ?? webhookDefaults.secret;
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const sent: SentEvent = { type, body, signature };
    this.sent.push(sent);
    if (this.sent.length > kept) this.sent.shift();
    if (this.target === undefined) return;
    const headers = { "Content-Type": "application/json", "X-Signature": signature };
    sent.status = await fetch(this.target.url, { method: "POST", headers, body, signal }).then(
      ({ status }) => status,
      () => 0,
    );
  }
}

/** A person of the company, or one outside, with the fields of the vendor's samples. */
const party = (number: string, isOurs: boolean) => ({
  type: isOurs ? "LOCAL" : "REMOTE",
  phone: number,
  name: "",
  userExtension: isOurs ? number : null,
  userDevice: isOurs ? "WEB" : null,
});

const flowOf = (type: string, truth: Truth): object => {
  const { direction, caller, called, started, ended, answered, outcome, answeredBy, queues: names } = truth;
  const isInbound = direction === "inbound";
  const isOver = type !== "call:live:progress";
  const queue = queues.find(({ name }) => name === names.at(-1));
  const talk = isOver && outcome === "answered" ? truth.talkSeconds * 1000 : 0;
  const remote = isInbound ? caller : called;
  const callee = isInbound ? answeredBy && party(answeredBy, true) : party(called, false);
  // a live event of the end can come without the number (measured)
  const isBare = type === "call:live:completed";
  return {
    flowIndex: 0,
    ...(type === "call:completed" ? { startTime: started * 1000, endTime: ended * 1000 } : {}),
    duration: isOver ? (ended - started) * 1000 : 0,
    connectTime: ((answered ?? started) - started) * 1000,
    talkTime: talk,
    waitTime: talk === 0 ? truth.waitSeconds * 1000 : 0,
    caller: party(isBare && isInbound ? "" : caller, !isInbound),
    callee: callee || {},
    destination: called,
    direction: direction.toUpperCase(),
    trunkDirection: isInbound ? "incoming" : "outgoing",
    ...(isBare ? {} : { remotePhone: remote }),
    ...(queue === undefined ? {} : { queueName: queue.name, queueId: queue.id }),
    ...(outcome === "voicemail" && isOver ? { flags: ["voicemail"] } : {}),
    ...(type === "call:completed" ? { callStatus: talk > 0 ? "COMPLETED" : "MISSED" } : { status: "HOLD" }),
  };
};
