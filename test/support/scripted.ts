import type { Clock } from "../../lib/wms/clock.ts";
import type { Exchange, Outgoing, Transport, TransportResult } from "../../lib/wms/sending/transport.ts";
import type { HeaderPairs } from "../../lib/wms/types.ts";

/** A clock that stands still until somebody sleeps. */
export const fakeClock = (start = 1_700_000_000_000): Clock & { at: number; slept: number[] } => {
  const clock = {
    at: start,
    slept: [] as number[],
    now: () => clock.at,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.slept.push(ms);
      clock.at += ms;
    },
  };
  return clock;
};

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

export const answer = (status: number, body: unknown, headers: HeaderPairs = []): TransportResult => ({
  kind: "response",
  status,
  headers,
  body: bytes(typeof body === "string" ? body : JSON.stringify(body)),
});
export const ok = (result: unknown = "Success"): TransportResult => answer(200, { type: "result", result });
export const refused = (reason = "no"): TransportResult => answer(401, { type: "error", reason, code: 401 });
export const lost = (kind: "notSent" | "maybeSent", code = "ECONNRESET"): TransportResult => ({
  kind,
  cause: Object.assign(new Error("broken"), { code }),
});

export interface Sent extends Outgoing {
  readonly exchange: Exchange;
  /** `iat` of the token. */
  readonly iat: number;
}

/** A transport that answers from a script; a request beyond its end fails the test, and so does a rest. */
export const scripted = (
  script: (TransportResult | ((sent: Sent) => TransportResult | Promise<TransportResult>))[],
) => {
  const sent: Sent[] = [];
  const transport: Transport = async (exchange) => {
    const step = script.shift();
    if (step === undefined) throw new Error("the script has no answer for this request");
    let outgoing = await exchange.prepare();
    while (exchange.confirm && !exchange.confirm()) outgoing = await exchange.prepare();
    const token = outgoing.headers.find(([name]) => name === "Authorization")?.[1].split(".")[1] ?? "";
    const claims: { iat?: number } =
      token === "" ? {} : JSON.parse(Buffer.from(token, "base64url").toString());
    const record = { ...outgoing, exchange, iat: claims.iat ?? 0 };
    sent.push(record);
    return typeof step === "function" ? step(record) : step;
  };
  return { transport, sent, rest: script };
};
