import { describe, expect, it } from "vitest";
import { WmsError } from "../../lib/wms/errors.ts";
import { type FaultName, faultDocs } from "../../simulator/faults.ts";
import { clientOf, withPbx } from "../support/pbx.ts";

/** What becomes of a read of call history: an error's code, or what still works. */
const outcomes: Readonly<Record<FaultName, string>> = {
  slow: "WMS_TIMEOUT",
  status: "WMS_SERVER_ERROR",
  "rate-limit": "WMS_RATE_LIMITED",
  "connect-refused": "WMS_UNREACHABLE",
  "reset-before-body": "WMS_CONNECTION_LOST",
  "reset-after-body": "works",
  "reset-in-answer": "WMS_CONNECTION_LOST",
  "truncated-json": "WMS_ANSWER_TRUNCATED",
  html: "WMS_NOT_JSON",
  "empty-body": "WMS_ANSWER_EMPTY",
  "error-with-200": "WMS_REFUSED",
  redirect: "WMS_REDIRECTED",
  "clock-skew": "works",
  "bad-date": "works",
  forbidden: "WMS_FORBIDDEN",
  "foreign-app": "WMS_UNAUTHORIZED",
  "old-version": "WMS_UNAUTHORIZED",
  "self-signed": "WMS_TLS",
  "id-filter-ignored": "works",
  "start-filter-ignored": "works",
  "sort-ignored": "works",
  "exclusive-ends": "works",
  "total-absent": "works",
  "total-text": "works",
  "row-cap": "works",
  "page-cap": "works",
  "ids-restarted": "works",
  "marks-lost": "works",
  "channels-absent": "works",
  "call-ids": "works",
  "webhooks-late": "works",
  "webhooks-doubled": "works",
  "webhooks-disordered": "works",
  "sounds-list-404": "works",
};

describe("the client against each fault of the simulator", () => {
  it.each(Object.keys(faultDocs) as FaultName[])("%s", (name) =>
    withPbx({ faults: [name] }, async (pbx) => {
      // only what is slow is not waited for: a busy machine is slow, too
      const timeoutMs = name === "slow" ? 500 : 100_000;
      const client = clientOf(pbx.url, { timeoutMs, maxAttempts: 2 });
      const outcome = await client.historyPage({ count: 3 }).then(
        ({ records }) => (records.length === 3 ? "works" : "too few rows"),
        (error: unknown) => (error instanceof WmsError ? error.code : String(error)),
      );
      expect(outcome).toBe(outcomes[name]);
    }),
  );

  it("a fault that strikes once is overcome", () =>
    withPbx({ faults: ["status=502*1"] }, async (_pbx, client) => {
      await expect(client.version()).resolves.toMatch(/^7/);
    }));

  it("a PBX that comes back is reached again", () =>
    withPbx({ faults: ["connect-refused"] }, async (pbx, client) => {
      await expect(client.version()).rejects.toMatchObject({
        code: "WMS_UNREACHABLE",
        sent: "no",
      });
      await pbx.clearFaults();
      await expect(client.version()).resolves.toMatch(/^7/);
    }));

  it("a call whose answer is lost was placed, once", () =>
    withPbx({ faults: ["reset-after-body"] }, async (pbx, client) => {
      await expect(client.originate({ channel: "Local/108@users", exten: "109" })).rejects.toMatchObject({
        code: "WMS_CONNECTION_LOST",
        sent: "maybe",
      });
      expect(pbx.pbx.phones.calls).toHaveLength(1);
    }));

  it.each([
    ["api_key", { kind: "api_key", api_key: "wsk-v1-simulator-0123456789abcdef" }],
    ["token", { kind: "token", token: "access_simulator-0123456789abcdef" }],
  ] as const)("%s is let in, and a wrong one is not", (_name, auth) =>
    withPbx({}, async (pbx) => {
      const right = clientOf(pbx.url, {
        credentials: { current: async () => ({ host: pbx.url, auth }), refresh: async () => false },
      });
      await expect(right.version()).resolves.toMatch(/^7/);
      const wrong = { kind: "token", token: "access_wrong" } as const;
      const client = clientOf(pbx.url, {
        credentials: { current: async () => ({ host: pbx.url, auth: wrong }), refresh: async () => false },
      });
      await expect(client.version()).rejects.toMatchObject({ code: "WMS_UNAUTHORIZED" });
    }),
  );
});
