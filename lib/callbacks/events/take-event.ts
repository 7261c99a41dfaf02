import { isError } from "../../errors.ts";
import type { EventBus } from "../../event-bus.ts";
import type { Log } from "../../log.ts";
import type { MetricName, Metrics } from "../../metrics.ts";
import { createPseudonyms } from "../../pseudonyms.ts";
import { asRead, stateSeconds } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { CallFact } from "../facts.ts";
import { createArchive } from "./archive.ts";
import { isTimely, type PbxEvent, readEvent } from "./envelope.ts";
import { detailTypeOf, isKnownType } from "./families.ts";
import { judgeCompleted, type NoFact } from "./judge-call.ts";
import { addLive, factOf, type LiveCall } from "./live-call.ts";
import { createOnce, type OncePorts } from "./once.ts";
import { readSignature } from "./signature.ts";
import { type SenderPorts, sqsSenders } from "./sqs-senders.ts";

export interface EventPorts extends SenderPorts, OncePorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly bus: EventBus;
  /** Undefined: events are not archived. */
  readonly archive: ExportStore | undefined;
  /** What a fact does to callbacks. Throws STATE_UNAVAILABLE, REGISTRY_UNAVAILABLE and what reading a PBX throws. */
  readonly takeFact: (fact: CallFact) => Promise<unknown>;
}

/** A message of one of the two queues. */
export interface EventMessage {
  /** The JSON text of the event. */
  readonly body: string;
  /** When it entered the queue, epoch ms. */
  readonly sentAt: number;
  /** The PBX that the webhook verified; or the signature of the PBX's own message. */
  readonly from: { readonly pbx: string } | { readonly signature: string | undefined };
}

/** What became of a message. Of `busy`, take it again later. */
export type TakenMessage = "taken" | "repeated" | "busy" | "unsigned" | "unreadable" | "untimely";

/** The live events of a call are remembered for so long, s. */
const liveSeconds = 2 * 3600;
/** Writes that may come first. */
const tries = 10;

/**
 * Takes an event once, even if it is delivered several times or out of order: archives it, passes it on, and says what it means for
 * callbacks. Throws what the ports throw: the message must be delivered again.
 */
export const createEventTaker = (ports: EventPorts) => {
  const { clock, state, log, metrics, bus } = ports;
  const archive = ports.archive && createArchive(ports.archive, clock);
  const once = createOnce(ports);
  const senders = sqsSenders(ports);
  const pseudonym = createPseudonyms(state, ports.newId);

  const count = (name: MetricName): void => metrics.put({ [name]: 1 });

  const senderOf = async ({ from, body }: EventMessage): Promise<string | undefined> => {
    if ("pbx" in from) return from.pbx;
    const signature = readSignature(from.signature);
    const found = signature === undefined ? [] : await senders(Buffer.from(body), signature);
    if (found.length > 1)
      log.error("PBXs share an sqs_signing_key: give each PBX a separate key", { pbxs: found });
    return found.length === 1 ? found[0] : undefined;
  };

  /** Adds an event to what is known of its call. */
  const addToCall = async (pbx: string, event: PbxEvent): Promise<LiveCall | NoFact> => {
    const key = { partition: `events/${pbx}`, id: await pseudonym(JSON.stringify(["live", event.id])) };
    for (let n = 0; ; n++) {
      const before = await state.read<LiveCall>(key);
      const after = addLive(before?.value, event);
      if (typeof after === "string") return after;
      const expiresAt = stateSeconds(clock.now()) + liveSeconds;
      // after so many others the event is judged without being remembered
      if ((await state.write(key, after, asRead(before), expiresAt)) !== undefined || n === tries)
        return after;
    }
  };

  /** What a known type means for callbacks. */
  const factFrom = async (pbx: string, event: PbxEvent): Promise<CallFact | NoFact | undefined> => {
    switch (event.type) {
      case "call:completed":
        return judgeCompleted(pbx, event);
      case "call:start":
      case "call:update":
      case "call:end":
      case "call:live:progress":
      case "call:live:completed":
      case "call:live:interrupted": {
        const call = await addToCall(pbx, event);
        return typeof call === "string" ? call : factOf(pbx, call, event);
      }
      default:
        return undefined;
    }
  };

  const act = async (pbx: string, event: PbxEvent, body: string): Promise<void> => {
    await archive?.(pbx, event, body);
    const detailType = detailTypeOf(event.type);
    if (!(await bus.put({ detailType, pbx, detail: event.raw, at: event.time })))
      log.warn("event too large for the event bus", { pbx, type: event.type });
    if (!isKnownType(event.type)) {
      count("events_unknown");
      log.info("event of an unknown type", { pbx, type: event.type });
      return;
    }
    const fact = await factFrom(pbx, event);
    if (fact === undefined || fact === "internal") return;
    if (typeof fact === "string") {
      count("events_unusable");
      log.info("event of a call ignored", { pbx, type: event.type, because: fact });
      return;
    }
    try {
      await ports.takeFact(fact);
    } catch (error) {
      // the PBX was removed after it sent the event
      if (!isError(error, "PBX_UNKNOWN")) throw error;
      log.warn("event of an unknown PBX", { pbx });
    }
  };

  return async (message: EventMessage): Promise<TakenMessage> => {
    const { body, sentAt } = message;
    const pbx = await senderOf(message);
    if (pbx === undefined) {
      count("events_unsigned");
      log.warn("message without a valid signature");
      return "unsigned";
    }
    const event = readEvent(body);
    if (event === undefined || !isTimely(event, sentAt)) {
      const why = event === undefined ? "unreadable" : "untimely";
      count(`webhooks_${why}`);
      log.warn("event ignored", { pbx, because: why });
      return why;
    }
    const taken = await once(pbx, [event.type, event.id, String(event.time)], () => act(pbx, event, body));
    if (typeof taken === "string") return taken;
    count("events_taken");
    return "taken";
  };
};
