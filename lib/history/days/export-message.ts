import * as z from "zod/mini";
import { parseInput } from "../../input.ts";
import type { QueueMessage } from "../../queue.ts";

const messageSchema = z.strictObject({
  pbx: z.string(),
  day: z.string(),
  zone: z.string(),
  /** The message counts only if the day's record has the same token. */
  token: z.string(),
  /** The first part to export; 1 starts the day. */
  part: z.number(),
});

/** Asks a worker for one day of one PBX, or for its continuation. */
export type ExportMessage = z.infer<typeof messageSchema>;

/** The messages of one PBX are handled one after another; those of other PBXs at the same time. */
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
    // text that is not JSON has no field
  }
  return parseInput(messageSchema, value);
};
