import { UsageError } from "./output.ts";

/** A port of loopback; 0 takes a free one. `option` is how it was given. */
export const portOf = (text: string, option: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`${option} is a port: 0 to 65535`);
};

/** Says how to choose another port where somebody has this one. */
export const orTaken =
  (port: number, option: string) =>
  (error: unknown): never => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new UsageError(`port ${port} is taken; choose another with ${option}`);
    throw error;
  };
