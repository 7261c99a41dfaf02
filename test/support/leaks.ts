import { simulatorDefaults } from "../../simulator/defaults.ts";
import { vectors } from "./vectors.ts";

/** What must stand in no log line and no error of the whole run. */
const secrets = new Set<string>([
  simulatorDefaults.secret,
  simulatorDefaults.apiKey,
  simulatorDefaults.token,
  ...vectors
    .map(({ config }) => config.secret_key)
    .filter((secret) => typeof secret === "string" && secret.length > 8),
]);
/** Numbers that a caller gave: no more than six digits of one in a row. */
const numbers = new Set<string>(["16144841500", "390401234567", "4930123456789"]);

export const giveSecret = (value: string): string => {
  secrets.add(value);
  return value;
};
export const giveNumber = (value: string): string => {
  numbers.add(value.replace(/\D/g, ""));
  return value;
};

/** What of the given things a text lets out. */
export const leaksIn = (text: string): string[] => {
  const found = [...secrets].filter((secret) => text.includes(secret)).map(() => "a secret");
  for (const number of numbers) {
    for (let at = 0; at + 7 <= number.length; at++) {
      if (text.includes(number.slice(at, at + 7))) {
        found.push(`seven digits of a number that ends in ${number.slice(-2)}`);
        break;
      }
    }
  }
  return found;
};
