/** A moment at which the tests are run again. */
export interface Night {
  /** Local time in `zone`, for example `2028-02-29T23:57`. */
  readonly at: string;
  readonly zone: string;
  readonly language: string;
}

const zones = ["Europe/Rome", "America/New_York", "Australia/Sydney", "Pacific/Auckland", "America/St_Johns"];
/** Just before midnight and before clocks change; the run crosses them. */
const times = ["23:57", "01:57", "02:57", "00:00", "12:00", "05:59", "08:59"];
const languages = ["C.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8"];
const daysOf2028 = 366;

const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T;

/** The night of the run of a date. 97 has no factor in common with 366, so 366 runs meet every night. */
export const nightOf = (date: Date): Night => {
  const number = Math.floor(date.getTime() / 86_400_000);
  const day = new Date(Date.UTC(2028, 0, 1 + ((number * 97) % daysOf2028))).toISOString().slice(0, 10);
  return {
    at: `${day}T${pick(times, number)}`,
    zone: pick(zones, number),
    language: pick(languages, Math.floor(number / 2)),
  };
};
