import { afterEach, expect, vi } from "vitest";
import { keepToLoopback, noteText, takeLeaks, watchOutput } from "./support/guard.ts";
import { giveSecret } from "./support/leaks.ts";

/** Every error of this product is noted when it is made, also where somebody catches it. */
vi.mock("../lib/wms/errors.ts", async (original) => {
  const module = await original<typeof import("../lib/wms/errors.ts")>();
  const watched = <T extends abstract new (...args: never[]) => Error>(type: T): T =>
    new Proxy(type, {
      construct(target, args, newTarget) {
        const error: Error = Reflect.construct(target, args, newTarget);
        noteText(error.message);
        return error;
      },
    });
  return { ...module, CodedError: watched(module.CodedError), WmsError: watched(module.WmsError) };
});

/** Every key that is made is a secret of this run. */
vi.mock("../lib/callers/key-text.ts", async (original) => {
  const module = await original<typeof import("../lib/callers/key-text.ts")>();
  const newKey: typeof module.newKey = (...args) => {
    const key = module.newKey(...args);
    giveSecret(key.text.split("_")[2] ?? "");
    return key;
  };
  return { ...module, newKey };
});

watchOutput();
keepToLoopback();

afterEach(() => {
  expect(takeLeaks(), "a log line or an error lets something out").toEqual([]);
});
