import { asRead, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { rules } from "../policy.ts";
import type { CallbackIndex } from "./index.ts";

/** Who rings a target. */
interface Holder {
  readonly callback: string;
  /** Key of the ring. */
  readonly key: string;
}

const keyOf = (pbx: string, target: string, slot: number | "pause"): StateKey => ({
  partition: `callbacks/target/${pbx}`,
  id: slot === 0 ? target : `${target}~${slot}`,
});

/**
 * The phones that ring first: each has as many slots as callbacks may ring it at a time. A slot whose holder does not ring any
 * more can be taken over, so none is lost by a crash. All methods throw STATE_UNAVAILABLE.
 */
export const createTargets = (state: StateStore, clock: Pick<Clock, "now">, index: CallbackIndex) => {
  const rings = async (pbx: string, { callback, key }: Holder): Promise<boolean> => {
    const record = (await index.read(pbx, callback))?.value;
    return record?.state === "ringing" && record.dial?.key === key;
  };
  return {
    /** Whether a slot is free now. */
    isFree: async (pbx: string, target: string, slots: number): Promise<boolean> => {
      if ((await state.read(keyOf(pbx, target, "pause"))) !== undefined) return false;
      for (let slot = 0; slot < slots; slot++) {
        const held = await state.read<Holder>(keyOf(pbx, target, slot));
        if (held === undefined || !(await rings(pbx, held.value))) return true;
      }
      return false;
    },
    /** Takes a slot for a ring whose record says already that it rings. False: all are taken. */
    take: async (pbx: string, target: string, slots: number, holder: Holder): Promise<boolean> => {
      for (let slot = 0; slot < slots; slot++) {
        const key = keyOf(pbx, target, slot);
        const held = await state.read<Holder>(key);
        if (held !== undefined && (await rings(pbx, held.value))) continue;
        if ((await state.write(key, holder, asRead(held))) !== undefined) return true;
      }
      return false;
    },
    release: async (pbx: string, target: string, slots: number, ring: string): Promise<void> => {
      for (let slot = 0; slot < slots; slot++) {
        const key = keyOf(pbx, target, slot);
        const held = await state.read<Holder>(key);
        if (held?.value.key === ring) await state.remove(key, { version: held.version });
      }
    },
    /** Rings it no more for an hour. False: it is paused already. */
    pause: async (pbx: string, target: string): Promise<boolean> => {
      const until = stateSeconds(clock.now()) + rules.pauseSeconds;
      return (await state.write(keyOf(pbx, target, "pause"), null, { absent: true }, until)) !== undefined;
    },
  };
};
