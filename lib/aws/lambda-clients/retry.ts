import { ServiceError } from "./service-error.ts";

/** Errors by which a service asks to be called less often. Source: the SDK's list. */
const throttling: ReadonlySet<string> = new Set([
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);
const transient: ReadonlySet<string> = new Set(["RequestTimeout", "RequestTimeoutException"]);
/** The connection failed: nothing is known of the request. */
const connection: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const longestPauseMs = 20_000;
const pauseMs = { throttled: 1_000, other: 50 };

/**
 * How long to wait before the next attempt, ms; undefined: no attempt can help. The same errors and pauses as in the SDK's standard mode.
 * `attempt` is the number of the one that failed, `random` is from 0 to 1.
 */
export const pauseBefore = (error: unknown, attempt: number, random: number): number | undefined => {
  const base = baseOf(error);
  return base && Math.floor(random * Math.min(base * 2 ** (attempt - 1), longestPauseMs));
};

const baseOf = (error: unknown): number | undefined => {
  if (error instanceof ServiceError) {
    const { httpStatusCode: status } = error.$metadata;
    if (status === 429 || throttling.has(error.name)) return pauseMs.throttled;
    // signed by a process that was frozen before it could send
    const expired = error.name === "InvalidSignatureException" && error.message.includes("Signature expired");
    return status >= 500 || expired || transient.has(error.name) ? pauseMs.other : undefined;
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && connection.has(code) ? pauseMs.other : undefined;
};
