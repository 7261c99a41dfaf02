import * as z from "zod/mini";
import { parseJson } from "../../wms/json.ts";

/** What is common to all types of events of a PBX. */
export interface PbxEvent {
  /** Id of the call, the conference or the message. Several events have the same one. */
  readonly id: string;
  readonly type: string;
  /** When the PBX sent it, epoch ms. */
  readonly time: number;
  /** Serial number of the PBX, which is not the id that this product gives it. */
  readonly serial: string | undefined;
  readonly company: string | undefined;
  readonly data: unknown;
  /** The whole event, as parsed. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** More than the longest transcription has. */
const limits = { depth: 64, containers: 50_000 };

const label = z.string().check(z.minLength(1), z.maxLength(200));
const optionalText = z.catch(z.optional(z.string().check(z.maxLength(200))), undefined);
const envelope = z.looseObject({
  id: label,
  type: label.check(z.regex(/^[A-Za-z][A-Za-z0-9:_.-]*$/)),
  time: z.int().check(z.minimum(0)),
  pbx: optionalText,
  company: optionalText,
  data: z.optional(z.unknown()),
});

/** An event of a PBX from its JSON text. Undefined if it is not JSON, or lacks what every event has. */
export const readEvent = (text: string): PbxEvent | undefined => {
  let value: unknown;
  try {
    value = parseJson(text, limits);
  } catch {
    return undefined;
  }
  const parsed = envelope.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, type, time, pbx, company, data } = parsed.data;
  return { id, type, time, serial: pbx, company, data, raw: value as Readonly<Record<string, unknown>> };
};

/** How old an event may be, ms. */
const oldest = 24 * 3_600_000;
/** How far the clock of a PBX may be ahead, ms. */
const furthestAhead = 5 * 60_000;

/** Whether an event is of a time at which it can have an effect. `receivedAt`: epoch ms of its arrival. */
export const isTimely = ({ time }: PbxEvent, receivedAt: number): boolean =>
  time >= receivedAt - oldest && time <= receivedAt + furthestAhead;
