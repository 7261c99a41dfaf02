import { createHash } from "node:crypto";
import { recent } from "../../cache.ts";
import { isError } from "../../errors.ts";
import { customersKey, type Placements, readPlacements, writingStore } from "../../store/customers.ts";
import { type ExportStore, writeText } from "../../store/store.ts";
import type { Clock } from "../../wms/clock.ts";
import type { PbxEvent } from "./envelope.ts";

/** Where an event is kept: by its UTC day and its PBX. The name is that of its bytes, so that a copy has the same one. */
const archiveKey = (pbx: string, event: PbxEvent, body: string): string => {
  const day = new Date(event.time).toISOString().slice(0, 10);
  const name = createHash("sha256").update(body).digest("hex").slice(0, 32);
  return `events/dt=${day}/pbx=${pbx}/${event.time}-${name}.json`;
};

/** An hour with many events must not read the same object for each. */
const placementsAgeMs = 60_000;

/** Keeps events in the form in which they were sent. Throws STORE_UNAVAILABLE. */
export const createArchive = (store: ExportStore, clock: Clock) => {
  const placements = recent<Placements | undefined>(clock, placementsAgeMs);
  return async (pbx: string, event: PbxEvent, body: string): Promise<void> => {
    const { value } = await placements(customersKey, () => readPlacements(store));
    const text = `${body.trimEnd()}\n`;
    try {
      await writeText(writingStore(store, value), archiveKey(pbx, event, body), text, { absent: true });
    } catch (error) {
      // it is there already
      if (!isError(error, "STORE_CONFLICT")) throw error;
    }
  };
};
