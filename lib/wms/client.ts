import type { HeaderPairs, Method, WmsParams } from "./types.ts";

/** What `request` takes beside method and path: the official client's options, and how the body travels. */
export interface RequestOptions {
  readonly params?: WmsParams;
  readonly body?: WmsParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: "form" | "json";
  /** Says that POST, PUT or DELETE may be sent again after a failure. Default false. */
  readonly safeToRepeat?: boolean;
  /** For all attempts together, ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** A connection of its own, never a kept one. */
  readonly fresh?: boolean;
  /** Called directly before the first byte leaves; a throw sends nothing. */
  readonly beforeFirstByte?: () => void;
}

/** An answer as it came: no judgement on status or content. */
export interface RawResponse {
  readonly status: number;
  readonly headers: HeaderPairs;
  /** The body as UTF-8 text. */
  readonly body: string;
}

/** Originate's parameters by their WMS names (facts: wms-api documentation, "Originate"). */
export interface OriginateParams {
  /** First leg, such as `Local/108@users`: this phone rings. */
  readonly channel: string;
  /** Dialplan of the second leg, such as `users`. */
  readonly context?: string;
  /** What the second leg dials. */
  readonly exten?: string;
  /** Always 1 in the vendor's documentation. */
  readonly priority?: string | number;
  /** Shown on the first leg, such as `"Ada" <101>`. */
  readonly callerid?: string;
  /** Milliseconds that the first leg rings. */
  readonly timeout?: number;
  readonly variable?: string;
  readonly account?: string;
  readonly application?: string;
  readonly data?: string;
  /** True (default here): the PBX answers at once instead of when the first leg is answered. */
  readonly async?: boolean;
}

export interface CallQueue {
  readonly id: string;
  readonly name: string;
  /** Every field as the PBX gave it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface SoundEntry {
  /** File name as the PBX lists it. */
  readonly name: string;
  readonly path: string;
  readonly isDirectory: boolean;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A call record as the PBX gives it: every value a string in known versions, unknown keys kept. */
export type CallRecord = Readonly<Record<string, unknown>>;

/** One page of call history exactly as asked; `total` counts all matches, undefined where the PBX gave none. */
export interface HistoryPage {
  readonly total: number | undefined;
  readonly records: readonly CallRecord[];
}

/** Parameters of one CallHistory page; `offset` is WMS's top-level `start`. */
export interface HistoryPageQuery {
  readonly fields?: readonly string[];
  readonly offset?: number;
  readonly count?: number;
  readonly sort?: string;
  readonly dir?: "ASC" | "DESC";
  readonly search?: string;
  readonly searchFields?: readonly string[];
  /** Exact values, or ranges, by field. */
  readonly filter?: Readonly<Record<string, string | { readonly from?: string; readonly to?: string }>>;
}

/** The operations on one PBX. Every method throws WmsError. */
export interface WmsClient {
  /** Any API call, as the official client's get, post, put and delete; statuses of 400 and more are answers, not errors. */
  request(method: Method, path: string, options?: RequestOptions): Promise<RawResponse>;
  /** Rings `channel`, then dials. Never repeated; resolves when the PBX accepted. */
  originate(
    params: OriginateParams,
    options?: Pick<RequestOptions, "timeoutMs" | "signal" | "beforeFirstByte">,
  ): Promise<void>;
  readonly callQueues: {
    list(options?: Pick<RequestOptions, "timeoutMs" | "signal">): Promise<readonly CallQueue[]>;
    /** Undefined where the PBX knows no such queue. */
    one(id: string, options?: Pick<RequestOptions, "timeoutMs" | "signal">): Promise<CallQueue | undefined>;
  };
  /** One page as asked. lib/wms/call-history.ts reads whole windows with it. */
  historyPage(
    query: HistoryPageQuery,
    options?: Pick<RequestOptions, "timeoutMs" | "signal">,
  ): Promise<HistoryPage>;
  readonly sounds: {
    list(directory?: string): Promise<readonly SoundEntry[]>;
    /** Makes the sound from text; never repeated. */
    create(sound: { directory?: string; filename: string; text: string; voice: string }): Promise<void>;
    exists(filename: string, directory?: string): Promise<boolean>;
    remove(filename: string, directory?: string): Promise<void>;
  };
  /** The PBX's WMS version, such as `7.08.20260101.1`. */
  version(): Promise<string>;
}
