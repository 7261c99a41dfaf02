import { afterEach, describe, expect, it } from "vitest";
import { originate } from "../../functions/originate.ts";
import { onLambda } from "../../lib/aws/ports/wire.ts";
import { ProductError } from "../../lib/errors.ts";
import type { Handler } from "../../lib/invocation.ts";
import { silentLog } from "../../lib/log.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { fakeClock } from "../support/scripted.ts";

const name = "AWS_LAMBDA_FUNCTION_NAME";
const before = process.env[name];
afterEach(() => {
  if (before === undefined) delete process.env[name];
  else process.env[name] = before;
});

const invocation = { awsRequestId: "1", getRemainingTimeInMillis: () => 1_000 };

/** A log that keeps its errors. */
const heardLog = () => {
  const lines: unknown[] = [];
  return { lines, log: { ...silentLog, error: (...line: unknown[]) => void lines.push(line) } };
};

/** A function that notes what happens to it. */
const noted = (warm: () => Promise<void>) => {
  const notes: string[] = [];
  const make = (): Handler<string, string> =>
    Object.assign(
      async (event: string) => {
        notes.push(event);
        return event;
      },
      {
        warm: () => {
          notes.push("warm");
          return warm();
        },
      },
    );
  const ports = () => {
    notes.push("ports");
    return { log: silentLog };
  };
  return { notes, make, ports };
};

describe("a function in Lambda", () => {
  it("makes its ports and uses them a first time while it starts, once", async () => {
    process.env[name] = "originate";
    const { notes, make, ports } = noted(async () => undefined);
    const handler = await onLambda(make, ports);
    expect(notes).toEqual(["ports", "warm"]);
    await handler("one", invocation);
    await handler("two", invocation);
    expect(notes).toEqual(["ports", "warm", "one", "two"]);
  });
  it("logs the code of an error, and passes it on to Lambda", async () => {
    process.env[name] = "originate";
    const { log, lines } = heardLog();
    const error = new ProductError("STATE_UNAVAILABLE", { detail: "the table does not answer" });
    const make = (): Handler<string, string> => () => Promise.reject(error);
    const handler = await onLambda(make, () => ({ log }));
    await expect(handler("one", invocation)).rejects.toBe(error);
    expect(lines).toEqual([
      [
        "invocation failed",
        { requestId: "1", code: "STATE_UNAVAILABLE", detail: "the table does not answer" },
      ],
    ]);
  });
  it("starts even if a first use does not end", async () => {
    process.env[name] = "originate";
    const { make, ports } = noted(() => new Promise<void>(() => undefined));
    const handler = await onLambda(make, ports, 0);
    expect(await handler("one", invocation)).toBe("one");
  });
});

describe("a function on a laptop", () => {
  it("makes nothing before the first call", async () => {
    delete process.env[name];
    const { notes, make, ports } = noted(async () => undefined);
    const handler = await onLambda(make, ports);
    expect(notes).toEqual([]);
    await handler("one", invocation);
    await handler("two", invocation);
    expect(notes).toEqual(["ports", "one", "two"]);
  });
});

describe("the first uses of originate", () => {
  const setUp = (defaultPbx: string | undefined) => {
    const ports = memoryPorts(fakeClock());
    const asked: string[] = [];
    const noting =
      <Args extends unknown[], Result>(what: string, act: (...args: Args) => Result) =>
      (...args: Args): Result => {
        asked.push(what);
        return act(...args);
      };
    const watched = {
      ...ports,
      config: { ...ports.config, ...(defaultPbx === undefined ? {} : { defaultPbx }) },
      keys: { ...ports.keys, read: noting("keys", ports.keys.read) },
      pbxs: { get: noting("pbx", ports.pbxs.get) },
      audit: { write: ports.audit.write, open: noting("audit", async () => undefined) },
    };
    return { handler: originate(watched), asked, state: ports.state };
  };
  it("are the keys, the default PBX and the audit log; one that fails stops nothing", async () => {
    const { handler, asked } = setUp("milan");
    await handler.warm?.();
    expect(asked.toSorted()).toEqual(["audit", "keys", "pbx"]);
  });
  it("ask no PBX if there is no default", async () => {
    const { handler, asked } = setUp(undefined);
    await handler.warm?.();
    expect(asked.toSorted()).toEqual(["audit", "keys"]);
  });
  it("leave no record", async () => {
    const { handler, state } = setUp("milan");
    await handler.warm?.();
    for (const partition of ["switches", "calls", "pseudonyms"])
      expect(await Array.fromAsync(state.list(partition))).toEqual([]);
  });
});
