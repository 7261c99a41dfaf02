import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveHttpApi } from "../../lib/local/http-api.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";

const start = async (act: (body: string, timeEpoch: number) => void, now = systemClock.now) => {
  const routes = [
    {
      method: "POST",
      path: "/calls",
      handler: async ({
        body,
        isBase64Encoded,
        requestContext,
      }: Parameters<Parameters<typeof serveHttpApi>[0][0]["handler"]>[0]) => {
        act(`${isBase64Encoded ? "base64:" : ""}${body ?? ""}`, requestContext.timeEpoch);
        return { statusCode: 200, body: "{}" };
      },
    },
  ];
  const { url, close } = await serveHttpApi(routes, { ...systemClock, now });
  onTestFinished(close);
  return { url, port: Number(new URL(url).port) };
};

const head = (length: number): string =>
  `POST /calls HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe("the HTTP API on loopback", () => {
  it("serves no caller who hung up before their request was read", async () => {
    const served: string[] = [];
    const { url, port } = await start((body) => void served.push(body));
    await new Promise<void>((resolve) => {
      // both are in the kernel before the server reads either
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`${head(4)}gone`);
        socket.destroy();
        resolve();
      });
    });
    expect((await fetch(`${url}/calls`, { method: "POST", body: "here" })).status).toBe(200);
    expect(served).toEqual(["here"]);
  });
  it.each([
    ["text", Buffer.from("€"), "€"],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe, 0x7b]), "base64://57"],
  ])("passes every byte of a body on: %s", async (_name, body, passed) => {
    const bodies: string[] = [];
    const { url } = await start((text) => void bodies.push(text));
    expect((await fetch(`${url}/calls`, { method: "POST", body })).status).toBe(200);
    expect(bodies).toEqual([passed]);
  });
  it("dates a request by its arrival, not by the end of its body", async () => {
    let time = 1_000;
    const times: number[] = [];
    const { port } = await start(
      (_body, timeEpoch) => void times.push(timeEpoch),
      () => time,
    );
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(`${head(2)}a`));
      // the server has read the header once it answers a second connection's
      const other = connect(port, "127.0.0.1", () => other.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"));
      other.once("data", () => {
        other.destroy();
        time = 5_000;
        socket.write("b");
      });
      socket.once("data", () => {
        socket.destroy();
        resolve();
      });
    });
    expect(times).toEqual([1_000]);
  });
});
