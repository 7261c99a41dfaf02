import { simulatorDefaults } from "../../simulator/defaults.ts";

/** Settings for the simulated PBX: callbacks at every hour that the number's country allows. */
export const simulatedPbx = {
  country: "IT",
  timezone: simulatorDefaults.zone,
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["US", "CA", "IT", "DE", "GB", "FR"],
  call_marker: "account",
  caps: { per_minute: 300, per_caller: 20_000, per_destination: 5_000, per_day: 50_000 },
  callbacks: {
    mode: "call",
    targets: { "*": "101" },
    hours: Object.fromEntries(
      ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["00:00-24:00"]]),
    ),
  },
};
