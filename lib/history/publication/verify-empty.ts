import { shiftDay } from "../calendar/local-days.ts";
import type { Warning } from "./findings.ts";
import { type AnyManifest, manifestKey } from "./manifest.ts";

type Counted = Pick<AnyManifest, "day" | "pbx" | "rows">;

/** Number of legs from which a day counts as busy. */
const many = 1_000;

/** Finds days without legs between two days with thousands: a PBX that lost its history answers like one without calls. */
export class EmptyDays {
  readonly #days = new Map<string, Counted>();

  add({ day, pbx, rows }: Counted): void {
    this.#days.set(manifestKey(day, pbx), { day, pbx, rows });
  }

  warnings(): Warning[] {
    return [...this.#days].flatMap(([key, { day, pbx, rows }]) => {
      if (rows > 0) return [];
      const rowsOn = (by: number): number => this.#days.get(manifestKey(shiftDay(day, by), pbx))?.rows ?? 0;
      const [before, after] = [rowsOn(-1), rowsOn(1)];
      if (before < many || after < many) return [];
      const detail = `the day has no legs, but the days before and after have ${before} and ${after}; check the PBX's history and export the day again with --force`;
      return [{ key, problem: "day without legs", detail }];
    });
  }
}
