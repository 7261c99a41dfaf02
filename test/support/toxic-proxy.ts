import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What may happen to the bytes of one direction after `after` of them have passed. */
export interface Toxic {
  readonly kind: "latency" | "bandwidth" | "timeout" | "reset" | "slice" | "limit" | "slow close";
  readonly direction: "request" | "answer";
  readonly after: number;
}

/** A TCP proxy on loopback that harms one direction of every connection. */
export const startToxicProxy = async (
  target: number,
  toxic: Toxic,
): Promise<{ url: string; close: () => Promise<void> }> => {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
      socket.on("close", () => sockets.delete(socket));
    }
    forward(client, upstream, toxic.direction === "request" ? toxic : undefined);
    forward(upstream, client, toxic.direction === "answer" ? toxic : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const forward = (from: Socket, to: Socket, toxic: Toxic | undefined): void => {
  let passed = 0;
  let queue = Promise.resolve();
  const send = async (chunk: Buffer): Promise<void> => {
    if (toxic === undefined) return write(to, chunk);
    const clean = Math.max(0, Math.min(chunk.length, toxic.after - passed));
    passed += chunk.length;
    if (clean > 0) await write(to, chunk.subarray(0, clean));
    if (clean < chunk.length) await harm(from, to, toxic, chunk.subarray(clean));
  };
  from.on("data", (chunk: Buffer) => {
    queue = queue.then(() => send(chunk)).catch(() => undefined);
  });
  from.on("end", () => {
    queue = queue
      .then(() => (toxic?.kind === "slow close" ? pause(60) : undefined))
      .then(() => void to.end());
  });
};

const harm = async (from: Socket, to: Socket, { kind }: Toxic, bytes: Buffer): Promise<void> => {
  if (kind === "timeout") return;
  if (kind === "reset") {
    to.resetAndDestroy();
    from.destroy();
    return;
  }
  if (kind === "limit") {
    to.end();
    from.destroy();
    return;
  }
  if (kind === "latency") await pause(40);
  if (kind === "slice") for (const byte of bytes.subarray(0, 40)) await write(to, Buffer.of(byte));
  if (kind === "slice") return write(to, bytes.subarray(40));
  if (kind === "bandwidth") {
    for (let at = 0; at < bytes.length; at += 2_000) {
      await pause(2);
      await write(to, bytes.subarray(at, at + 2_000));
    }
    return;
  }
  return write(to, bytes);
};

const write = (to: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => (to.writable ? to.write(bytes, () => resolve()) : resolve()));
