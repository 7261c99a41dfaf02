import { webhookReceiver } from "../../../lib/callbacks/events/receive-webhook.ts";
import { signWebhook } from "../../../lib/callbacks/events/signature.ts";
import { createEventTaker, type EventPorts } from "../../../lib/callbacks/events/take-event.ts";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import { ProductError } from "../../../lib/errors.ts";
import type { StateStore } from "../../../lib/state.ts";
import { noEventBus } from "../../support/no-event-bus.ts";
import type { World } from "../world.ts";
import type { Machine } from "./machine.ts";

const second = 1_000;
const minute = 60 * second;
/** A warm function reads a secret again after a signature that none made, but twice a minute at most. */
const knownAfter = 60 * second;
/** And believes a secret for so long. */
const believedFor = 6 * minute;

/** A secret of webhooks, and when the registry has it. */
interface Signing {
  readonly secret: string;
  readonly from: number;
  until: number;
}

/** The secrets of webhooks, by PBX: those that the registry knows, and the one that the PBX signs with. */
export class WebhookSecrets {
  readonly #world: World;
  readonly #known = new Map<string, Signing[]>();
  readonly #signs = new Map<string, string>();
  /** PBXs whose entry cannot be read. */
  readonly unreadable = new Set<string>();

  constructor(world: World, pbxs: readonly string[]) {
    this.#world = world;
    for (const pbx of pbxs) this.add(pbx, `first of ${pbx}`);
    for (const pbx of pbxs) this.signWith(pbx, `first of ${pbx}`);
  }

  add(pbx: string, secret: string): void {
    const signing = { secret, from: this.#world.now, until: Number.POSITIVE_INFINITY };
    this.#known.set(pbx, [...(this.#known.get(pbx) ?? []), signing]);
  }

  signWith(pbx: string, secret: string): void {
    this.#signs.set(pbx, secret);
  }

  drop(pbx: string, secret: string): void {
    for (const signing of this.#known.get(pbx) ?? [])
      if (signing.secret === secret) signing.until = this.#world.now;
  }

  signing(pbx: string): string {
    return this.#signs.get(pbx) ?? "";
  }

  text(pbx: string): string {
    if (this.unreadable.has(pbx)) throw new ProductError("REGISTRY_UNAVAILABLE", { detail: pbx });
    const known = this.#known.get(pbx);
    if (known === undefined) throw new ProductError("PBX_UNKNOWN", { detail: pbx });
    const current = known.filter(({ until }) => until > this.#world.now);
    return JSON.stringify({
      host: `https://${pbx}.example.com`,
      token: "t",
      webhook_secrets: current.map(({ secret }) => secret),
    });
  }

  /** Whether a webhook by this secret must be taken, or refused; undefined: both may be. */
  verdict(pbx: string, secret: string): "taken" | "refused" | undefined {
    const signing = this.#known.get(pbx)?.find((one) => one.secret === secret);
    if (signing === undefined || this.#world.now > signing.until + believedFor) return "refused";
    const isKnown = this.#world.now > signing.from + knownAfter && this.#world.now < signing.until;
    return isKnown ? "taken" : undefined;
  }
}

/** A webhook on its way: the PBX of its path, and the secret that signs it. */
export interface Sent {
  readonly path: string;
  readonly secret: string;
  readonly body: string;
}

export interface TransportPorts {
  readonly world: World;
  readonly secrets: WebhookSecrets;
  readonly machine: () => Machine;
  readonly stateOf: (machine: Machine) => StateStore;
  readonly newId: () => string;
  readonly log: EventPorts["log"];
  readonly metrics: EventPorts["metrics"];
  readonly takeFact: (machine: Machine, fact: CallFact) => Promise<unknown>;
  readonly unexpected: (error: unknown) => void;
  readonly fail: (what: string) => void;
}

/** Events from the PBX to callbacks: the real webhook, a queue that delivers until a worker is done, and the real worker. */
export const createTransport = (ports: TransportPorts) => {
  const { world, secrets } = ports;
  const { chance } = world;
  const clock = { now: () => world.now, sleep: (ms: number) => world.sleep(ms) };
  const registry = {
    readText: async (pbx: string) => secrets.text(pbx),
    list: async () => [],
  };

  /** Delivers a message until a worker is done with it. */
  const work = async (
    message: { readonly pbx: string; readonly body: string },
    done: () => void,
  ): Promise<void> => {
    const sentAt = world.now;
    for (let tries = 30; tries > 0; tries--) {
      const machine = ports.machine();
      const take = createEventTaker({
        state: ports.stateOf(machine),
        clock: machine.clock,
        newId: ports.newId,
        registry,
        log: ports.log,
        metrics: ports.metrics,
        bus: noEventBus,
        archive: undefined,
        takeFact: (fact) => ports.takeFact(machine, fact),
      });
      let how: string | undefined;
      const taking = take({ body: message.body, sentAt, from: { pbx: message.pbx } })
        .then((taken) => {
          how = taken;
        })
        .catch(ports.unexpected)
        .then(() => machine.end());
      await Promise.race([taking, world.sleep(30 * second)]);
      if (how === "taken" || how === "repeated") return done();
      if (how !== undefined && how !== "busy") return;
      await world.sleep(chance.whole(30, 120) * second);
    }
    ports.fail("an event stays in the queue");
  };

  let taken: () => void = () => undefined;
  const warm = Array.from({ length: 2 }, () =>
    webhookReceiver({
      registry,
      clock,
      events: {
        send: async (event) => {
          const done = taken;
          // the queue may be slow
          const late = chance.happens(0.01) ? 25 * 60 * minute : chance.whole(0, 20) * second;
          world.at(world.now + late, () => void work(event, done));
        },
      },
    }),
  );

  return {
    /** Sends a webhook; `done`: a worker has taken its event. The PBX tries three times. */
    send: async ({ path, secret, body }: Sent, done: () => void): Promise<void> => {
      const bytes = Buffer.from(body);
      for (let tries = 3; tries > 0; tries--) {
        // no time passes until the webhook is queued
        taken = done;
        try {
          const answer = await chance.pick(warm)({
            pbx: path,
            signature: signWebhook(bytes, secret),
            contentType: "application/json",
            body: bytes,
          });
          const verdict = secrets.verdict(path, secret);
          if (answer === "unauthorized" && verdict === "taken")
            ports.fail("an event that the PBX signed with a current secret was refused");
          if (answer !== "unauthorized" && verdict === "refused")
            ports.fail(`an event by a secret that is not one of ${path} was taken`);
          if (answer !== "unauthorized") return;
        } catch (error) {
          ports.unexpected(error);
        }
        await world.sleep(5 * second);
      }
    },
  };
};

/** The event by which a PBX says a fact, as its documents show it; a live call has the id of the call that it becomes. */
export const eventText = (fact: CallFact, at: number): string => {
  const isLive = fact.kind === "live";
  const far = { type: "REMOTE", phone: fact.number };
  const near = { type: "LOCAL", phone: "203", userExtension: "203" };
  const talkTime = fact.kind === "bridged" ? (fact.talkSeconds ?? 0) * second : 0;
  const isInbound = fact.direction === "inbound";
  const flow = {
    flowIndex: 0,
    startTime: fact.startedAt,
    ...(isLive ? {} : { endTime: fact.endedAt }),
    duration: fact.endedAt - fact.startedAt,
    connectTime: 0,
    talkTime,
    waitTime: fact.endedAt - fact.startedAt - talkTime,
    caller: isInbound ? far : near,
    callee: isInbound ? (talkTime > 0 ? near : {}) : far,
    direction: isInbound ? "INBOUND" : "OUTBOUND",
    ...(fact.queue === undefined ? {} : { queueName: fact.queue.name, queueId: "1" }),
    callStatus: talkTime > 0 ? "COMPLETED" : "MISSED",
  };
  // two callers can begin at the same moment
  const id = `it_w000001_${fact.startedAt}.${Number(fact.number.replace(/\D/g, "")) % 9_973}`;
  const ended = fact.source === "live" ? "call:live:completed" : "call:completed";
  const type = isLive ? "call:live:progress" : ended;
  // spaces that no other writer puts there: the signature is over these bytes
  return JSON.stringify({ id, pbx: "221100001bab", time: at, type, data: { id, flows: [flow] } }, null, 1);
};
