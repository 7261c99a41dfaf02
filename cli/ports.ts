import { UsageError } from "./output.ts";

/** A port of loopback; 0 takes a free one. `option` is how it was given. */
export const portOf = (text: string, option: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`\`${option}\` must be a port from 0 to 65535; got ${text}.`);
};

/** Says how to choose another port if this one is in use. */
export const orTaken =
  (port: number, option: string) =>
  (error: unknown): never => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new UsageError(`Port ${port} is in use. Choose another with \`${option}\`.`);
    throw error;
  };
