import { type Weekday, weekdays } from "../pbxs/call-settings.ts";
import type { PbxSettings } from "../pbxs/secret.ts";

/** Whether calls may be placed at this moment (epoch ms) by the PBX's own clock. Where no hours are set, always. */
export const withinHours = (settings: PbxSettings, now: number): boolean => {
  const { calling_hours: hours, timezone } = settings;
  if (hours === undefined) return true;
  const { day, time } = wallClock(timezone ?? "UTC", now);
  return (hours[day] ?? []).some((span) => {
    const [from = "", to = ""] = span.split("-");
    return from <= time && time < to;
  });
};

const wallClock = (timeZone: string, now: number): { day: Weekday; time: string } => {
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const name = parts.get("weekday")?.toLowerCase();
  const day = weekdays.find((weekday) => weekday === name) ?? "sun";
  return { day, time: `${parts.get("hour")}:${parts.get("minute")}` };
};
