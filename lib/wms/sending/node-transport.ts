import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { defined } from "../defined.ts";
import type { HeaderPairs } from "../types.ts";
import type { Exchange, Outgoing, Transport, TransportResult } from "./transport.ts";

/** Times that `prepare` is asked again when the process was suspended between it and the first byte. */
const maxPreparations = 3;

class AttemptTimeout extends Error {
  override readonly name = "AttemptTimeout";
  constructor() {
    super("this attempt reached its time limit");
  }
}

/** The transport over node:https; http serves loopback. Kept connections are for reads, `dedicated` gets its own. */
export const nodeTransport = (options: { readonly ca?: string } = {}): Transport => {
  const agents = {
    "https:": new https.Agent({ keepAlive: true, ...defined({ ca: options.ca }) }),
    "http:": new http.Agent({ keepAlive: true }),
  };
  return (exchange) => run(exchange, agents, options.ca);
};

const run = (
  exchange: Exchange,
  agents: { "https:": https.Agent; "http:": http.Agent },
  ca: string | undefined,
): Promise<TransportResult> =>
  new Promise((resolve) => {
    const url = new URL(exchange.origin);
    const secure = url.protocol === "https:";
    const agent = exchange.dedicated ? false : secure ? agents["https:"] : agents["http:"];
    const request = (secure ? https : http).request({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? undefined : Number(url.port),
      method: exchange.method,
      agent,
      setHost: false,
      maxHeaderSize: 64 * 1024,
      ...defined({ ca }),
    });
    let started = false;
    let answered: http.IncomingMessage | undefined;

    const stop = (cause: unknown): void => {
      const error = cause instanceof Error ? cause : new Error("aborted", { cause });
      answered?.destroy(error);
      request.destroy(error);
      settle({ kind: started ? "maybeSent" : "notSent", cause: error });
    };
    const timer = setTimeout(() => stop(new AttemptTimeout()), Math.max(0, exchange.timeoutMs));
    const onAbort = (): void => stop(exchange.signal?.reason);
    const release = (): void => {
      clearTimeout(timer);
      exchange.signal?.removeEventListener("abort", onAbort);
    };
    const settle = (result: TransportResult): void => {
      if (result.kind !== "response") release();
      resolve(result);
    };
    request.on("error", (cause) => settle({ kind: started ? "maybeSent" : "notSent", cause }));
    if (exchange.signal?.aborted) return onAbort();
    exchange.signal?.addEventListener("abort", onAbort);

    request.on("response", (message) => {
      answered = message;
      message.on("close", release);
      settle({
        kind: "response",
        status: message.statusCode ?? 0,
        headers: pairs(message.rawHeaders),
        body: message,
      });
    });
    request.on("socket", (socket) => {
      whenConnected(socket, secure, () => {
        write(request, exchange, () => {
          started = true;
        }).catch(stop);
      });
    });
  });

/** A kept socket is connected already; a new one says so by an event. */
const whenConnected = (socket: Socket, secure: boolean, go: () => void): void => {
  if (socket.connecting || (secure && "authorized" in socket && !socket.authorized)) {
    socket.once(secure ? "secureConnect" : "connect", go);
  } else go();
};

/** Signs on the open connection and writes in the tick in which `confirm` agreed, so that no pause fits in between. */
const write = async (request: http.ClientRequest, exchange: Exchange, started: () => void): Promise<void> => {
  for (let n = 0; n < maxPreparations; n++) {
    const outgoing = await exchange.prepare();
    if (request.destroyed) return;
    if (exchange.confirm && !exchange.confirm()) continue;
    fill(request, outgoing);
    started();
    request.end(outgoing.body === "" ? undefined : Buffer.from(outgoing.body, "utf8"));
    return;
  }
  throw new Error("the process was suspended between signing and sending, several times");
};

const fill = (request: http.ClientRequest, outgoing: Outgoing): void => {
  request.path = outgoing.target;
  for (const [name, value] of outgoing.headers) {
    // node writes header text as latin1; this makes the bytes on the wire those of UTF-8
    request.setHeader(name, Buffer.from(value, "utf8").toString("latin1"));
  }
  const length = Buffer.byteLength(outgoing.body, "utf8");
  if (length > 0 || request.method !== "GET") request.setHeader("Content-Length", length);
};

const pairs = (raw: readonly string[]): HeaderPairs =>
  raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""]] : []));

export const isTimeout = (cause: unknown): boolean => cause instanceof AttemptTimeout;
