import { UsageError } from "../terminal/output.ts";
import { readWhole } from "./whole-number.ts";

/** A port of loopback; 0 takes a free one. `option` is how it was given. */
export const portOf = (text: string, option: string): number =>
  readWhole(text, option, "a port from 0 to 65535", 0, 65_535);

/** Says how to choose another port if this one is in use. */
export const orTaken =
  (port: number, option: string) =>
  (error: unknown): never => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new UsageError(`Port ${port} is in use. Choose another with \`${option}\`.`);
    throw error;
  };
