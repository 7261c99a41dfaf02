import { secondTexts } from "../calendar/utc.ts";

const twoDigits = (number: number): string => String(number).padStart(2, "0");

/** `HH:MM` of each minute of a day: a string of few pieces is made faster. */
const minuteTexts = Array.from(
  { length: 24 * 60 },
  (_, at) => `${twoDigits(Math.floor(at / 60))}:${twoDigits(at % 60)}`,
);

/** Writes epoch seconds as `YYYY-MM-DDTHH:MM:SSZ`. The day is written once for the calls of a day. */
export const utcWriter = (): ((seconds: number | null | undefined) => string | null) => {
  let [start, day] = [Number.NaN, ""];
  return (seconds) => {
    if (seconds === null || seconds === undefined) return null;
    if (!(seconds >= start && seconds < start + 86_400)) {
      start = Math.floor(seconds / 86_400) * 86_400;
      day = new Date(start * 1000).toISOString().slice(0, 11);
    }
    const rest = seconds - start;
    return `${day}${minuteTexts[Math.floor(rest / 60)]}${secondTexts[rest % 60]}`;
  };
};
