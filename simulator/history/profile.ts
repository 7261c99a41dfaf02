/** When calls come: Mondays are full, Fridays end early, Saturdays have a morning, Sundays hardly anything. */

/** Calls of a day beside those of an average working day, from Sunday on. */
const weekdays = [0.1, 1.15, 1.05, 1, 1, 0.8, 0.3];

const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();
export const callsOfDay = (day: string, average: number): number =>
  Math.round(average * (weekdays[weekdayOf(day)] ?? 1));

/** Weight of each hour of a working day. */
const hours = [
  0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 1, 3, 9, 12, 11, 9.5, 6, 5.5, 9, 9.5, 8.5, 6, 2.5, 1.5, 1.2, 0.9, 0.6, 0.4,
];
const weekend = [
  0.3, 0.2, 0.1, 0.1, 0.2, 0.3, 0.5, 1, 3, 5, 6, 5, 3, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1, 1, 0.6, 0.4,
];
const factors: Readonly<Record<number, (hour: number) => number>> = {
  1: (hour) => (hour >= 8 && hour < 11 ? 1.4 : 1),
  5: (hour) => (hour >= 15 ? 0.5 : 1),
};

/** For each weekday, the share of the day's calls that have come by the end of each hour. */
const shares = weekdays.map((_, weekday) => {
  const factor = factors[weekday] ?? (() => 1);
  const weights = (weekday % 6 === 0 ? weekend : hours).map((weight, hour) => weight * factor(hour));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let until = 0;
  return weights.map((weight) => {
    until += weight / all;
    return until;
  });
});

/** The hours of one day. Moments are parts of the day, from 0 up to, and without, 1. */
export class Hours {
  readonly #shares: readonly number[];
  readonly #working: boolean;

  constructor(day: string) {
    const weekday = weekdayOf(day);
    this.#shares = shares[weekday] ?? [];
    this.#working = weekday % 6 !== 0;
  }

  /** The moment at which a call comes, of a random share. */
  momentOf(share: number): number {
    const hour = Math.max(
      0,
      this.#shares.findIndex((until) => share < until),
    );
    const from = this.#shares[hour - 1] ?? 0;
    return (hour + (share - from) / ((this.#shares[hour] ?? 1) - from)) / 24;
  }

  /** Whether the office is open. */
  isOpen(moment: number): boolean {
    return this.#working && moment >= 8.5 / 24 && moment < 18 / 24;
  }
}
