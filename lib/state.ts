/** The key of a record: `list` gives the records of one partition by id. Neither part holds a phone number or a secret. */
export interface StateKey {
  /** Such as `calls/milan`. */
  readonly partition: string;
  readonly id: string;
}

/** A record in its current form. */
export interface StateItem<T = unknown> {
  readonly id: string;
  /** Plain JSON; a separate copy for each reader. */
  readonly value: T;
  /** Random, new with every write; a write with it succeeds only if no other write came first. */
  readonly version: string;
  /** Epoch seconds from which on the record counts as absent; undefined: it stays. */
  readonly expiresAt: number | undefined;
}

/** What a write expects to find. An expired record is absent, whether or not the store has cleared it away. */
export type StateExpect = { readonly absent: true } | { readonly version: string };

/** A counter that stops at a limit. */
export interface StateCount {
  readonly by: number;
  /** The count never goes above this; absent: no limit. */
  readonly limit?: number;
  /** Epoch seconds; set when the counter begins, and it begins again at 0 after that. */
  readonly expiresAt: number;
}

/**
 * What the product remembers between invocations: calls, counters, planned days, the kill switch. Every write is one conditional
 * write on one record; there are no transactions. Reads see the last write. Adapters: lib/aws/dynamo-state.ts,
 * lib/local/sqlite-state.ts, lib/local/memory-state.ts; one contract suite runs on all.
 *
 * Throws STATE_UNAVAILABLE: a read gave nothing, a write may or may not have happened, and a count may have counted.
 */
export interface StateStore {
  read<T>(key: StateKey): Promise<StateItem<T> | undefined>;
  /** Undefined: the record is not as expected, and nothing was written. */
  write<T>(
    key: StateKey,
    value: T,
    expect: StateExpect,
    expiresAt?: number,
  ): Promise<StateItem<T> | undefined>;
  /** False: the record is not as expected, and stays. */
  remove(key: StateKey, expect: { readonly version: string }): Promise<boolean>;
  /** The count after it; undefined: it would exceed the limit, and nothing was counted. */
  count(key: StateKey, count: StateCount): Promise<number | undefined>;
  /** The current count: 0 before it begins, and after its time. Counts nothing. */
  counted(key: StateKey): Promise<number>;
  /** Records of a partition by id (UTF-8 bytes), between `after` and `before`, both exclusive. Counters are not records. */
  list<T>(partition: string, after?: string, before?: string): AsyncIterable<StateItem<T>>;
}

/** The expectation that a record did not change since it was read; undefined: that there is still none. */
export const asRead = (read: Pick<StateItem, "version"> | undefined): StateExpect =>
  read === undefined ? { absent: true } : { version: read.version };

/** Epoch ms as the whole seconds that records expire by. */
export const stateSeconds = (ms: number): number => Math.floor(ms / 1000);
