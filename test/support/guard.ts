import { Socket } from "node:net";
import { format } from "node:util";
import { leaksIn } from "./leaks.ts";

/** Error texts and written lines since somebody last asked. */
const texts: string[] = [];

export const noteText = (text: string): void => void texts.push(text);

/** What has been let out since the last time; forgets it. */
export const takeLeaks = (): string[] =>
  texts.splice(0).flatMap((text) => leaksIn(text).map((leak) => `${leak} in: ${text.slice(0, 120)}`));

/** Notes what is written to the console and the standard streams. */
export const watchOutput = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
      noteText(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
      return write(chunk, ...rest);
    };
  }
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    const print = console[level].bind(console);
    console[level] = (...args: unknown[]) => {
      noteText(format(...args));
      // a log line of the functions belongs to the test, not on the screen
      if (!String(args[0]).startsWith("{")) print(...args);
    };
  }
};

/** The host of Socket.connect's arguments: (options), (port, host) or the list that net.connect makes of either. */
const hostOf = ([first, second]: readonly unknown[]): unknown => {
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === "object" && first !== null) return "host" in first ? first.host : undefined;
  return typeof second === "string" ? second : undefined;
};

/** Tests talk to this machine alone. */
export const keepToLoopback = (): void => {
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...args: never[]): Socket {
    const host = hostOf(args);
    if (typeof host === "string" && !/^(?:127\.[\d.]+|localhost|::1)$/.test(host))
      throw new Error("a test reached beyond loopback");
    return Reflect.apply(connect, this, args) as Socket;
  };
};
