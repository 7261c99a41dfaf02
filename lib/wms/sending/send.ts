import type { Clock, Random } from "../clock.ts";
import { defined } from "../defined.ts";
import { WmsError } from "../errors.ts";
import { checkConnection } from "../signing/host.ts";
import { sign } from "../signing/sign.ts";
import type { Connection, WireRequest, WmsRequest } from "../types.ts";
import { statusError } from "./answer.ts";
import { isTimeout } from "./node-transport.ts";
import type { Rate } from "./rate.ts";
import type { RawResponse } from "./raw-response.ts";
import { retryAfterSeconds, retryDelay } from "./retry.ts";
import type { Skew } from "./skew.ts";
import type { Transport, TransportResult } from "./transport.ts";

/** Where a client's credentials come from. `refresh` reads them again and says whether they changed; it collapses calls. */
export interface Credentials {
  current(): Promise<Connection>;
  refresh(used: Connection): Promise<boolean>;
}

export interface SendOptions {
  /** Epoch ms at which everything must be over. */
  readonly deadline: number;
  /** Sending again can do no harm. */
  readonly repeatable: boolean;
  /** A 401 proves that nothing was done. Asked before the one repetition after it; false forbids it. */
  readonly repeatAfter401: () => Promise<boolean>;
  readonly dedicated: boolean;
  /** Largest answer, bytes. */
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
  readonly beforeFirstByte?: () => void;
}

export interface Sender {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly credentials: Credentials;
  readonly rate: Rate;
  readonly skew: Skew;
  readonly maxAttempts: number;
  /** Retries that may still be made; refilled by successes. */
  readonly budget: { left: number };
  /** Called after each failed attempt; for logs. */
  readonly onFailure: (error: WmsError, attempt: number) => void;
}

/** A token may be this old when its request leaves: older means that the process was suspended. */
const freshToken = 5_000;
const budgetCap = 20;

/** The result of one attempt. A raw request keeps the answer beside the error that it would mean. */
type Outcome<T> =
  | { readonly value: T }
  | { readonly error: WmsError; readonly date?: string; readonly answer?: T };

/**
 * Sends a request and, where that can do no harm, sends it again: after failures that pass, and once after a 401 if the
 * clock was wrong or the credentials changed. One deadline holds for everything. `read` makes the value of an answer and
 * throws WmsError if there is none; `raw` makes a value of any answer, and is given back when trying ends. Throws WmsError.
 */
export const send = async <T>(
  sender: Sender,
  request: WmsRequest,
  options: SendOptions,
  reading: { read: (response: RawResponse) => T } | { raw: (response: RawResponse) => T },
): Promise<T> => {
  let again401 = true;
  for (let attempt = 1; ; attempt++) {
    const used = { connection: await sender.credentials.current(), offset: sender.skew.offset() };
    const outcome = await once(sender, request, options, used, reading);
    if ("value" in outcome) {
      sender.budget.left = Math.min(budgetCap, sender.budget.left + 0.1);
      return outcome.value;
    }
    sender.onFailure(outcome.error, attempt);
    if (outcome.error.code === "WMS_UNAUTHORIZED" && again401) {
      again401 = false;
      if ((await curable(sender, outcome.date, used)) && (await options.repeatAfter401())) continue;
    }
    const wait = retryDelay(
      {
        repeatable: options.repeatable,
        attempt,
        maxAttempts: sender.maxAttempts,
        error: outcome.error,
        timeLeft: options.deadline - sender.clock.now(),
        budget: sender.budget.left,
      },
      sender.random,
    );
    if (wait === undefined) {
      if (outcome.answer !== undefined) return outcome.answer;
      throw outcome.error;
    }
    sender.budget.left -= 1;
    await abortable(options.signal, sender.clock.sleep(wait, options.signal));
  }
};

/** A wait that the caller's signal may end. */
const abortable = async <T>(signal: AbortSignal | undefined, waiting: Promise<T>): Promise<T> => {
  try {
    return await waiting;
  } catch (cause) {
    if (!signal?.aborted) throw cause;
    throw new WmsError("WMS_ABORTED", {
      detail: "the request was aborted before a retry",
      sent: "no",
      cause,
    });
  }
};

interface Used {
  readonly connection: Connection;
  readonly offset: number;
}

/** Whether a request that was refused with 401 has a chance now: another clock, or other credentials. */
const curable = async (sender: Sender, date: string | undefined, used: Used): Promise<boolean> => {
  if (sender.skew.learn(date, sender.clock.now(), used.offset)) return true;
  return sender.credentials.refresh(used.connection);
};

const once = async <T>(
  sender: Sender,
  request: WmsRequest,
  options: SendOptions,
  used: Used,
  reading: { read: (response: RawResponse) => T } | { raw: (response: RawResponse) => T },
): Promise<Outcome<T>> => {
  const { clock } = sender;
  let signed: { readonly at: number; readonly wire: Promise<WireRequest> } | undefined;
  const signNow = (): Promise<WireRequest> => {
    const at = Math.floor((clock.now() + used.offset) / 1000);
    // a token counts in seconds: within one, signing again gives the same
    if (signed?.at !== at) signed = { at, wire: sign(used.connection, request, at) };
    return signed.wire;
  };
  const { origin } = checkConnection(used.connection);
  // refused input is refused before anything is waited for
  await signNow();
  if (!(await abortable(options.signal, sender.rate.turn(options.deadline, options.signal)))) {
    return {
      error: new WmsError("WMS_TIMEOUT", {
        detail: "the limit of requests per second would delay this request beyond its time limit",
        sent: "no",
      }),
    };
  }
  let signedAt = 0;
  const result = await sender.transport({
    method: request.method,
    origin,
    timeoutMs: options.deadline - clock.now(),
    dedicated: options.dedicated,
    ...defined({ signal: options.signal }),
    prepare: () => {
      signedAt = clock.now();
      return signNow();
    },
    confirm: () => {
      if (Math.abs(clock.now() - signedAt) > freshToken) return false;
      options.beforeFirstByte?.();
      return true;
    },
  });
  if (result.kind !== "response") return { error: transportError(result, options.signal) };
  try {
    return judge(sender, await readAll(options.maxResponseBytes, result), reading);
  } catch (cause) {
    return {
      error: cause instanceof WmsError ? cause : transportError({ kind: "maybeSent", cause }, options.signal),
    };
  }
};

const judge = <T>(
  sender: Sender,
  response: RawResponse,
  reading: { read: (response: RawResponse) => T } | { raw: (response: RawResponse) => T },
): Outcome<T> => {
  const header = (name: string): string | undefined =>
    response.headers.find(([key]) => key.toLowerCase() === name)?.[1];
  if (response.status === 429) sender.rate.slowDown();
  const error = statusError(response, retryAfterSeconds(header("retry-after"), sender.clock.now()));
  const date = header("date");
  const answer = "raw" in reading ? { answer: reading.raw(response) } : {};
  if (error) return { error, ...answer, ...defined({ date }) };
  return { value: "raw" in reading ? reading.raw(response) : reading.read(response) };
};

const transportError = (
  result: Exclude<TransportResult, { kind: "response" }>,
  signal?: AbortSignal,
): WmsError => {
  const { cause } = result;
  if (cause instanceof WmsError) return cause;
  const sent = result.kind === "notSent" ? ("no" as const) : ("maybe" as const);
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  if (signal?.aborted) return new WmsError("WMS_ABORTED", { detail: "the request was aborted", sent, cause });
  if (isTimeout(cause))
    return new WmsError("WMS_TIMEOUT", { detail: "the PBX did not respond in time", sent, cause });
  if (/CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code)) {
    return new WmsError("WMS_TLS", {
      detail: `the TLS handshake with the PBX failed (${code})`,
      sent,
      cause,
    });
  }
  if (result.kind === "notSent") {
    return new WmsError("WMS_UNREACHABLE", {
      detail: `no connection to the PBX${code === "" ? "" : ` (${code})`}; nothing was sent`,
      sent,
      cause,
    });
  }
  return new WmsError("WMS_CONNECTION_LOST", {
    detail: `the connection was lost${code === "" ? "" : ` (${code})`}`,
    sent,
    cause,
  });
};

const readAll = async (
  maxBytes: number,
  result: Extract<TransportResult, { kind: "response" }>,
): Promise<RawResponse> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of result.body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new WmsError("WMS_ANSWER_TOO_LARGE", {
        detail: `the PBX's response exceeds ${maxBytes} bytes`,
        sent: "yes",
        pbxStatus: result.status,
      });
    }
    chunks.push(chunk);
  }
  return {
    status: result.status,
    headers: result.headers,
    body: joined(chunks, size),
  };
};

/** Bodies are joined here: a new buffer for each page would be memory that only a full collection gives back. */
let scratch = Buffer.alloc(0);
const largestScratch = 4 * 1024 * 1024;

const joined = (chunks: readonly Uint8Array[], size: number): string => {
  if (size > largestScratch) return Buffer.concat(chunks, size).toString("utf8");
  if (size > scratch.length) scratch = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const chunk of chunks) {
    scratch.set(chunk, at);
    at += chunk.byteLength;
  }
  return scratch.toString("utf8", 0, size);
};
