import { invalid } from "../input.ts";

export const isCustomer = (name: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);

/** A customer's name is a part of object keys. Throws INPUT_INVALID that names `field`. */
export const checkCustomer = (name: string, field: string): string => {
  if (isCustomer(name)) return name;
  throw invalid(
    field,
    `must be 1 to 63 lower-case letters, digits or hyphens, with a letter or digit at both ends; got "${name.replace(/\p{Cc}/gu, "?").slice(0, 80)}".`,
  );
};
