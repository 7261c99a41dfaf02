import { localRegistry, requestsPerSecond } from "../lib/local/ports.ts";
import { createPbxs, type Pbx } from "../lib/pbxs/pbxs.ts";
import { type PbxEntry, readPbx } from "../lib/pbxs/registry.ts";
import { nodeTransport } from "../lib/wms/node-transport.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import type { Connection } from "../lib/wms/types.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./output.ts";

/** What every command gets. */
export interface Context {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<string>;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Options that every command talking to a PBX takes. */
export interface PbxOptions {
  readonly pbx?: string;
  readonly pbxs?: string;
  readonly json?: boolean;
}

/** The PBX that a command means: the one named, or the only one. */
export const openPbx = async (
  context: Context,
  options: PbxOptions,
): Promise<{ pbx: Pbx; entry: PbxEntry }> => {
  const registry = localRegistry(context.env, options.pbxs);
  const entries = await registry.list();
  const entry = options.pbx === undefined ? onlyOne(entries) : entries.find(({ id }) => id === options.pbx);
  const pbxs = createPbxs({
    registry,
    transport: nodeTransport(),
    clock: systemClock,
    random: Math.random,
    requestsPerSecond,
  });
  const pbx = await pbxs.get(entry?.id ?? options.pbx ?? "default");
  return {
    pbx,
    entry: entry ?? { id: pbx.id, timezone: undefined, exported: false, registeredAt: undefined },
  };
};

const onlyOne = (entries: readonly PbxEntry[]): PbxEntry | undefined => {
  if (entries.length > 1)
    throw new UsageError(
      `there are ${entries.length} PBXs; name one with --pbx: ${entries.map(({ id }) => id).join(", ")}`,
    );
  return entries[0];
};

/** The connection of the PBX that the environment or the file describes. */
export const ownConnection = async (context: Context, options: PbxOptions = {}): Promise<Connection> => {
  const registry = localRegistry(context.env, options.pbxs);
  const id = options.pbx ?? onlyOne(await registry.list())?.id ?? "default";
  return (await readPbx(registry, id)).connection;
};
