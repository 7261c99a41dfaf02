import { readCall } from "../../lib/calls/dial.ts";
import { originateRequest } from "../../lib/wms/originate.ts";
import { type Context, openPbx, type PbxOptions } from "../context.ts";
import { paint, table } from "../output.ts";

export interface OriginateOptions extends PbxOptions {
  readonly extension?: string;
  readonly to?: string;
  readonly channel?: string;
  readonly exten?: string;
  readonly context?: string;
  readonly callerid?: string;
  readonly ringSeconds?: string;
  readonly dryRun?: boolean;
}

/** Rings an extension and then dials. Sent once, whatever comes back. */
export const originateCommand = async (context: Context, options: OriginateOptions): Promise<number> => {
  const { extension, to, channel, exten, callerid, ringSeconds } = options;
  const { params } = readCall({
    ...(extension === undefined ? {} : { extension }),
    ...(to === undefined ? {} : { to }),
    ...(channel === undefined ? {} : { channel }),
    ...(exten === undefined ? {} : { exten }),
    ...(options.context === undefined ? {} : { context: options.context }),
    ...(callerid === undefined ? {} : { callerid }),
    ...(ringSeconds === undefined ? {} : { ring_seconds: Number(ringSeconds) }),
  });
  if (options.dryRun) {
    context.output.out(JSON.stringify(originateRequest(params), null, 2));
    return 0;
  }
  const { pbx } = await openPbx(context, options);
  await pbx.client.originate(params, { timeoutMs: 6_000, signal: context.signal });
  const answer = { state: "PLACED", pbx: pbx.id, channel: params.channel, exten: params.exten };
  context.output.out(
    options.json
      ? JSON.stringify(answer)
      : `${paint(context.output, "green", "✓")} ${params.channel} rings; when it is answered, ${params.exten} is dialled`,
  );
  return 0;
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
