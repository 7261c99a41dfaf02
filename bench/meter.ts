/** Counts what AWS bills for the work of ports. For cost.ts. */
import { announceOn } from "../lib/callbacks/announce.ts";
import type { AuditLog } from "../lib/calls/guard/audit.ts";
import type { EventBus } from "../lib/event-bus.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { AllPorts } from "../lib/ports.ts";
import type { StateStore } from "../lib/state.ts";
import type { ExportStore } from "../lib/store/store.ts";

/** Billed units by the name of their price in prices.json; `list` and `listedObject` have none: a page of a list is a `storeWrite`. */
export type Units = Readonly<Record<string, number>>;

export class Meter {
  readonly #units = new Map<string, number>();
  readonly #metrics = new Set<string>();

  add(price: string, units = 1): void {
    this.#units.set(price, (this.#units.get(price) ?? 0) + units);
  }

  /** A value of a metric: CloudWatch bills a metric by the hours in which it has values. */
  addMetrics(names: readonly string[]): void {
    for (const name of names) this.#metrics.add(name);
  }

  /** The metrics since the last call. */
  takeMetrics(): readonly string[] {
    const names = [...this.#metrics];
    this.#metrics.clear();
    return names;
  }

  /** The units since the last call. */
  take(): Units {
    const units = Object.fromEntries(this.#units);
    this.#units.clear();
    return units;
  }
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? "");
const gb = 1e9;
/** A read unit is 4 KB, a write unit 1 KB. */
const readUnits = (value: unknown): number => Math.max(1, Math.ceil(bytesOf(value) / 4096));
const writeUnits = (value: unknown): number => Math.max(1, Math.ceil(bytesOf(value) / 1024));
/** Parts of a multipart upload (lib/aws/s3-store.ts); a smaller object is one request. */
const partBytes = 8 * 1024 * 1024;
/** CloudWatch counts so many bytes more for each line. */
const lineBytes = 26;

const meteredState = (state: StateStore, meter: Meter): StateStore => ({
  read: async (key) => {
    const item = await state.read<never>(key);
    meter.add("tableRead", readUnits(item));
    return item;
  },
  write: (key, value, expect, expiresAt) => {
    meter.add("tableWrite", writeUnits(value));
    return state.write(key, value, expect, expiresAt);
  },
  remove: (key, expect) => {
    meter.add("tableWrite");
    return state.remove(key, expect);
  },
  count: (key, count) => {
    meter.add("tableWrite");
    return state.count(key, count);
  },
  counted: (key) => {
    meter.add("tableRead");
    return state.counted(key);
  },
  async *list<T>(partition: string, after?: string, before?: string) {
    let bytes = 0;
    for await (const item of state.list<T>(partition, after, before)) {
      bytes += bytesOf(item);
      yield item;
    }
    meter.add("tableRead", Math.max(1, Math.ceil(bytes / 4096)));
  },
});

const meteredStore = (store: ExportStore, meter: Meter): ExportStore => ({
  stage: async (key, bytes) => {
    const staged = await store.stage(key, bytes);
    const parts = Math.ceil(staged.size / partBytes);
    // a multipart upload is begun and completed, too; a smaller object is sent when it is committed
    if (parts > 1) meter.add("storeWrite", parts + 1);
    return {
      ...staged,
      commit: (expect) => {
        meter.add("storeWrite");
        meter.add("storedGb", staged.size / gb);
        return staged.commit(expect);
      },
    };
  },
  head: (key) => {
    meter.add("storeRead");
    return store.head(key);
  },
  read: (key) => {
    meter.add("storeRead");
    return store.read(key);
  },
  async *list(prefix) {
    let objects = 0;
    for await (const object of store.list(prefix)) {
      objects++;
      yield object;
    }
    meter.add("storeWrite", Math.max(1, Math.ceil(objects / 1000)));
    meter.add("list");
    meter.add("listedObject", objects);
  },
  remove: (key, etag) => store.remove(key, etag),
});

/** The same ports; what AWS would bill for their work is counted. */
export const meteredPorts = <Ports extends AllPorts>(ports: Ports, meter: Meter): Ports => {
  const line = (fields: unknown): void => meter.add("logGb", (bytesOf(fields) + lineBytes) / gb);
  const log =
    (level: string) =>
    (message: string, fields = {}): void =>
      line({ level, message, timestamp: "2026-11-28T00:00:00.000Z", service: "wildix-functions", ...fields });
  const metrics: Metrics = {
    put: (values) => {
      meter.addMetrics(Object.keys(values));
      line({ _aws: { CloudWatchMetrics: [{}] }, ...values });
    },
  };
  const audit: AuditLog = { write: async (written) => line(written) };
  const bus: EventBus = {
    put: (event) => {
      meter.add("eventPut", Math.ceil(bytesOf(event) / 65_536));
      return ports.bus.put(event);
    },
  };
  return {
    ...ports,
    bus,
    announce: announceOn(bus, ports.clock),
    state: meteredState(ports.state, meter),
    store: meteredStore(ports.store, meter),
    log: { info: log("INFO"), warn: log("WARN"), error: log("ERROR") },
    metrics,
    audit,
    keys: {
      ...ports.keys,
      read: () => {
        meter.add("secretRead");
        return ports.keys.read();
      },
    },
    registry: {
      list: async () => {
        const entries = await ports.registry.list();
        meter.add("secretRead", Math.ceil(entries.length / 100));
        return entries;
      },
      readText: (id) => {
        meter.add("secretRead");
        return ports.registry.readText(id);
      },
    },
    events: {
      ...ports.events,
      send: async (event) => {
        // sent, received and deleted
        meter.add("eventQueueRequest", 3);
        await ports.events.send(event);
      },
    },
    queue: {
      ...ports.queue,
      send: async (messages) => {
        // sent, received and deleted, ten at a time when they are sent
        meter.add("queueRequest", Math.ceil(messages.length / 10) + 2 * messages.length);
        await ports.queue.send(messages);
      },
    },
  };
};
