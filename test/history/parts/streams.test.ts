import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { drained } from "../../../lib/history/parts/streams.ts";

describe("a stream that is full", () => {
  const full = (): PassThrough => {
    const stream = new PassThrough({ highWaterMark: 1 });
    stream.write("ab");
    return stream;
  };
  const listeners = (stream: PassThrough): number =>
    stream.listenerCount("drain") + stream.listenerCount("close");
  it.each<[string, (stream: PassThrough) => unknown]>([
    ["takes more when it is read", (stream) => stream.resume()],
    ["is waited for no longer when it is closed", (stream) => stream.destroy()],
  ])("%s, and nobody listens any more", async (_name, act) => {
    const stream = full();
    const before = listeners(stream);
    let done = false;
    const waiting = drained(stream).then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    expect(done).toBe(false);
    act(stream);
    await waiting;
    expect(listeners(stream)).toBe(before);
  });
});
