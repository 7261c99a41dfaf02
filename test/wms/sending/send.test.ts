import { describe, expect, it } from "vitest";
import { createClient, type WmsClient } from "../../../lib/wms/client.ts";
import type { WmsError } from "../../../lib/wms/errors.ts";
import type { Credentials } from "../../../lib/wms/sending/send.ts";
import type { TransportResult } from "../../../lib/wms/sending/transport.ts";
import { connectionTo } from "../../support/pbx.ts";
import { answer, fakeClock, lost, ok, refused, type Sent, scripted } from "../../support/scripted.ts";

const host = "https://pbx.example.com";
type Script = (TransportResult | ((sent: Sent) => TransportResult | Promise<TransportResult>))[];

const setUp = (script: Script, options: { credentials?: Credentials; maxResponseBytes?: number } = {}) => {
  const clock = fakeClock();
  const transport = scripted(script);
  const client = createClient({
    transport: transport.transport,
    clock,
    random: () => 0.5,
    requestsPerSecond: 1000,
    credentials: { current: async () => connectionTo(host), refresh: async () => false },
    ...options,
  });
  return { client, clock, ...transport };
};

const failure = async (promise: Promise<unknown>): Promise<WmsError> =>
  promise.then(
    () => expect.fail("it should have failed"),
    (error: WmsError) => error,
  );

const version = (): TransportResult => ok({ version: "7.08" });
const call = { channel: "Local/108@users", context: "users", exten: "109" };

describe("reads are tried again", () => {
  it.each<[string, TransportResult]>([
    ["a connection that was not made", lost("notSent", "ECONNREFUSED")],
    ["a connection that broke off", lost("maybeSent")],
    ["500", answer(500, { type: "error" })],
    ["429", answer(429, { type: "error" })],
    ["a page of HTML", answer(200, "<html>")],
    ["truncated JSON", answer(200, '{"type":"result","res')],
    ["an empty body", answer(200, "")],
  ])("after %s", async (_name, first) => {
    const { client, sent } = setUp([first, version]);
    await expect(client.version()).resolves.toBe("7.08");
    expect(sent).toHaveLength(2);
  });

  it.each<[string, TransportResult, string]>([
    ["400", answer(400, { type: "error", reason: "bad" }), "WMS_REFUSED"],
    ["403", answer(403, { type: "error" }), "WMS_FORBIDDEN"],
    ["404", answer(404, { type: "error" }), "WMS_NOT_FOUND"],
    ["an error with 200", answer(200, { type: "error", reason: "locked" }), "WMS_REFUSED"],
    ["a redirect", answer(302, "", [["Location", "https://elsewhere.example.com/"]]), "WMS_REDIRECTED"],
    ["JSON of another shape", answer(200, { hello: 1 }), "WMS_ANSWER_UNEXPECTED"],
  ])("but not after %s", async (_name, first, code) => {
    const { client, sent } = setUp([first]);
    expect((await failure(client.version())).code).toBe(code);
    expect(sent).toHaveLength(1);
  });

  it("four times at most, and the last error is thrown", async () => {
    const { client, sent } = setUp(
      Array.from({ length: 4 }, () => answer(503, { type: "error", reason: "busy" })),
    );
    expect((await failure(client.version())).message).toBe('the PBX responded with 503: "busy"');
    expect(sent).toHaveLength(4);
  });

  it("after the wait that the PBX asks for", async () => {
    const { client, clock } = setUp([answer(429, {}, [["Retry-After", "3"]]), version]);
    await client.version();
    expect(clock.slept.some((ms) => ms >= 3000)).toBe(true);
  });

  it("never past the deadline", async () => {
    const { client, clock } = setUp([answer(429, {}, [["Retry-After", "60"]])]);
    expect((await failure(client.version({ timeoutMs: 10_000 }))).code).toBe("WMS_RATE_LIMITED");
    expect(clock.slept).toEqual([]);
  });

  it("until the budget is used up", async () => {
    const { client, sent } = setUp(Array.from({ length: 100 }, () => answer(500, {})));
    for (let n = 0; n < 10; n++) await failure(client.version());
    expect(sent).toHaveLength(10 + 10);
  });

  it("from another budget than those of lists, which may be read at the same time", async () => {
    const { client, sent } = setUp(Array.from({ length: 100 }, () => answer(500, {})));
    for (let n = 0; n < 10; n++) await failure(client.callQueues.list());
    expect(sent).toHaveLength(10 + 10);
    await failure(client.version());
    expect(sent).toHaveLength(10 + 10 + 4);
  });
});

describe("writes are sent once", () => {
  it.each<[string, TransportResult, string, string]>([
    ["500", answer(500, { type: "error" }), "WMS_SERVER_ERROR", "yes"],
    ["a lost answer", lost("maybeSent"), "WMS_CONNECTION_LOST", "maybe"],
    ["no connection", lost("notSent", "ECONNREFUSED"), "WMS_UNREACHABLE", "no"],
    ["HTML", answer(200, "<html>"), "WMS_NOT_JSON", "yes"],
    ["429", answer(429, {}), "WMS_RATE_LIMITED", "yes"],
  ])("originate after %s", async (_name, first, code, sentHow) => {
    const { client, sent } = setUp([first]);
    const error = await failure(client.originate(call));
    expect([error.code, error.sent]).toEqual([code, sentHow]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.exchange.dedicated).toBe(true);
  });

  it("unless the caller says that a repetition is safe", async () => {
    const { client, sent } = setUp([answer(500, {}), ok()]);
    expect((await client.request("PUT", "/api/v1/x", { safeToRepeat: true })).status).toBe(200);
    expect(sent).toHaveLength(2);
  });

  it("and once more after a 401 with other credentials, which proves that nothing was done", async () => {
    let refreshes = 0;
    const credentials = { current: async () => connectionTo(host), refresh: async () => refreshes++ === 0 };
    const { client, sent } = setUp([refused(), ok()], { credentials });
    await client.originate(call);
    expect(sent).toHaveLength(2);
  });

  it.each<[string, (client: WmsClient) => Promise<unknown>]>([
    ["originate", (client) => client.originate(call)],
    ["a read", (client) => client.version()],
  ])(
    "%s is not sent a third time, though clock and credentials change with every 401",
    async (_name, act) => {
      const hours = Array.from({ length: 3 }, (_, n) =>
        answer(401, { type: "error" }, [["Date", new Date(1_700_000_000_000 + n * 3_600_000).toUTCString()]]),
      );
      const { client, sent } = setUp(hours, {
        credentials: { current: async () => connectionTo(host), refresh: async () => true },
      });
      expect((await failure(act(client))).code).toBe("WMS_UNAUTHORIZED");
      expect(sent).toHaveLength(2);
    },
  );

  it("not even that where the caller forbids it", async () => {
    const { client, sent } = setUp([refused()], {
      credentials: { current: async () => connectionTo(host), refresh: async () => true },
    });
    expect((await failure(client.originate(call, { repeatAfter401: async () => false }))).code).toBe(
      "WMS_UNAUTHORIZED",
    );
    expect(sent).toHaveLength(1);
  });
});

describe("a raw request", () => {
  it.each([200, 302, 404, 418])("gives an answer of %i as it is", async (status) => {
    const { client } = setUp([answer(status, "text", [["X-A", "1"]])]);
    expect(await client.request("GET", "/x")).toEqual({ status, headers: [["X-A", "1"]], body: "text" });
  });
  it("gives the last 500 after trying again", async () => {
    const { client, sent } = setUp(Array.from({ length: 4 }, () => answer(500, "broken")));
    expect(await client.request("GET", "/x")).toMatchObject({ status: 500, body: "broken" });
    expect(sent).toHaveLength(4);
  });
  it("refuses what cannot be signed before any request", async () => {
    const { client } = setUp([]);
    expect((await failure(client.request("GET", "/x", { params: { "a.b": 1 } }))).field).toBe("params.a.b");
  });
});

describe("the PBX's clock", () => {
  const date = (ms: number): [string, string] => ["Date", new Date(ms).toUTCString()];
  /** A PBX whose clock is `skew` ms ahead and that accepts tokens of its own time only. */
  const pbx =
    (clock: { at: number }, skew: number) =>
    ({ iat }: Sent): TransportResult => {
      const theirs = Math.floor((clock.at + skew) / 1000);
      return iat <= theirs && theirs < iat + 300
        ? version()
        : answer(401, { type: "error" }, [date(theirs * 1000)]);
    };

  it.each([
    ["1 s ahead", 1_000, 1],
    ["1 s behind", -1_000, 2],
    ["5 min ahead", 300_000, 2],
    ["5 min behind", -300_000, 2],
    ["1 h ahead", 3_600_000, 2],
    ["1 h behind", -3_600_000, 2],
  ])("%s: learnt from its Date, once", async (_name, skew, requests) => {
    const script: Script = [];
    const { client, clock, sent } = setUp(script);
    for (let n = 0; n < 4; n++) script.push((request) => pbx(clock, skew)(request));
    await expect(client.version()).resolves.toBe("7.08");
    expect(sent).toHaveLength(requests);
    await expect(client.version()).resolves.toBe("7.08");
    expect(sent).toHaveLength(requests + 1);
  });

  it.each([[undefined], ["yesterday, about noon"], [new Date(4_000_000_000_000).toUTCString()]])(
    "a Date of %s teaches nothing",
    async (text) => {
      const { client, sent } = setUp([answer(401, {}, text === undefined ? [] : [["Date", text]])]);
      expect((await failure(client.version())).code).toBe("WMS_UNAUTHORIZED");
      expect(sent).toHaveLength(1);
    },
  );

  it("of 20 requests in flight each is sent twice, no more", async () => {
    const script: Script = [];
    const { client, clock, sent } = setUp(script);
    for (let n = 0; n < 60; n++) script.push((request) => pbx(clock, 3_600_000)(request));
    await Promise.all(Array.from({ length: 20 }, () => client.version()));
    expect(sent).toHaveLength(40);
  });

  it("a freeze of ten minutes between build and send: iat is the time of sending", async () => {
    const { clock, client, sent } = setUp([]);
    const frozen = createClient({
      clock,
      random: () => 0,
      credentials: { current: async () => connectionTo(host), refresh: async () => false },
      transport: async (exchange) => {
        await exchange.prepare();
        clock.at += 600_000;
        expect(exchange.confirm?.()).toBe(false);
        const { headers } = await exchange.prepare();
        expect(exchange.confirm?.()).toBe(true);
        const claims = JSON.parse(
          Buffer.from(headers.at(-1)?.[1].split(".")[1] ?? "", "base64url").toString(),
        );
        expect(claims.iat).toBe(Math.floor(clock.at / 1000));
        return version();
      },
    });
    await frozen.version();
    expect([client !== frozen, sent.length]).toEqual([true, 0]);
  });
});

describe("bounds", () => {
  it("an answer over the limit is not read on", async () => {
    const { client } = setUp([answer(200, "x".repeat(2000))], { maxResponseBytes: 1000 });
    expect((await failure(client.version())).code).toBe("WMS_ANSWER_TOO_LARGE");
  });

  it.each<[string, (client: WmsClient) => Promise<unknown>, number]>([
    ["originate", (client) => client.originate(call), 70_000],
    ["a new sound", (client) => client.sounds.create({ filename: "a", text: "b", voice: "K" }), 70_000],
    ["the version", (client) => client.version(), 70_000],
    ["queues", (client) => client.callQueues.list(), 9_000_000],
  ])("the answer to %s has a limit of its own", async (_name, ask, size) => {
    const { client } = setUp([answer(200, `{"type":"result","result":"${"x".repeat(size)}"}`)]);
    expect((await failure(ask(client))).code).toBe("WMS_ANSWER_TOO_LARGE");
  });

  it("an answer that is nested too deeply, or all brackets, is not parsed", async () => {
    const deep = `{"type":"result","result":{"version":${"[".repeat(300)}${"]".repeat(300)}}}`;
    const wide = `{"type":"result","result":{"records":[${"[],".repeat(1_000_001)}0]}}`;
    const { client } = setUp([answer(200, deep), answer(200, wide)]);
    expect(await failure(client.version())).toMatchObject({
      code: "WMS_ANSWER_TOO_LARGE",
      message: "the PBX's response has more than 256 levels",
      sent: "yes",
    });
    expect((await failure(client.historyPage({}))).code).toBe("WMS_ANSWER_TOO_LARGE");
  });

  it("an answer with a byte order mark is read", async () => {
    const { client } = setUp([answer(200, '\uFEFF{"type":"result","result":{"version":"7.08"}}')]);
    expect(await client.version()).toBe("7.08");
  });

  it("an aborted wait ends at once", async () => {
    const stop = new AbortController();
    const { client } = setUp([
      () => {
        stop.abort();
        return answer(500, {});
      },
    ]);
    expect((await failure(client.version({ signal: stop.signal }))).code).toBe("WMS_ABORTED");
  });
});
