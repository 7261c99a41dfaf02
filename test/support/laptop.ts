import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { main } from "../../cli/main.ts";
import { invoke } from "../../cli/server/functions.ts";
import { openHttpApi } from "../../cli/server/http-api.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import type { PhoneAct } from "../../simulator/phone-rules.ts";
import { type SampleName, sampleText } from "../callbacks/events/samples.ts";
import { newDirectory, startPbx, type Told } from "./cli.ts";
import { testClock } from "./clocks.ts";
import { giveSecret } from "./leaks.ts";
import { customer, milan } from "./milan.ts";

export const laptopSettings: PbxSettings = { ...milan, dial_format: "e164_plus" };

/** What `callback list --json` says of a callback, as far as tests read it. */
export interface ListedCallback {
  readonly id: string;
  readonly to: string;
  readonly reason: string;
  readonly count: number;
}

/** `wildix serve` with a simulated PBX and a clock that skips, and the command beside it. */
export const startLaptop = async (change: object = {}) => {
  let ahead = 0;
  const clock = { now: () => testClock.now() + ahead, sleep: systemClock.sleep };
  const { pbx, env } = await startPbx({ now: clock.now, days: 1, calls: 0 });
  const directory = await newDirectory();
  const secret = giveSecret("webhook-of-the-laptop");
  const own = {
    ...env,
    HOME: directory,
    WILDIX_KEYS: join(directory, "keys.json"),
    WILDIX_WEBHOOK_SECRET: secret,
    WILDIX_SETTINGS: JSON.stringify({ ...laptopSettings, ...change }),
  };
  const ports = await localPorts({ env: own, directory, log: silentLog, clock });
  const api = await openHttpApi(ports, 0, "test", "Europe/Rome");
  onTestFinished(api.close);
  /** Waits of the command skip the time. `onLine`: what happens when it says something. `signal`: its Ctrl-C. */
  const say = async (
    args: readonly string[],
    onLine?: (line: string) => void,
    signal = new AbortController().signal,
  ): Promise<Told> => {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await main(args, {
      env: own,
      stdin: async () => "",
      clock: {
        now: clock.now,
        sleep: async (ms, signal) => {
          await systemClock.sleep(20, signal);
          ahead += ms;
        },
      },
      signal,
      output: {
        out: (text) => {
          out.push(text);
          onLine?.(text);
        },
        err: (text) => err.push(text),
        colours: false,
        live: false,
      },
    });
    return { code, out: out.join("\n"), err: err.join("\n") };
  };
  const run = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await say(args);
    expect([code, err]).toEqual([0, ""]);
    return out;
  };
  const all = async (): Promise<readonly ListedCallback[]> =>
    JSON.parse(await run("callback", "list", "--out", directory, "--json"));
  return {
    url: api.url,
    host: pbx.url,
    secret,
    directory,
    all,
    say: (args: readonly string[], onLine?: (line: string) => void, signal?: AbortSignal) =>
      say([...args, "--out", directory], onLine, signal),
    run: (...args: string[]) => run(...args, "--out", directory),
    setFault: pbx.setFault,
    sweep: () => invoke("sweep-callbacks", ports, {}),
    now: clock.now,
    /** After the phones came to rest, so that no call lasts as long as the skip. */
    skip: async (ms: number): Promise<void> => {
      await expect.poll(() => pbx.pbx.phones.calls.every(({ over }) => over)).toBe(true);
      ahead += ms;
    },
    phone: (number: string, act: PhoneAct): void => pbx.pbx.phones.rules.tell(number, act),
    find: async (number = customer): Promise<ListedCallback | undefined> =>
      (await all()).find(({ to }) => to.endsWith(number.slice(-2))),
    /** Sends an event as the PBX would send it now. */
    send: async (event: object): Promise<void> => {
      const file = join(directory, "event.json");
      await writeFile(file, JSON.stringify(event));
      await run("webhook", "send", file, "--url", api.url, "--now");
    },
  };
};

let calls = 0;
type Sample = { time: number; data: { flows: [Record<string, unknown>] } };
/** An official sample about a number, sent five seconds after the call. */
export const callEvent = (
  name: Extract<SampleName, "call-missed" | "call-completed">,
  number: string,
  change: object = {},
): object => {
  const sample: Sample = JSON.parse(sampleText(name));
  const [flow] = sample.data.flows;
  const inbound = flow["direction"] === "INBOUND";
  const far = { [inbound ? "caller" : "callee"]: { type: "REMOTE", phone: number } };
  const flows = [{ ...flow, ...far, ...change, remotePhone: number }];
  const time = Number(flow["endTime"]) + 5_000;
  return { ...sample, id: `it_w000001_${++calls}`, time, data: { ...sample.data, time, flows } };
};
