import { createHash } from "node:crypto";
import { isError } from "../../errors.ts";
import { readPlacements, writingStore } from "../../store/customers.ts";
import { type ExportStore, writeText } from "../../store/store.ts";
import type { PbxEvent } from "./envelope.ts";

/** Where an event is kept: by its UTC day and its PBX. The name is that of its bytes, so that a copy has the same one. */
const archiveKey = (pbx: string, event: PbxEvent, body: string): string => {
  const day = new Date(event.time).toISOString().slice(0, 10);
  const name = createHash("sha256").update(body).digest("hex").slice(0, 32);
  return `events/dt=${day}/pbx=${pbx}/${event.time}-${name}.json`;
};

/** Keeps an event in the form in which it was sent. Throws STORE_UNAVAILABLE. */
export const archiveEvent = async (
  store: ExportStore,
  pbx: string,
  event: PbxEvent,
  body: string,
): Promise<void> => {
  const placed = writingStore(store, await readPlacements(store));
  try {
    await writeText(placed, archiveKey(pbx, event, body), `${body.trimEnd()}\n`, { absent: true });
  } catch (error) {
    // it is there already
    if (!isError(error, "STORE_CONFLICT")) throw error;
  }
};
