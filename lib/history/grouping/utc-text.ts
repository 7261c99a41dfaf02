const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

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
    const [hour, minute] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
    return `${day}${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[rest % 60]}Z`;
  };
};
