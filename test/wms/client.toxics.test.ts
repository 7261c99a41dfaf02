import { describe, expect, it } from "vitest";
import { WmsError } from "../../lib/wms/errors.ts";
import { clientOf, withPbx } from "../support/pbx.ts";
import { startToxicProxy, type Toxic } from "../support/toxic-proxy.ts";

const kinds = ["latency", "bandwidth", "timeout", "reset", "slice", "limit", "slow close"] as const;
const positions = [
  ["the request", { direction: "request", after: 60 }],
  ["the answer's head", { direction: "answer", after: 10 }],
  ["the answer's body", { direction: "answer", after: 400 }],
] as const;
const cases = kinds.flatMap((kind) =>
  positions.map(([name, at]) => [kind, name, { kind, ...at }] as [string, string, Toxic]),
);

/** Those that only slow things down. */
const harmless = new Set(["latency", "bandwidth", "slice", "slow close"]);

describe.each(cases)("behind a proxy with %s in %s", (kind, _name, toxic) => {
  it("a read ends with the right answer or a named error", () =>
    withPbx({}, async (pbx) => {
      const proxy = await startToxicProxy(pbx.port, toxic);
      try {
        // what only slows things down is waited for, on a busy machine too
        const timeoutMs = harmless.has(kind) ? 60_000 : 600;
        const client = clientOf(proxy.url, { timeoutMs, maxAttempts: 2 });
        const ended = await client.historyPage({ count: 20 }).catch((error: unknown) => error);
        if (harmless.has(kind)) expect(ended).toMatchObject({ records: { length: 20 } });
        else {
          expect(ended).toBeInstanceOf(WmsError);
          expect(["WMS_TIMEOUT", "WMS_CONNECTION_LOST", "WMS_UNREACHABLE"]).toContain(
            (ended as WmsError).code,
          );
        }
      } finally {
        await proxy.close();
      }
    }));

  it("a call is placed at most once, and never called unsent when the PBX has it", () =>
    withPbx({}, async (pbx) => {
      const proxy = await startToxicProxy(pbx.port, toxic);
      try {
        const client = clientOf(proxy.url);
        const ended = await client
          .originate({ channel: "Local/108@users", exten: "109" }, { timeoutMs: 400 })
          .catch((error: unknown) => error);
        const placed = pbx.pbx.phones.calls.length;
        expect(placed).toBeLessThanOrEqual(1);
        // on a busy machine the time can be up before the request begins
        if (ended instanceof WmsError) expect([placed, ended.sent]).not.toEqual([1, "no"]);
        else expect(placed).toBe(1);
      } finally {
        await proxy.close();
      }
    }));
});
