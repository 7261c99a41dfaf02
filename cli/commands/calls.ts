import { randomUUID } from "node:crypto";
import { type Caller, scopes } from "../../lib/callers/caller.ts";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { createCalls } from "../../lib/calls/calls.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import type { CallRecord } from "../../lib/calls/ledger/record.ts";
import { refusalOf, viewOf } from "../../lib/calls/ledger/view.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import { type Context, openPbx, type PbxOptions } from "../context.ts";
import { paint, table } from "../output.ts";

export interface OriginateOptions extends PbxOptions {
  readonly extension?: string;
  readonly agent?: string;
  readonly to?: string;
  readonly channel?: string;
  readonly exten?: string;
  readonly context?: string;
  readonly callerid?: string;
  readonly ringSeconds?: string;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly out: string;
}

/** Whoever sits at this machine. */
const owner: Caller = { id: "command", scopes: new Set(scopes), pbxs: "all", extensions: "all" };

/** Rings an extension and then dials, at most once for a key, whatever comes back. */
export const originateCommand = async (context: Context, options: OriginateOptions): Promise<number> => {
  const { extension, agent, to, channel, exten, callerid, ringSeconds, dryRun, idempotencyKey } = options;
  const wanted = readCall({
    ...(extension === undefined ? {} : { extension }),
    ...(agent === undefined ? {} : { agent }),
    ...(to === undefined ? {} : { to }),
    ...(channel === undefined ? {} : { channel }),
    ...(exten === undefined ? {} : { exten }),
    ...(options.context === undefined ? {} : { context: options.context }),
    ...(callerid === undefined ? {} : { callerid }),
    ...(ringSeconds === undefined ? {} : { ring_seconds: Number(ringSeconds) }),
    ...(dryRun === undefined ? {} : { dry_run: dryRun }),
  });
  const ports = await localPorts({
    env: context.env,
    directory: options.out,
    clock: context.clock,
    log: silentLog,
    pbxFile: options.pbxs,
  });
  const result = await createCalls(ports).place({
    wanted,
    caller: owner,
    pbx: await pickPbx(ports, owner, options.pbx),
    key: idempotencyKey === undefined ? undefined : readCallKey(idempotencyKey),
    requestId: randomUUID(),
    receivedAt: context.clock.now(),
    timeLeft: Number.POSITIVE_INFINITY,
  });
  if ("wouldSend" in result) {
    context.output.out(JSON.stringify(result.wouldSend, null, 2));
    return 0;
  }
  const { record, replayed } = result;
  if (options.json) context.output.out(JSON.stringify({ ...viewOf(record), replayed }));
  else tell(context, record, replayed);
  return record.state === "PLACED" ? 0 : 1;
};

const tell = ({ output }: Context, record: CallRecord, replayed: boolean): void => {
  const refusal = refusalOf(record);
  if (refusal !== undefined) throw refusal;
  const { id, state, params } = record;
  const again = replayed ? " (an earlier request's call: nothing was sent now)" : "";
  if (state === "PLACED") {
    const then = params.exten ?? params.application ?? "";
    output.out(
      `${paint(output, "green", "✓")} ${params.channel} rings; when it is answered, ${then} follows: call ${id}${again}`,
    );
    return;
  }
  output.err(
    `${paint(output, "yellow", "?")} Nobody knows whether ${params.channel} rings: call ${id}${again}`,
  );
  output.err(`  ${viewOf(record).next ?? ""}`);
};

export const queuesCommand = async (
  context: Context,
  id: string | undefined,
  options: PbxOptions,
): Promise<number> => {
  const { pbx } = await openPbx(context, options);
  const limits = { signal: context.signal };
  if (id !== undefined) {
    const queue = await pbx.client.callQueues.one(id, limits);
    if (queue === undefined) {
      context.output.err(
        `${paint(context.output, "red", "✗")} ${pbx.id} has no queue ${id}. \`wildix queues\` lists them.`,
      );
      return 1;
    }
    context.output.out(JSON.stringify(queue.raw, null, 2));
    return 0;
  }
  const queues = await pbx.client.callQueues.list(limits);
  context.output.out(
    options.json
      ? JSON.stringify(queues.map(({ raw }) => raw))
      : table(
          ["id", "name"],
          queues.map(({ id: queue, name }) => [queue, name]),
        ),
  );
  return 0;
};
