import * as z from "zod/mini";
import { parseInput } from "../../input.ts";
import type { QueueMessage } from "../../queue.ts";

const messageSchema = z.strictObject({
  pbx: z.string(),
  day: z.string(),
  zone: z.string(),
  /** The record's; says whether the message still counts. */
  token: z.string(),
  /** The part to go on with; 1 begins the day. */
  part: z.number(),
});

/** What the planner asks of the worker: one day of one PBX, or the rest of it. */
export type ExportMessage = z.infer<typeof messageSchema>;

/** A PBX's days are worked off one after another, those of others beside them. */
export const messageFor = (message: ExportMessage): QueueMessage => ({
  group: message.pbx,
  dedupe: message.token,
  body: JSON.stringify(message),
});

/** Throws INPUT_INVALID. */
export const readMessage = (body: string): ExportMessage => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // what is no JSON has no field
  }
  return parseInput(messageSchema, value);
};
