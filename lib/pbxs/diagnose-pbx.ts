import { defined } from "../defined.ts";
import { listed } from "../listed.ts";
import type { WmsClient } from "../wms/client.ts";
import { createClient } from "../wms/client.ts";
import type { Random } from "../wms/clock.ts";
import { type Check, type DoctorPorts, diagnose } from "../wms/diagnose.ts";
import { WmsError } from "../wms/errors.ts";
import type { ExpectedZone } from "../wms/zone-check.ts";
import { blockedCallbacks, forbiddenCallbacks } from "./callback-settings.ts";
import type { PbxSecret } from "./secret.ts";

export interface PbxDoctorPorts extends DoctorPorts {
  readonly random: Random;
}

/**
 * The checks of a PBX, whether its settings of calls let callbacks be dialled, and whether their targets are extensions of
 * colleagues: settings cannot say that.
 */
export const diagnosePbx = async (
  ports: PbxDoctorPorts,
  { connection, settings }: Pick<PbxSecret, "connection" | "settings">,
  expected: ExpectedZone | undefined,
): Promise<Check[]> => {
  const checks = await diagnose(ports, connection, expected);
  if (checks.some(({ ok, name: check }) => !ok && check !== "clock")) return checks;
  const { callbacks } = settings;
  const fault = forbiddenCallbacks(callbacks, settings) ?? blockedCallbacks(callbacks, settings);
  if (fault !== undefined)
    return [
      ...checks,
      {
        name: "callbacks",
        ok: false,
        detail: fault.detail,
        cure: "Change the setting. Until then, these callbacks are closed without a dial.",
      },
    ];
  const { targets = {} } = callbacks ?? {};
  if (Object.keys(targets).length === 0) return checks;
  const credentials = { current: async () => connection, refresh: async () => false };
  return [...checks, await checkTargets(ports, createClient({ ...ports, credentials }), targets)];
};

/** For one list, ms. */
const patience = { timeoutMs: 10_000 };
const name = "targets";

const checkTargets = async (
  { signal }: Pick<DoctorPorts, "signal">,
  client: WmsClient,
  targets: Readonly<Record<string, string>>,
): Promise<Check> => {
  const limits = { ...patience, ...defined({ signal }) };
  const fault = (key: string, detail: string, fix: string): Check => ({
    name,
    ok: false,
    detail: `\`settings.callbacks.targets.${key}\` must be the extension of a colleague; got ${detail}`,
    cure: fix,
  });
  let extensions: ReadonlySet<string>;
  let queues: ReadonlyMap<string, string>;
  try {
    extensions = new Set((await client.colleagues.list(limits)).map(({ extension }) => extension));
    queues = new Map(
      (await client.callQueues.list(limits)).flatMap((queue) =>
        [queue.id, queue.name, queue.raw["extension"]].map((one) => [String(one), queue.name] as const),
      ),
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof WmsError)) throw error;
    return {
      name,
      ok: true,
      detail: `not checked: the PBX does not list its colleagues and queues (${error.code})`,
    };
  }
  for (const [key, target] of Object.entries(targets)) {
    if (extensions.has(target)) continue;
    const queue = queues.get(target);
    if (queue !== undefined)
      return fault(
        key,
        `the queue ${queue} (${target})`,
        "Name the extension of an agent. A queue can answer with music before an agent is there.",
      );
    return fault(
      key,
      `${target}, which no colleague has`,
      "Correct the extension. If only the dialplan knows it, for example as a group of phones, write it with `--no-probe`.",
    );
  }
  // not wrong: a service without a queue can have a target too
  const known = new Set([...queues.keys()].map((one) => one.toLowerCase()));
  const unknown = Object.keys(targets).filter((key) => key !== "*" && !known.has(key.toLowerCase()));
  const rings = `callbacks ring ${[...new Set(Object.values(targets))].join(", ")}`;
  return {
    name,
    ok: true,
    detail: unknown.length === 0 ? rings : `${rings}; the PBX has no queue ${listed(unknown)}`,
  };
};
