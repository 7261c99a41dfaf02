import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCallbacks } from "../lib/callbacks/callbacks.ts";
import type { CallbackView } from "../lib/callbacks/view.ts";
import { localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import type { Clock } from "../lib/wms/clock.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { webhookDefaults } from "../simulator/webhooks.ts";
import { invoke } from "./server/functions.ts";
import { openHttpApi } from "./server/http-api.ts";
import { simulatedPbx } from "./server/simulated-pbx.ts";

const customer = "+393331234567";
const target = "201";
const minute = 60_000;
/** For one step, ms: only a failure takes so long. */
const patience = 60_000;

/**
 * A caller leaves a queue before an answer, twice; the PBX sends webhooks, and the callback rings an agent and then the caller. The PBX of this
 * scene has its own clock, which shows a working hour and skips the waits.
 */
export const callBackScene = async (say: (text: string) => void): Promise<void> => {
  const clock = skippingClock();
  let watched = (): void => undefined;
  const watching = new Promise<void>((resolve) => {
    watched = resolve;
  });
  const simulator = await startSimulator({
    ...{ now: clock.now, days: 2, calls: 20, ringMs: 400, talkMs: 800 },
    // the phone rings until its state is shown: a busy machine can be late
    sleep: async (ms, signal) => {
      await watching;
      await systemClock.sleep(ms, signal);
    },
  });
  const directory = await mkdtemp(join(tmpdir(), "wildix-demo-callback-"));
  const ports = await localPorts({
    env: {
      WILDIX_KEYS: join(directory, "keys.json"),
      WILDIX_HOST: simulator.url,
      WILDIX_APP_ID: simulatorDefaults.appId,
      WILDIX_APP_NAME: simulatorDefaults.appName,
      WILDIX_SECRET_KEY: simulatorDefaults.secret,
      WILDIX_TIMEZONE: simulatorDefaults.zone,
      WILDIX_WEBHOOK_SECRET: webhookDefaults.secret,
      WILDIX_SETTINGS: JSON.stringify({
        ...simulatedPbx,
        callbacks: { ...simulatedPbx.callbacks, targets: { "*": target } },
      }),
    },
    directory,
    log: silentLog,
    clock,
  });
  const api = await openHttpApi(ports, 0, "demo", simulatorDefaults.zone);
  const callbacks = createCallbacks(ports);
  const only = async (): Promise<CallbackView | undefined> => (await callbacks.list("default")).callbacks[0];
  const sweep = () => invoke("sweep-callbacks", ports, {});
  try {
    await put(simulator, "webhook", { url: `${api.url}/webhooks/default` });
    await put(simulator, "missed", { from: customer, queue: "Sales" });
    const opened = await until(only, (view) => view?.count === 1);
    say(
      `   ${opened?.to} left the queue Sales without an answer. A signed webhook opened callback ${opened?.id.slice(0, 8)}…`,
    );
    clock.skip(40_000);
    await put(simulator, "missed", { from: customer, queue: "Sales" });
    const joined = await until(only, (view) => view?.count === 2);
    say(
      `   The same caller called again without an answer: ${joined?.count} missed calls, still one callback.`,
    );
    clock.skip(Date.parse(joined?.due ?? "") - clock.now() + minute);
    await sweep();
    await showCall(simulator, say, watched);
    const closed = await until(
      async () => {
        clock.skip(minute);
        await sweep();
        return only();
      },
      (view) => view?.state === "closed",
    );
    say(`   The callback is closed (${closed?.reason}): ${closed?.next}`);
    const { callbacks: open } = await callbacks.list("default", { state: "open" });
    if (closed?.reason !== "talked" || open.length > 0) throw new Error("a caller was not called back");
  } finally {
    await api.close();
    await simulator.close();
  }
};

/** A clock that shows 10:00 in Rome on a Tuesday, runs, and can skip time. */
const skippingClock = (): Clock & { skip(ms: number): void } => {
  const day = 86_400_000;
  const began = systemClock.now();
  const today = Math.floor(began / day) * day;
  // the first day of the epoch was a Thursday
  const tuesday = today - ((today / day + 2) % 7) * day;
  let ahead = tuesday + 9 * 3_600_000 - began;
  return {
    now: () => systemClock.now() + ahead,
    sleep: systemClock.sleep,
    skip: (ms) => {
      ahead += Math.max(0, ms);
    },
  };
};

const put = async (simulator: Simulator, path: string, body: object): Promise<void> => {
  const answer = await fetch(`${simulator.url}/simulator/${path}`, {
    method: "PUT",
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the simulator refused ${path}: ${await answer.text()}`);
};

const until = async <T>(read: () => Promise<T>, fits: (value: T) => boolean): Promise<T> => {
  const end = systemClock.now() + patience;
  for (;;) {
    const value = await read();
    if (fits(value)) return value;
    if (systemClock.now() > end) throw new Error("the callback did not change");
    await systemClock.sleep(300);
  }
};

const showCall = async (
  { pbx }: Simulator,
  say: (text: string) => void,
  watched: () => void,
): Promise<void> => {
  const placed = pbx.phones.calls.at(-1);
  if (placed === undefined) throw new Error("no phone rings");
  let shown = "";
  while (!placed.over) {
    const now = `${placed.first.number}: ${placed.first.state.padEnd(8)} →  ${placed.second.number}: ${placed.second.state}`;
    if (now !== shown) say(`   ${now}`);
    shown = now;
    watched();
    await systemClock.sleep(50);
  }
};
