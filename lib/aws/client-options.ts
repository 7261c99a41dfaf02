/**
 * Options of an AWS client whose service answers soon or not at all: without a limit of ours, a request that hangs would end
 * the function, and the caller would get no answer but API Gateway's. `answerMs` is for one attempt; the SDK makes three.
 * @param connectMs for the connection only
 */
export const answersWithin = (answerMs: number, connectMs = Math.min(1_000, answerMs)) => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    // without it the SDK only writes a warning
    throwOnRequestTimeout: true,
  },
});
