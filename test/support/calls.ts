import { createHmac } from "node:crypto";
import { type Caller, scopes } from "../../lib/callers/caller.ts";
import { createCalls } from "../../lib/calls/calls.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import type { AuditLine } from "../../lib/calls/guard/audit.ts";
import { createLedger } from "../../lib/calls/ledger/ledger.ts";
import { createReconcile } from "../../lib/calls/ledger/reconcile.ts";
import type { LedgerCall } from "../../lib/calls/ledger/record.ts";
import type { CallRequest, CallResult } from "../../lib/calls/place-call.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import type { Metrics } from "../../lib/metrics.ts";
import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import type { StateStore } from "../../lib/state.ts";
import { createClient, type WmsClient } from "../../lib/wms/client.ts";
import type { Transport, TransportResult } from "../../lib/wms/sending/transport.ts";
import { connectionTo } from "./pbx.ts";
import { fakeClock, type Sent, scripted } from "./scripted.ts";

export const crm: Caller = { id: "crm", scopes: new Set(scopes), pbxs: "all", extensions: "all" };

/** Open for what the tests call. */
export const openSettings: PbxSettings = {
  country: "US",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["US"],
};

export interface CallsOptions {
  readonly settings?: PbxSettings;
  /** What the PBX answers, in order; none: a request fails the test. */
  readonly script?: (TransportResult | ((sent: Sent) => TransportResult | Promise<TransportResult>))[];
  /** Instead of a scripted transport. */
  readonly client?: WmsClient;
  readonly state?: (inner: StateStore) => StateStore;
  readonly refresh?: () => Promise<boolean>;
  readonly audit?: (line: AuditLine) => Promise<void>;
}

/** As the real one: what is not sent never comes to its first byte, and what refuses to be sent is an answer. */
const neverThrowing =
  (transport: Transport, script: unknown[]): Transport =>
  async (exchange) => {
    const [step] = script;
    if (isNotSent(step)) {
      script.shift();
      return step;
    }
    let refusal: { readonly cause: unknown } | undefined;
    const confirm = (): boolean => {
      try {
        return exchange.confirm?.() ?? true;
      } catch (cause) {
        refusal = { cause };
        throw cause;
      }
    };
    try {
      return await transport({ ...exchange, confirm });
    } catch (error) {
      if (refusal === undefined) throw error;
      return { kind: "notSent", cause: refusal.cause };
    }
  };

const isNotSent = (step: unknown): step is Extract<TransportResult, { kind: "notSent" | "maybeSent" }> =>
  typeof step === "object" && step !== null && "kind" in step && step.kind === "notSent";

/** Calls with a state in memory, a clock that stands, and a PBX that answers by a script. */
export const callsWith = (options: CallsOptions = {}) => {
  const clock = fakeClock();
  let stood = 0;
  let made = 0;
  const { transport, sent, rest } = scripted(options.script ?? []);
  const careful = neverThrowing(transport, rest);
  const client =
    options.client ??
    createClient({
      transport: careful,
      clock,
      random: () => 0,
      requestsPerSecond: 10_000,
      credentials: {
        current: async () => connectionTo("https://pbx.example.com"),
        refresh: options.refresh ?? (async () => false),
      },
    });
  const pbx: Pbx = {
    id: "milan",
    client,
    settings: options.settings ?? openSettings,
    pseudonym: (text) => createHmac("sha256", "test").update(text).digest("base64url"),
  };
  const inner = memoryState(clock);
  const state = options.state?.(inner) ?? inner;
  const audited: AuditLine[] = [];
  const counted: Record<string, number>[] = [];
  const logged: Record<string, unknown>[] = [];
  const note = (message: string, fields = {}): void => void logged.push({ message, ...fields });
  const metrics: Metrics = { put: (values) => void counted.push({ ...values }) };
  const ports = {
    state,
    clock,
    monotonic: () => clock.now() - stood,
    newId: () => String(++made),
    audit: {
      write: async (line: AuditLine) => {
        await options.audit?.(line);
        audited.push(line);
      },
    },
    log: { info: note, warn: note, error: note },
    metrics,
    pbxs: { get: async () => pbx },
  };
  const calls = createCalls(ports);
  const ledger = createLedger(state, clock);
  const place = async (
    body: unknown = { extension: "108", to: "16144841500" },
    change: Partial<CallRequest> = {},
  ): Promise<CallResult> =>
    calls.place({
      wanted: readCall(body),
      caller: crm,
      pbx,
      key: undefined,
      requestId: "r1",
      receivedAt: clock.now(),
      timeLeft: 13_500,
      ...change,
    });
  return {
    clock,
    /** Lets the clock that nobody sets stand still for a while. */
    stand: (ms: number): void => {
      stood += ms;
    },
    pbx,
    state,
    inner,
    sent,
    /** How many of the PBX's answers nobody has asked for. */
    rest: () => rest.length,
    audited,
    counted,
    logged,
    ports,
    calls,
    ledger,
    reconcile: createReconcile(ports, ledger),
    place,
    /** The record of a call that was placed, or not. */
    placed: async (body?: unknown, change?: Partial<CallRequest>): Promise<LedgerCall> => {
      const result = await place(body, change);
      if ("wouldSend" in result) throw new Error("it was a dry run");
      return result.record;
    },
    metric: (name: string): number => counted.reduce((sum, values) => sum + (values[name] ?? 0), 0),
  };
};

/** What a test says of a record. */
export const stateOf = (record: LedgerCall) => ({
  state: record.state,
  ...(record.reason === undefined ? {} : { reason: record.reason }),
  steps: record.steps.map(({ state }) => state).join(" "),
  sends: record.sends.length,
});

/** The records of all calls that are under way. */
export const openRecords = async ({
  ledger,
}: Pick<ReturnType<typeof callsWith>, "ledger">): Promise<LedgerCall[]> => {
  const records: LedgerCall[] = [];
  for await (const { id } of ledger.listOpen()) {
    const held = await ledger.read(id);
    if (held !== undefined) records.push(held.value);
  }
  return records;
};
