export const simulatorDefaults = {
  appId: "s2s-simulator-0001",
  appName: "simulator",
  secret: "simulator-secret-0123456789abcdef",
  apiKey: "wsk-v1-simulator-0123456789abcdef",
  token: "access_simulator-0123456789abcdef",
  pbxid: "221100001bab",
  zone: "Europe/Rome",
  seed: 1,
  /** Of an average working day. */
  calls: 200,
  /** Whether phones that rang for nothing, beside others or before others, have a row. */
  unanswered: true,
  days: 100,
  ringMs: 2_000,
  talkMs: 5_000,
};
