import { type Day, shiftDay } from "../calendar/local-days.ts";
import type { Warning } from "./findings.ts";
import type { AnyManifest } from "./manifest.ts";

/** Legs of a day that is not quiet. */
const many = 1_000;

/** Finds days without legs between two days with thousands: a PBX that lost its history answers like one without calls. */
export class EmptyDays {
  readonly #rows = new Map<string, Map<Day, number>>();
  readonly #empty: { readonly key: string; readonly day: Day; readonly pbx: string }[] = [];

  add(key: string, { day, pbx, rows }: Pick<AnyManifest, "day" | "pbx" | "rows">): void {
    const ofPbx = this.#rows.get(pbx) ?? new Map<Day, number>();
    this.#rows.set(pbx, ofPbx.set(day, rows));
    if (rows === 0) this.#empty.push({ key, day, pbx });
  }

  warnings(): Warning[] {
    return this.#empty.flatMap(({ key, day, pbx }) => {
      const rowsOn = (by: number): number => this.#rows.get(pbx)?.get(shiftDay(day, by)) ?? 0;
      const [before, after] = [rowsOn(-1), rowsOn(1)];
      if (before < many || after < many) return [];
      const detail = `the day has no legs, but the days before and after have ${before} and ${after}; check the PBX's history and export the day again with --force`;
      return [{ key, problem: "day without legs", detail }];
    });
  }
}
