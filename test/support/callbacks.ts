import { type CallbackEvent, type CallbackPorts, createCallbacks } from "../../lib/callbacks/callbacks.ts";
import type { CallFact } from "../../lib/callbacks/facts.ts";
import type { CallbackRecord } from "../../lib/callbacks/record.ts";
import type { CallbackView } from "../../lib/callbacks/view.ts";
import type { AuditLine } from "../../lib/calls/guard/audit.ts";
import { ProductError } from "../../lib/errors.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import type { StateStore } from "../../lib/state.ts";
import { CallbackPbx } from "./callback-pbx.ts";
import { customer, milan, waitingCallback } from "./milan.ts";
import { fakeClock } from "./scripted.ts";

/** Tuesday 2026-11-24 in Rome, `HH:MM` or `HH:MM:SS`; another day by its date before. */
export const rome = (text: string): number => {
  const [date = "", time = ""] = text.includes(" ") ? text.split(" ") : ["2026-11-24", text];
  return Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}+01:00`);
};

/** A callback of a call that was missed at ten. */
export const missedAtTen = (change: Partial<CallbackRecord> = {}): CallbackRecord =>
  waitingCallback({
    due: rome("10:02:25"),
    misses: [{ start: rome("10:00"), end: rome("10:00:25") }],
    ...change,
  });

export interface WorldOptions {
  readonly settings?: PbxSettings;
  readonly start?: number;
  readonly state?: (inner: StateStore) => StateStore;
  /** More PBXs. */
  readonly others?: Readonly<Record<string, PbxSettings>>;
}

/** Callbacks over a state in memory and PBXs whose history a test writes. Time passes by minutes. */
export const callbackWorld = (options: WorldOptions = {}) => {
  const clock = fakeClock(options.start ?? rome("09:59"));
  const inner = memoryState(clock);
  const state = options.state?.(inner) ?? inner;
  const pbx = new CallbackPbx("milan", options.settings ?? milan, clock.now);
  const pbxs = new Map([["milan", pbx]]);
  for (const [id, settings] of Object.entries(options.others ?? {}))
    pbxs.set(id, new CallbackPbx(id, settings, clock.now));
  /** `201 -> +39… 10:03`. */
  const dials: { readonly pbx: string; readonly at: number; readonly target: string; readonly to: string }[] =
    [];
  const events: { readonly event: CallbackEvent; readonly callback: CallbackView }[] = [];
  const audited: AuditLine[] = [];
  const notified: string[] = [];
  const counted: Record<string, number> = {};
  const logged: unknown[] = [];
  for (const one of pbxs.values())
    one.originate = async (params, given) => {
      given?.beforeFirstByte?.();
      const target = /^Local\/(\d+)@/.exec(params.channel)?.[1] ?? "";
      dials.push({ pbx: one.id, at: clock.now(), target, to: params.exten ?? "" });
    };
  let made = 0;
  const note = (message: string, fields = {}): void => void logged.push({ message, ...fields });
  const ports: CallbackPorts = {
    state,
    clock,
    monotonic: clock.now,
    newId: () => `id-${++made}-`,
    audit: { write: async (line) => void audited.push(line) },
    log: { info: note, warn: note, error: note },
    metrics: {
      put: (values) => {
        for (const [name, value] of Object.entries(values)) counted[name] = (counted[name] ?? 0) + value;
      },
    },
    pbxs: {
      get: async (id) => {
        const found = pbxs.get(id);
        if (found === undefined) throw new ProductError("PBX_UNKNOWN", { field: "pbx", detail: id });
        return found.asPbx();
      },
    },
    registry: {
      list: async () =>
        [...pbxs.keys()].map((id) => ({ id, timezone: undefined, exported: false, registeredAt: undefined })),
    },
    alarms: { notify: async (subject) => void notified.push(subject) },
    announce: async (event, callback) => void events.push({ event, callback }),
  };
  const callbacks = createCallbacks(ports);
  const sweep = () => callbacks.sweep(clock.now() + 50_000);
  return {
    clock,
    state,
    inner,
    pbx,
    pbxs,
    ports,
    callbacks,
    dials,
    events,
    audited,
    notified,
    counted,
    logged,
    sweep,
    /** Sweeps at every full minute, up to and including a time. */
    until: async (time: number): Promise<void> => {
      for (;;) {
        const next = Math.floor(clock.at / 60_000) * 60_000 + 60_000;
        if (next > time) break;
        clock.at = next;
        await sweep();
      }
      clock.at = Math.max(clock.at, time);
    },
    fact: (change: Partial<CallFact> = {}): CallFact => ({
      kind: "missed",
      pbx: "milan",
      number: customer,
      direction: "inbound",
      startedAt: rome("10:00"),
      endedAt: rome("10:00:25"),
      ref: "e1",
      ...change,
    }),
    records: async (id = "milan"): Promise<CallbackRecord[]> => {
      const found: CallbackRecord[] = [];
      for await (const { value } of inner.list<CallbackRecord>(`callbacks/${id}`)) found.push(value);
      return found;
    },
    /** Dials as `10:03 201`, by the clock in Rome. */
    times: (): string[] => dials.map(({ at, target }) => `${clockText(at)} ${target}`),
  };
};

/** `10:03` in Rome on the tests' day; with the date on another. */
const clockText = (at: number): string => {
  const text = new Date(at + 3_600_000).toISOString().slice(0, 16).replace("T", " ");
  return text.startsWith("2026-11-24 ") ? text.slice(11) : text;
};
