import { type Caller, scopes } from "../../lib/callers/caller.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import type { LedgerCall } from "../../lib/calls/ledger/record.ts";
import { refusalOf, viewOf } from "../../lib/calls/ledger/view.ts";
import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ProductError } from "../../lib/errors.ts";
import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import type { Limits } from "../../lib/wms/client.ts";
import { type Context, onPbx, type PbxOptions } from "../context/context.ts";
import { type PlaceOptions, placeCallHere } from "../context/place-call.ts";
import { paint, table, UsageError } from "../terminal/output.ts";
import { readDecimal } from "../typed/whole-number.ts";

export interface OriginateOptions extends PlaceOptions {
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
}

/** The user of this machine. */
const owner: Caller = { id: "command", scopes: new Set(scopes), pbxs: "all", extensions: "all" };

/** Rings an extension and then dials, at most once for a key, even after an error or a timeout. */
export const originateCommand = async (context: Context, options: OriginateOptions): Promise<number> => {
  const { extension, agent, to, channel, exten, callerid, ringSeconds, dryRun, idempotencyKey } = options;
  // the library would also suggest `application`, for which there is not an option
  if (to === undefined && exten === undefined)
    throw new UsageError("`--to` must be set. Give the number to dial, with `--to` or `--exten`.");
  const wanted = readCall(
    defined({
      ...{ extension, agent, to, channel, exten, callerid },
      context: options.context,
      ring_seconds:
        ringSeconds === undefined
          ? undefined
          : readDecimal(ringSeconds, "--ring-seconds", "seconds as a number, for example 25", 999_999),
      dry_run: dryRun,
    }),
  );
  return placeCallHere(context, options, owner, wanted, idempotencyKey, (result) => {
    if ("wouldSend" in result) {
      context.output.out(JSON.stringify(result.wouldSend, null, 2));
      return 0;
    }
    const { record, replayed } = result;
    const next = record.state === "UNKNOWN" ? nextFor(record, options) : undefined;
    if (options.json)
      context.output.out(JSON.stringify({ ...viewOf(record), ...defined({ next }), replayed }));
    else report(context, record, replayed, next);
    return record.state === "PLACED" ? 0 : 1;
  });
};

/** What to do about a call whose end is not known, in the words of the command: its user sends no HTTP request. */
const nextFor = ({ extension }: LedgerCall, { idempotencyKey }: OriginateOptions): string => {
  const again =
    idempotencyKey === undefined
      ? "If you run the command again, a phone may ring again."
      : "If you run the command again with the same `--idempotency-key`, no phone rings again.";
  return `Look at the phone ${extension}: it may be ringing. After the call has ended, \`wildix history\` shows whether it rang. ${again}`;
};

const report = (
  { output }: Context,
  record: LedgerCall,
  replayed: boolean,
  next: string | undefined,
): void => {
  const refusal = refusalOf(record);
  if (refusal !== undefined) throw refusal;
  const { id, state, params } = record;
  const again = replayed ? " (placed by an earlier request; nothing was sent now)" : "";
  if (state === "PLACED") {
    const then = params.exten ?? params.application ?? "";
    output.out(
      `${paint(output, "green", "✓")} ${params.channel} rings; after it answers, ${then} is dialled: call ${id}${again}`,
    );
    return;
  }
  output.err(
    `${paint(output, "yellow", "?")} It is not known whether ${params.channel} rings: call ${id}${again}`,
  );
  output.err(`  ${next ?? ""}`);
};

export const queuesCommand = (
  context: Context,
  id: string | undefined,
  options: PbxOptions,
): Promise<number> =>
  onPbx(context, options, async ({ pbx }) => {
    const { output, signal } = context;
    const { callQueues } = pbx.client;
    if (id === undefined) {
      const queues = await callQueues.list({ signal });
      output.out(
        options.json
          ? JSON.stringify(queues.map(({ raw }) => raw))
          : table(
              output,
              ["id", "name"],
              queues.map(({ id: queue, name }) => [queue, name]),
            ),
      );
      return 0;
    }
    const queue = await callQueues.one(id, { signal });
    if (queue === undefined) throw await unknownQueue(pbx, id, { signal });
    output.out(
      options.json
        ? JSON.stringify(queue.raw)
        : table(output, ["field", "value"], Object.entries(queue.raw).map(shownField)),
    );
    return 0;
  });

const shownField = ([name, value]: [string, unknown]): [string, unknown] => [
  name,
  typeof value === "object" && value !== null ? JSON.stringify(value) : value,
];

/** Names a queue whose id or name is near. */
const unknownQueue = async (pbx: Pbx, id: string, limits: Limits): Promise<ProductError> => {
  const queues = await pbx.client.callQueues.list(limits);
  const near = didYouMean(
    id,
    queues.flatMap((queue) => [queue.id, queue.name]),
  );
  const meant = queues.find((queue) => near !== undefined && [queue.id, queue.name].includes(near));
  const hint =
    meant === undefined ? "`wildix queues` lists them." : `Did you mean ${meant.id} (${meant.name})?`;
  return new ProductError("NOT_FOUND", { field: "id", detail: `${pbx.id} has no queue ${id}. ${hint}` });
};
