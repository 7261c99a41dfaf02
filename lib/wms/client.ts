import type { Clock, Random } from "./clock.ts";
import { defined } from "./defined.ts";
import { WmsError } from "./errors.ts";
import {
  type CallQueue,
  callQueuesRequest,
  readCallQueue,
  readCallQueues,
} from "./operations/call-queues.ts";
import {
  type Colleague,
  colleagueListRequest,
  colleaguesPage,
  colleaguesRequest,
  readColleagues,
} from "./operations/colleagues.ts";
import {
  type HistoryPage,
  type HistoryPageQuery,
  historyRequest,
  readHistoryPage,
} from "./operations/history-page.ts";
import { type OriginateParams, originateRequest, readOriginate } from "./operations/originate.ts";
import {
  createSoundRequest,
  isSound,
  listSoundsRequest,
  type NewSound,
  readDone,
  readSounds,
  type SoundEntry,
} from "./operations/sounds.ts";
import { readVersion, versionRequest } from "./operations/version.ts";
import { createRate } from "./sending/rate.ts";
import type { RawResponse } from "./sending/raw-response.ts";
import { type Credentials, type Sender, type SendOptions, send } from "./sending/send.ts";
import { createSkew } from "./sending/skew.ts";
import type { Transport } from "./sending/transport.ts";
import type { Method, WmsParams, WmsRequest } from "./types.ts";

/** Bounds on one operation. */
export interface Limits {
  /** For all attempts together, ms. @default the limit of the client */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Options of `request`: those of the official client, and the encoding of the body. */
export interface RequestOptions extends Limits {
  readonly params?: WmsParams;
  readonly body?: WmsParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: "form" | "json";
  /** Whether POST, PUT or DELETE may be sent again after a failure. @default false */
  readonly safeToRepeat?: boolean;
}

export interface OriginateOptions extends Limits {
  /** Called directly before the first byte is sent. If it throws, nothing is sent. */
  readonly beforeFirstByte?: () => void;
  /** Called after a 401, which proves that no phone rang: whether to send once more. @default true */
  readonly repeatAfter401?: () => Promise<boolean>;
}

/** The operations on one PBX. Every method throws WmsError. */
export interface WmsClient {
  /** Any API request, like get, post, put and delete of the official client. A complete answer of any status is a result, not an error. */
  request(method: Method, path: string, options?: RequestOptions): Promise<RawResponse>;
  /** Rings `channel`, then dials. Not repeated once a byte may have been sent. Resolves when the PBX has accepted. */
  originate(params: OriginateParams, options?: OriginateOptions): Promise<void>;
  readonly callQueues: {
    list(limits?: Limits): Promise<readonly CallQueue[]>;
    /** Undefined if the PBX has no queue with this id. */
    one(id: string, limits?: Limits): Promise<CallQueue | undefined>;
  };
  readonly colleagues: {
    /** All colleagues, in the order of the PBX. Those without an extension too. */
    list(limits?: Limits): Promise<readonly Colleague[]>;
    /** The colleague with this e-mail address, in upper or lower case. Undefined if there is none. */
    byEmail(email: string, limits?: Limits): Promise<Colleague | undefined>;
  };
  /** One page; lib/wms/history/call-history.ts reads whole time windows with it. */
  historyPage(query: HistoryPageQuery, limits?: Limits): Promise<HistoryPage>;
  readonly sounds: {
    list(directory?: string, limits?: Limits): Promise<readonly SoundEntry[]>;
    /** Speaks the text into a file, and overwrites a file of the same name. Not repeated. */
    create(sound: NewSound, limits?: Limits): Promise<void>;
    /** Throws WMS_SOUND_LIST_MISSING if the PBX has no list of sounds. */
    exists(filename: string, directory?: string, limits?: Limits): Promise<boolean>;
  };
  /** The WMS version of the PBX, for example `7.09.20260501.1`. */
  version(limits?: Limits): Promise<string>;
}

export const clientDefaults = {
  timeoutMs: 30_000,
  requestsPerSecond: 10,
  maxAttempts: 4,
  maxResponseBytes: 64 * 1024 * 1024,
};

/** Most pages of a list: more than a PBX has. */
const mostPages = 50;

/** The largest answer of each kind of operation, bytes; never more than the client's `maxResponseBytes`. */
const answerBytes = {
  /** Short answers: originate, a new sound, the version. */
  short: 64 * 1024,
  /** Queues, colleagues and sounds. */
  list: 8 * 1024 * 1024,
  /** A page of call history; a PBX that ignores `count` returns a whole day. */
  history: 64 * 1024 * 1024,
} as const;
type AnswerKind = keyof typeof answerBytes;

export interface ClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly credentials: Credentials;
  readonly timeoutMs?: number;
  readonly requestsPerSecond?: number;
  readonly maxAttempts?: number;
  readonly maxResponseBytes?: number;
  readonly onFailure?: (error: WmsError, attempt: number) => void;
}

/** A client of one PBX. All its calls share the requests per second and the clock skew; lists have a separate retry budget. */
export const createClient = (options: ClientOptions): WmsClient => {
  const settings = { ...clientDefaults, ...options };
  const { clock } = options;
  const sender: Sender = {
    transport: options.transport,
    clock,
    random: options.random,
    credentials: options.credentials,
    rate: createRate(settings.requestsPerSecond, clock),
    skew: createSkew(),
    maxAttempts: settings.maxAttempts,
    budget: { left: 10 },
    onFailure: options.onFailure ?? (() => undefined),
  };
  /** Lists are read beside the rows of a day, and must not use up their retries. */
  const listSender: Sender = { ...sender, budget: { ...sender.budget } };
  const bounds = (limits: Limits = {}, repeatable = true, kind?: AnswerKind): SendOptions => ({
    deadline: clock.now() + (limits.timeoutMs ?? settings.timeoutMs),
    repeatable,
    repeatAfter401: async () => true,
    dedicated: false,
    maxResponseBytes: Math.min(
      settings.maxResponseBytes,
      kind === undefined ? Number.POSITIVE_INFINITY : answerBytes[kind],
    ),
    ...defined({ signal: limits.signal }),
  });
  const ask = <T>(
    kind: AnswerKind,
    request: WmsRequest,
    read: (response: RawResponse) => T,
    limits?: Limits,
  ): Promise<T> => send(kind === "list" ? listSender : sender, request, bounds(limits, true, kind), { read });
  const list = async (directory = "", limits?: Limits): Promise<SoundEntry[]> =>
    ask("list", listSoundsRequest(directory), readSounds, limits);

  return {
    request: (method, path, { params, body, headers, as, safeToRepeat, ...limits } = {}) =>
      send(
        sender,
        {
          method,
          path,
          ...defined({ params, body, headers, as }),
        },
        bounds(limits, method === "GET" || safeToRepeat === true),
        { raw: (response) => response },
      ),
    originate: (params, { beforeFirstByte, repeatAfter401, ...limits } = {}) =>
      send(
        sender,
        originateRequest(params),
        {
          ...bounds(limits, false, "short"),
          dedicated: true,
          ...defined({ repeatAfter401, beforeFirstByte }),
        },
        { read: readOriginate },
      ),
    callQueues: {
      list: (limits) => ask("list", callQueuesRequest(), readCallQueues, limits),
      one: (id, limits) =>
        missing(
          "WMS_NOT_FOUND",
          ask("list", callQueuesRequest(id), readCallQueue(id), limits),
          () => undefined,
        ),
    },
    colleagues: {
      list: async (limits) => {
        const found: Colleague[] = [];
        for (let page = 0; page < mostPages; page++) {
          const rows = await ask("list", colleagueListRequest(found.length), readColleagues, limits);
          const [first] = rows;
          // a PBX that ignores the offset returns the first page again
          const isNew = first !== undefined && JSON.stringify(first.raw) !== JSON.stringify(found[0]?.raw);
          if (isNew) found.push(...rows);
          if (!isNew || rows.length < colleaguesPage) break;
        }
        return found;
      },
      byEmail: async (email, limits) => {
        const found = await ask("list", colleaguesRequest(email), readColleagues, limits);
        // a PBX that ignores the filter returns all colleagues
        return found.find((one) => one.email.toLowerCase() === email.toLowerCase());
      },
    },
    historyPage: (query, limits) => ask("history", historyRequest(query), readHistoryPage, limits),
    sounds: {
      list,
      create: (sound, limits) =>
        send(sender, createSoundRequest(sound), bounds(limits, false, "short"), { read: readDone }),
      exists: async (filename, directory, limits) => {
        const entries = await missing("WMS_NOT_FOUND", list(directory, limits), noSoundList);
        return entries.some((entry) => isSound(entry, filename));
      },
    },
    version: (limits) => ask("short", versionRequest, readVersion, limits),
  };
};

const noSoundList = (cause: WmsError): never => {
  throw new WmsError("WMS_SOUND_LIST_MISSING", {
    detail: "this PBX has no list of sounds (404), so the product cannot check whether the sound exists",
    cause,
  });
};

/** The value of a promise, or `otherwise` if it rejects with this code. */
const missing = <T, U>(
  code: WmsError["code"],
  promise: Promise<T>,
  otherwise: (error: WmsError) => U,
): Promise<T | U> =>
  promise.catch((error: unknown) => {
    if (error instanceof WmsError && error.code === code) return otherwise(error);
    throw error;
  });
