/**
 * Options of an AWS client whose service answers soon or not at all: without a limit of ours, a request that hangs would end
 * the function, and the caller would get no answer but API Gateway's. `answerMs` is for one attempt; the SDK makes three.
 */
export const answersWithin = (answerMs: number) => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: Math.min(1_000, answerMs),
    requestTimeout: answerMs,
    // without it the SDK only writes a warning
    throwOnRequestTimeout: true,
  },
});
