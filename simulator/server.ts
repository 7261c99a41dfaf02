import { readFile } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Phones, type Timing } from "./calls.ts";
import { answerConsole } from "./console.ts";
import { simulatorDefaults } from "./defaults.ts";
import { type FaultName, Faults } from "./faults.ts";
import { History } from "./history/history.ts";
import type { Seen } from "./page/lists.ts";
import { type Received, readRequest } from "./php-wire.ts";
import { type Answer, failure, notFound, type Pbx, routes } from "./routes.ts";
import type { Sound } from "./sounds.ts";
import { type Accounts, type Verdict, verify } from "./verify.ts";
import { Webhooks } from "./webhooks.ts";
import { addDays, dayOf } from "./zone.ts";

export interface SimulatorOptions extends Partial<typeof simulatorDefaults> {
  /** Default: any free port. */
  readonly port?: number;
  readonly faults?: readonly string[];
  /** Calls of single days, by date. */
  readonly callsOn?: Readonly<Record<string, number>>;
  /** Rows of single days, by date: as many calls as make exactly so many rows. */
  readonly rowsOn?: Readonly<Record<string, number>>;
  /** Epoch ms; default the machine's clock. */
  readonly now?: () => number;
  /** Waits between the phases of a call; default real timers. */
  readonly sleep?: Timing["sleep"];
}

export interface Simulator {
  /** Origin, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly pbx: Pbx;
  /** The API requests so far, oldest first; the last thousand. */
  readonly seen: readonly Seen[];
  /** How many API requests there were. */
  readonly requests: number;
  /** Turns a fault on, for example `slow=4000`; see faults.ts. */
  setFault(text: string): Promise<void>;
  clearFaults(): Promise<void>;
  close(): Promise<void>;
}

const pause: Timing["sleep"] = (ms, signal) => delay(ms, undefined, { signal, ref: false });

/** Starts a PBX on loopback. Throws RangeError for a fault that does not exist. */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const settings = { ...simulatorDefaults, ...options };
  const machine = settings.now ?? Date.now;
  const faults = new Faults();
  for (const fault of settings.faults ?? []) faults.set(fault);
  const now = (): number => machine() + (faults.on("clock-skew") ?? 0) * 1000;
  const history = new History({
    seed: settings.seed,
    zone: settings.zone,
    calls: settings.calls,
    callsOn: settings.callsOn ?? {},
    rowsOn: settings.rowsOn ?? {},
    unanswered: settings.unanswered,
    days: settings.days,
    now: () => Math.floor(machine() / 1000),
    pbxid: settings.pbxid,
  });
  const { ringMs, talkMs } = settings;
  const timing: Timing = { ringMs, talkMs, sleep: settings.sleep ?? pause };
  const webhooks = new Webhooks(settings.pbxid, faults, machine, timing.sleep);
  const phones = new Phones(history, timing, machine, () => faults.on("marks-lost") !== undefined);
  // events that are not sent before the simulator closes are lost
  phones.onOver = (truth) => void webhooks.over(truth).catch(() => undefined);
  const pbx: Pbx = {
    history,
    phones,
    webhooks,
    sounds: new Map<string, Sound>(),
    faults,
    version: () => (faults.on("old-version") === undefined ? "7.09.20260501.1" : "4.00.20180101.1"),
  };
  const seen: Seen[] = [];
  let requests = 0;
  const adapt = (): void => {
    history.restartIds(
      faults.on("ids-restarted") === undefined
        ? undefined
        : addDays(dayOf(settings.zone, machine() / 1000), -1),
    );
    history.show({
      callIds: faults.on("call-ids") !== undefined,
      channels: faults.on("channels-absent") === undefined,
    });
  };
  adapt();

  const accounts = (): Accounts => ({ ...settings, foreignApp: faults.on("foreign-app") !== undefined });
  const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (request.url?.startsWith("/api/")) requests++;
    const context = { pbx, seen, accounts: accounts(), now, url: () => url(), setFault, clearFault };
    handle(context, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  };
  const server =
    faults.on("self-signed") === undefined
      ? http.createServer({ keepAliveTimeout: 10_000 }, listener)
      : https.createServer(await selfSigned(), listener);
  let port = settings.port ?? 0;
  const url = (): string => `${server instanceof https.Server ? "https" : "http"}://127.0.0.1:${port}`;
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const follow = async (): Promise<void> => {
    adapt();
    const refuses = faults.on("connect-refused") !== undefined;
    if (refuses && server.listening) await stop();
    if (!refuses && !server.listening) await listen();
  };
  const setFault = (text: string): Promise<void> => {
    faults.set(text);
    return follow();
  };
  const clearFault = (name?: FaultName): Promise<void> => {
    faults.clear(name);
    return follow();
  };
  // a free port is found even if no server will listen on it
  await listen();
  await follow();

  return {
    get url() {
      return url();
    },
    get port() {
      return port;
    },
    pbx,
    seen,
    get requests() {
      return requests;
    },
    setFault,
    clearFaults: () => clearFault(),
    close: async () => {
      pbx.phones.close();
      webhooks.close();
      if (server.listening) await stop();
    },
  };
};

const selfSigned = async (): Promise<{ key: string; cert: string }> => ({
  key: await readFile(new URL("./tls/self-signed-key.pem", import.meta.url), "utf8"),
  cert: await readFile(new URL("./tls/self-signed-cert.pem", import.meta.url), "utf8"),
});

interface Context {
  readonly pbx: Pbx;
  readonly seen: Seen[];
  readonly accounts: Accounts;
  /** The PBX's own clock, epoch ms. */
  readonly now: () => number;
  readonly url: () => string;
  readonly setFault: (text: string) => Promise<void>;
  readonly clearFault: (name?: FaultName) => Promise<void>;
}

const handle = async (
  context: Context,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> => {
  const target = request.url ?? "/";
  if (target === "/" || target.startsWith("/_sim/") || target.startsWith("/simulator/")) {
    await answerConsole(context, request, response);
    return;
  }
  const { faults } = context.pbx;
  if (faults.strike("reset-before-body", target) !== undefined)
    return reset(context, request, "reset before the body");
  const received = await receive(request);
  const { answer, auth } = await decide(context, received);
  if (received.body.length > 0 && faults.strike("reset-after-body", target) !== undefined)
    return reset(context, request, "reset after the body");
  const slow = faults.strike("slow", target);
  if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, slow).unref());
  note(context, request, answer.status, auth);
  respond(context, request, response, answer);
};

const receive = async (request: http.IncomingMessage): Promise<Received> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = request.rawHeaders;
  const headers = raw.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, raw[at + 1] ?? ""]] : [],
  );
  return { method: request.method ?? "", target: request.url ?? "/", headers, body: Buffer.concat(chunks) };
};

const decide = async (
  { pbx, accounts, now }: Context,
  received: Received,
): Promise<{ answer: Answer; auth: string }> => {
  const { faults } = pbx;
  const rateLimit = faults.strike("rate-limit", received.target);
  if (rateLimit !== undefined) return { answer: failure(429, "Too many requests"), auth: "not asked" };
  const status = faults.strike("status", received.target);
  if (status !== undefined) return { answer: failure(status, "Internal error"), auth: "not asked" };
  let request: ReturnType<typeof readRequest>;
  try {
    request = readRequest(received);
  } catch {
    return { answer: failure(400, "The body is not JSON"), auth: "not asked" };
  }
  const signed = received.headers.some(([name]) => name.toLowerCase() === "x-app-id");
  const verdict: Verdict =
    signed && faults.on("old-version") !== undefined
      ? { ok: false, reason: "Basic authentication required" }
      : await verify(received, request, accounts, Math.floor(now() / 1000));
  if (!verdict.ok) return { answer: failure(401, verdict.reason), auth: verdict.reason };
  const path = request.path.replace(/\/+$/, "");
  if (faults.on("forbidden", path) !== undefined && !/ping$/i.test(path))
    return { answer: failure(403, "Access denied"), auth: verdict.kind };
  for (const route of routes) {
    const match = route.method === received.method ? new RegExp(route.path.source, "i").exec(path) : null;
    if (match) return { answer: await route.answer(pbx, request, match), auth: verdict.kind };
  }
  return { answer: notFound(), auth: verdict.kind };
};

const note = (
  { seen }: Context,
  request: http.IncomingMessage,
  status: number | string,
  auth: string,
): void => {
  seen.push({ at: Date.now(), method: request.method ?? "", target: request.url ?? "", status, auth });
  if (seen.length > 1000) seen.shift();
};

const reset = (context: Context, request: http.IncomingMessage, what: string): void => {
  note(context, request, what, "");
  request.socket.resetAndDestroy();
};

const respond = (
  { pbx, now }: Context,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: Answer,
): void => {
  const { faults } = pbx;
  const target = request.url ?? "";
  const date = faults.on("bad-date") === undefined ? new Date(now()).toUTCString() : "yesterday, about noon";
  const send = (
    status: number,
    type: string,
    body: string | Buffer,
    extra: Record<string, string> = {},
  ): void => {
    const bytes = Buffer.from(body);
    response.writeHead(status, {
      Date: date,
      "Content-Type": type,
      "Content-Length": bytes.length,
      ...extra,
    });
    if (faults.strike("reset-in-answer", target) === undefined) {
      response.end(bytes);
      return;
    }
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => request.socket.resetAndDestroy());
  };
  const json = "application/json; charset=utf8";
  const body = JSON.stringify(answer.body);
  const retry = answer.status === 429 ? { "Retry-After": String(faults.on("rate-limit") ?? 1) } : undefined;
  if (faults.strike("html", target) !== undefined)
    send(200, "text/html", "<!doctype html><title>Welcome</title><p>It works!");
  else if (faults.strike("redirect", target) !== undefined)
    send(302, "text/html", "", { Location: "https://portal.example.com/login" });
  else if (faults.strike("empty-body", target) !== undefined) send(200, json, "");
  else if (faults.strike("error-with-200", target) !== undefined)
    send(200, json, JSON.stringify(failure(500, "Database is locked").body));
  else if (answer.bytes) send(answer.status, "audio/wav", answer.bytes);
  else if (faults.strike("truncated-json", target) !== undefined)
    send(200, json, body.slice(0, Math.ceil(body.length / 2)));
  else send(answer.status, json, body, retry);
};
