import { defined } from "../../defined.ts";
import { ProductError } from "../../errors.ts";
import { asSeen, type ExportStore, type StoredObject, writeText } from "../../store/store.ts";
import type { Clock } from "../../wms/clock.ts";
import type { FinishedPart } from "../parts/parts.ts";
import type { Erasing, Progress, StoredCheckpoint } from "./checkpoint.ts";
import type { DayState } from "./day-state.ts";
import { type AnyManifest, manifestKey, type Part } from "./manifest.ts";

/** How long a run owns a day before others may take it, ms. Renewed while it runs. */
const usualLeaseMs = 120_000;

interface PublicationPorts {
  readonly store: ExportStore;
  readonly clock: Clock;
  /** Instead of two minutes, if a user may stop a run and start it again immediately. */
  readonly leaseMs?: number;
}

/**
 * Changes a day's parts, one run at a time. Meanwhile a checkpoint replaces the manifest. It is written only if the day did
 * not change since the run began, and each later step only if the step before is still current. So no manifest is ever
 * beside parts of another run, even if several runs work at the same time and a run is killed at any point.
 */
export class Publication {
  readonly #ports: PublicationPorts;
  readonly #key: string;
  readonly #run: string;
  readonly #leaseMs: number;
  readonly #before: DayState;
  readonly #erasing: Erasing | undefined;
  #object: StoredObject | undefined;
  #until = 0;
  #parts: readonly Part[];
  #changed = false;

  /** `parts`: those of earlier runs that stay. `erasing`: the run replaces parts of a day with a manifest. */
  constructor(
    ports: PublicationPorts,
    { day, pbx }: { readonly day: string; readonly pbx: string },
    before: DayState,
    run: string,
    parts: readonly Part[],
    erasing?: Erasing,
  ) {
    this.#ports = ports;
    this.#key = manifestKey(day, pbx);
    this.#run = run;
    this.#leaseMs = ports.leaseMs ?? usualLeaseMs;
    this.#before = before;
    this.#object = before.object;
    this.#parts = parts;
    this.#erasing = erasing;
  }

  /** Whether a part was replaced or removed. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Takes the day. Throws STORE_CONFLICT if another run was faster; nothing is changed then. */
  begin(): Promise<void> {
    return this.#writeCheckpoint(this.#ports.clock.now() + this.#leaseMs, null);
  }

  /** Makes the parts visible, each only if its key did not change since this run began. Returns all parts so far. */
  async commit(parts: readonly FinishedPart[]): Promise<readonly Part[]> {
    for (const { key, staged, sha256, rows } of parts) {
      await this.#stillMine();
      this.#changed = true;
      const { etag, size } = await staged.commit(asSeen(this.#before.parts.get(key)));
      this.#parts = [...this.#parts, { key, etag, sha256, size, rows }];
    }
    return this.#parts;
  }

  /** Removes earlier parts that this run does not have. */
  async removeOthers(): Promise<void> {
    const named = new Set(this.#parts.map(({ key }) => key));
    for (const { key, etag } of this.#before.parts.values()) {
      if (named.has(key)) continue;
      await this.#stillMine();
      this.#changed = true;
      await this.#ports.store.remove(key, etag);
    }
  }

  /** Another run may continue from here immediately. */
  continueLater(progress: Progress): Promise<void> {
    return this.#writeCheckpoint(0, progress);
  }

  async finish(manifest: AnyManifest): Promise<void> {
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeText(this.#ports.store, this.#key, text, asSeen(this.#object));
  }

  /** Ends a day that is to have no manifest. */
  async abandon(): Promise<void> {
    if (this.#object !== undefined) await this.#ports.store.remove(this.#key, this.#object.etag);
  }

  /** Restores the earlier manifest if no part was changed. Otherwise the day has no manifest until it is exported again. */
  async release(): Promise<void> {
    if (this.#until === 0 || this.#object === undefined) return;
    const { store } = this.#ports;
    const { text } = this.#before;
    if (this.#changed || text === undefined) await store.remove(this.#key, this.#object.etag);
    else await writeText(store, this.#key, text, { etag: this.#object.etag });
  }

  /** A run that was frozen, or takes long, asks whether the day is still its own. */
  async #stillMine(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now > this.#until - this.#leaseMs / 2) await this.#writeCheckpoint(now + this.#leaseMs, null);
  }

  async #writeCheckpoint(until: number, progress: Progress | null): Promise<void> {
    const checkpoint: StoredCheckpoint = {
      draft: 2,
      run: this.#run,
      until,
      parts: [...this.#parts],
      progress,
      ...defined({ erasing: this.#erasing }),
    };
    const text = `${JSON.stringify(checkpoint)}\n`;
    this.#object = await writeText(this.#ports.store, this.#key, text, asSeen(this.#object));
    this.#until = until;
  }
}

/** Throws STORE_CONFLICT if another run has the day; `retryAfter` says how long at most. */
export const refuseWhereHeld = ({ checkpoint }: DayState, now: number): void => {
  if (checkpoint === undefined || checkpoint.until <= now) return;
  throw new ProductError("STORE_CONFLICT", {
    detail: "another run is writing this day",
    retryAfter: Math.ceil((checkpoint.until - now) / 1000),
  });
};
