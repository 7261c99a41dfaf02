/** What a planner works with in a benchmark: local adapters, or the adapters of AWS with replacements of the services. */
import { configDefaults } from "../lib/config.ts";
import { dayAt, shiftDay } from "../lib/history/calendar/local-days.ts";
import { start } from "./children.ts";
import { zone } from "./day.ts";

/** What a planner of so many PBXs finds. */
export interface World {
  readonly where: "local" | "aws";
  readonly pbxs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => void;
}

/** History is wanted from long before the planner's reach. */
const settings = { WILDIX_START_DATE: shiftDay(dayAt(zone, Date.now()), -2 * configDefaults.catchUpDays) };

export const localWorld = (pbxs: number): World => ({
  where: "local",
  pbxs,
  env: settings,
  stop: () => undefined,
});

export const awsWorld = async (pbxs: number): Promise<World> => {
  const services = await start<Record<string, string>>("services", pbxs);
  const dynamo = await start<string>("dynamo");
  return {
    where: "aws",
    pbxs,
    env: {
      ...settings,
      ...services.told,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.told,
      WILDIX_TABLE: "wildix-state",
    },
    stop: () => {
      services.stop();
      dynamo.stop();
    },
  };
};
