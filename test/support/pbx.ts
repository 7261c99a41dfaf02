import { type ClientOptions, createClient, type WmsClient } from "../../lib/wms/client.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import type { Connection } from "../../lib/wms/types.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/server.ts";

export const connectionTo = (host: string): Connection => ({
  host,
  auth: {
    kind: "s2s",
    app_id: simulatorDefaults.appId,
    app_name: simulatorDefaults.appName,
    secret_key: simulatorDefaults.secret,
  },
});

/** A client as the functions have it, quick to try again. A busy machine has the time that it needs. */
export const clientOf = (host: string, options: Partial<ClientOptions> = {}): WmsClient =>
  createClient({
    transport: nodeTransport(),
    clock: { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) },
    random: () => 0,
    requestsPerSecond: 10_000,
    timeoutMs: 100_000,
    credentials: { current: async () => connectionTo(host), refresh: async () => false },
    ...options,
  });

/** Runs with a simulator, and stops it. */
export const withPbx = async <T>(
  options: SimulatorOptions,
  act: (pbx: Simulator, client: WmsClient) => Promise<T>,
): Promise<T> => {
  const pbx = await startSimulator({ days: 5, ringMs: 5, talkMs: 5, ...options });
  try {
    const { now } = options;
    const clock = now === undefined ? {} : { clock: { now, sleep: systemClock.sleep } };
    return await act(pbx, clientOf(pbx.url, clock));
  } finally {
    await pbx.close();
  }
};
