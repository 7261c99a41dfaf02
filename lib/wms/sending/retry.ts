import type { Random } from "../clock.ts";
import type { WmsCode, WmsError } from "../errors.ts";

export interface Attempt {
  /** Whether sending the same again can do no harm. */
  readonly repeatable: boolean;
  /** Attempts made so far, this one included. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly error: WmsError;
  /** Milliseconds left for everything. */
  readonly timeLeft: number;
  /** Retries that the client may still make altogether. */
  readonly budget: number;
}

/** Whether an error can be temporary: every code is decided here. */
const passing: Readonly<Record<WmsCode, boolean>> = {
  WMS_HOST_INVALID: false,
  WMS_CREDENTIALS_INVALID: false,
  WMS_METHOD_INVALID: false,
  WMS_PATH_INVALID: false,
  WMS_PARAM_INVALID: false,
  WMS_HEADER_INVALID: false,
  WMS_UNREACHABLE: true,
  WMS_TLS: false,
  WMS_TIMEOUT: true,
  WMS_CONNECTION_LOST: true,
  WMS_UNAUTHORIZED: false,
  WMS_FORBIDDEN: false,
  WMS_NOT_FOUND: false,
  WMS_RATE_LIMITED: true,
  WMS_REFUSED: false,
  WMS_SERVER_ERROR: true,
  WMS_REDIRECTED: false,
  WMS_NOT_JSON: true,
  WMS_ANSWER_TRUNCATED: true,
  WMS_ANSWER_EMPTY: true,
  WMS_ANSWER_UNEXPECTED: false,
  WMS_ANSWER_TOO_LARGE: false,
  WMS_ABORTED: false,
  WMS_SOUND_LIST_MISSING: false,
  WMS_FILTER_IGNORED: false,
  WMS_HISTORY_INCOMPLETE: false,
};

/** Milliseconds to wait before the same request is sent again, or undefined for: not again. */
export const retryDelay = (attempt: Attempt, random: Random): number | undefined => {
  // the PBX may have acted on a write, even if it answered an error
  if (!attempt.repeatable) return undefined;
  if (attempt.attempt >= attempt.maxAttempts) return undefined;
  // only what can be temporary
  if (!passing[attempt.error.code]) return undefined;
  // a PBX in trouble gets no storm on top
  if (attempt.budget < 1) return undefined;
  const wait = waitFor(attempt, random);
  // no caller waits for an answer after the deadline
  return wait < attempt.timeLeft ? wait : undefined;
};

const firstWait = 200;
const longestWait = 5_000;

/** Full jitter, so that many clients do not retry together; what the PBX asked for is the least. */
const waitFor = ({ attempt, error }: Attempt, random: Random): number =>
  (error.retryAfter ?? 0) * 1000 + random() * Math.min(longestWait, firstWait * 2 ** (attempt - 1));

/** Seconds of a Retry-After header, given as seconds or as a date. */
export const retryAfterSeconds = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
};
