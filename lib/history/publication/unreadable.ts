import { isError } from "../../errors.ts";
import type { Finding } from "./findings.ts";

/** The finding for an object that the store cannot read. Throws every other error. */
export const unreadable = (key: string, what: "manifest" | "part", error: unknown): Finding => {
  if (!isError(error, "STORE_UNAVAILABLE")) throw error;
  const { field = "", message } = error;
  // the finding has the key already
  const detail = message.startsWith(field) ? message.slice(field.length).replace(/^:? /, "") : message;
  return { key, problem: `${what} unreadable`, detail };
};
