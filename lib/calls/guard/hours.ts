import { weekdays } from "../../pbxs/call-settings.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";

/** Whether calls may be placed now (epoch ms) by the PBX's own clock. Always, if no hours are set. */
export const withinHours = (settings: PbxSettings, now: number): boolean => {
  const { calling_hours: hours, timezone = "UTC" } = settings;
  if (hours === undefined) return true;
  const { weekday, hour, minute } = wallClock(timezone, now);
  const time = `${hour}:${minute}`;
  return weekdays
    .filter((day) => day === weekday.toLowerCase())
    .some((day) => hours[day]?.some((span) => span.slice(0, 5) <= time && time < span.slice(6)));
};

/** The parts of a moment as the PBX's clock shows them: a weekday in three letters, two digits each. */
const wallClock = (timeZone: string, now: number) => {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (wanted: string): string => parts.find(({ type }) => type === wanted)?.value ?? "";
  return { weekday: part("weekday"), hour: part("hour"), minute: part("minute") };
};
