/** The day that is exported, and who asks: known to the processes on both sides. */
export const day = "2026-11-23";
export const zone = "Europe/Rome";
/** The time of the day after (in Rome perhaps of the one after that), which runs on in step in all processes. */
export const now = (): number => Date.parse("2026-11-24T00:00:00Z") + (Date.now() % 86_400_000);

export const account = {
  appId: "app-0001",
  appName: "bench",
  secret: "0123456789abcdef0123456789abcdef",
};
