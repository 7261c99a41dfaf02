import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nodeTransport } from "../../../lib/wms/sending/node-transport.ts";
import type { Exchange } from "../../../lib/wms/sending/transport.ts";

const open: { close: () => void }[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of open.splice(0)) server.close();
});

const listen = async (server: Server | ReturnType<typeof createTcpServer>): Promise<string> => {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const exchange = (origin: string, change: Partial<Exchange> = {}): Exchange => ({
  method: "GET",
  origin,
  timeoutMs: 100_000,
  prepare: async () => ({
    target: "/%C3%A9/../x?a=1",
    headers: [
      ["Host", "pbx.example.com"],
      ["X-Ünused".replace("Ü", "u"), "é😀"],
      ["authorization", "Bearer x"],
    ],
    body: "",
  }),
  ...change,
});

/** Stops the timers of exchanges from now on; the result ends their time. */
const timers = (): (() => void) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => void vi.advanceTimersByTime(100_000);
};

describe("what travels", () => {
  it("is what was prepared: target, order and case of headers, UTF-8, Host without the port", async () => {
    let seen: { url: string | undefined; raw: string[] } | undefined;
    const origin = await listen(
      createServer((request, response) => {
        seen = { url: request.url, raw: request.rawHeaders };
        response.end("ok");
      }),
    );
    const result = await nodeTransport()(exchange(origin));
    expect(result).toMatchObject({ kind: "response", status: 200 });
    expect(seen?.url).toBe("/%C3%A9/../x?a=1");
    const raw = seen?.raw ?? [];
    expect(raw.slice(0, 6)).toEqual([
      "Host",
      "pbx.example.com",
      "X-unused",
      Buffer.from("é😀").toString("latin1"),
      "authorization",
      "Bearer x",
    ]);
  });
});

describe("whether a byte left", () => {
  it("nothing listens: notSent", async () => {
    const origin = await listen(createTcpServer());
    open.pop()?.close();
    expect(await nodeTransport()(exchange(origin))).toMatchObject({
      kind: "notSent",
      cause: { code: "ECONNREFUSED" },
    });
  });
  it("prepare or confirm throws: notSent, with that cause", async () => {
    const origin = await listen(createServer((_request, response) => void response.end()));
    const stop = (): never => {
      throw new Error("too old");
    };
    expect(await nodeTransport()(exchange(origin, { confirm: stop }))).toMatchObject({
      kind: "notSent",
      cause: { message: "too old" },
    });
    expect(await nodeTransport()(exchange(origin, { prepare: async () => stop() }))).toMatchObject({
      kind: "notSent",
      cause: { message: "too old" },
    });
  });
  it("a process that stands still again and again sends nothing", async () => {
    let requests = 0;
    const origin = await listen(createServer((_request, response) => void response.end(String(requests++))));
    expect(await nodeTransport()(exchange(origin, { confirm: () => false }))).toMatchObject({
      kind: "notSent",
    });
    expect(requests).toBe(0);
  });
  it("the server closes without an answer: maybeSent", async () => {
    const origin = await listen(createTcpServer((socket) => socket.once("data", () => socket.destroy())));
    expect(await nodeTransport()(exchange(origin))).toMatchObject({ kind: "maybeSent" });
  });
  it("the time is up before the head: maybeSent", async () => {
    const timeUp = timers();
    const origin = await listen(createServer(timeUp));
    expect(await nodeTransport()(exchange(origin))).toMatchObject({
      kind: "maybeSent",
      cause: { name: "AttemptTimeout" },
    });
  });
  it("the time is up in the body: reading it throws", async () => {
    const timeUp = timers();
    const origin = await listen(createServer((_request, response) => void response.write("half")));
    const result = await nodeTransport()(exchange(origin));
    if (result.kind !== "response") expect.fail("an answer had begun");
    const read = async (): Promise<void> => {
      for await (const chunk of result.body) {
        expect(String(chunk)).toBe("half");
        timeUp();
      }
    };
    await expect(read()).rejects.toMatchObject({ name: "AttemptTimeout" });
  });
  it("an aborted exchange ends at once, before it began or while it waits", async () => {
    const stop = new AbortController();
    const origin = await listen(createServer(() => stop.abort()));
    expect(
      await nodeTransport()(exchange(origin, { signal: AbortSignal.abort(new Error("stop")) })),
    ).toMatchObject({ kind: "notSent" });
    expect(await nodeTransport()(exchange(origin, { signal: stop.signal }))).toMatchObject({
      kind: "maybeSent",
    });
  });
});

describe("connections", () => {
  it("are kept for reads, and a dedicated one is opened for one request", async () => {
    const ports = new Set<number | undefined>();
    const origin = await listen(
      createServer((request, response) => {
        ports.add(request.socket.remotePort);
        response.end("ok");
      }),
    );
    const transport = nodeTransport();
    for (const dedicated of [false, false, true]) {
      const result = await transport(exchange(origin, { dedicated }));
      if (result.kind === "response") for await (const _chunk of result.body);
    }
    expect(ports.size).toBe(2);
  });
});
