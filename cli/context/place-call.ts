import { randomUUID } from "node:crypto";
import type { Caller } from "../../lib/callers/caller.ts";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { createCalls } from "../../lib/calls/calls.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";
import type { readCall } from "../../lib/calls/dial/dial.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import { type Context, hostIn, namingPbx, onlyId, type PbxOptions } from "./context.ts";

export interface PlaceOptions extends PbxOptions {
  /** Directory of this machine's state. */
  readonly out: string;
}

type Placed = Awaited<ReturnType<ReturnType<typeof createCalls>["place"]>>;

/**
 * Places a call, or does its dry run, over the PBXs and the state of this machine, and reads the result with `read`. Errors of the
 * connection name PBX and host.
 */
export const placeCallHere = async <T>(
  context: Context,
  { pbx: named, pbxs, out }: PlaceOptions,
  caller: Caller,
  wanted: ReturnType<typeof readCall>,
  idempotencyKey: string | undefined,
  read: (placed: Placed) => T,
): Promise<T> => {
  const { env, clock } = context;
  const ports = await localPorts({ env, directory: out, clock, log: silentLog, pbxFile: pbxs });
  const onlyOne = async (): Promise<string | undefined> =>
    ports.config.defaultPbx === undefined
      ? onlyId(context, { pbxs }, await ports.registry.list())
      : undefined;
  const pbx = await pickPbx(ports, caller, named ?? (await onlyOne()));
  return namingPbx(pbx.id, hostIn(ports.registry, pbx.id), async () =>
    read(
      await createCalls(ports).place({
        wanted,
        caller,
        pbx,
        key: idempotencyKey === undefined ? undefined : readCallKey(idempotencyKey),
        requestId: randomUUID(),
        receivedAt: clock.now(),
        timeLeft: Number.POSITIVE_INFINITY,
      }),
    ),
  );
};
