import { Socket } from "node:net";
import { afterEach, expect, vi } from "vitest";
import { leaksIn } from "./support/leaks.ts";

/** Every error text of this product, and every line that is written, while a test runs. */
const texts: string[] = [];

vi.mock("../lib/wms/errors.ts", async (original) => {
  const module = await original<typeof import("../lib/wms/errors.ts")>();
  const watched = <T extends abstract new (...args: never[]) => Error>(type: T): T =>
    new Proxy(type, {
      construct(target, args, newTarget) {
        const error: Error = Reflect.construct(target, args, newTarget);
        texts.push(error.message);
        return error;
      },
    });
  return { ...module, CodedError: watched(module.CodedError), WmsError: watched(module.WmsError) };
});

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    texts.push(String(chunk));
    return write(chunk, ...rest);
  }) as typeof stream.write;
}
for (const level of ["log", "info", "warn", "error", "debug"] as const) {
  const print = console[level].bind(console);
  console[level] = (...args: unknown[]) => {
    texts.push(args.map(String).join(" "));
    // a log line of the functions belongs to the test, not on the screen
    if (!String(args[0]).startsWith("{")) print(...args);
  };
}

/** Tests talk to this machine alone. */
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (this: Socket, ...args: never[]): Socket {
  const [first] = args as unknown[];
  const options = Array.isArray(first) ? first[0] : first;
  const host: unknown =
    typeof options === "object" && options !== null && "host" in options ? options.host : undefined;
  if (typeof host === "string" && !/^(?:127\.|localhost$|::1$)/.test(host))
    throw new Error("a test reached beyond loopback");
  return Reflect.apply(connect, this, args) as Socket;
};

afterEach(() => {
  const seen = texts.splice(0);
  const leaks = seen.flatMap((text) => leaksIn(text).map((leak) => `${leak} in: ${text.slice(0, 120)}`));
  expect(leaks, "a log line or an error lets something out").toEqual([]);
});
