import { type CallbackPorts, createCallbacks } from "../../lib/callbacks/callbacks.ts";
import { createRehearsal } from "../../lib/callbacks/rehearsal.ts";
import type { CallbackView } from "../../lib/callbacks/view.ts";
import { defined } from "../../lib/defined.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { Pbxs } from "../../lib/pbxs/pbxs.ts";
import { type PbxRegistry, unknownPbx } from "../../lib/pbxs/registry.ts";
import { type Context, checkStage, regionOf, type StateOptions } from "../context.ts";
import { type Output, paint, table, UsageError } from "../output.ts";
import { readInstant } from "../times.ts";

export interface CallbackOptions extends StateOptions {
  readonly pbx?: string;
  readonly pbxs?: string;
  readonly json?: boolean;
}

type Ports = CallbackPorts & { readonly registry: PbxRegistry; readonly pbxs: Pbxs };

/** Callbacks of a deployment on AWS, if a stage is named; otherwise of this machine. */
export const openCallbacks = async (context: Context, options: CallbackOptions): Promise<Ports> => {
  const { stage, region, out, pbxs } = options;
  if (stage === undefined)
    return localPorts({
      env: context.env,
      clock: context.clock,
      directory: out,
      log: silentLog,
      pbxFile: pbxs,
    });
  if (pbxs !== undefined) throw new UsageError("Give `--stage` or `--pbxs`, not both.");
  // loaded here, so that no other command waits for the SDK
  const { deployedCallbacks } = await import("../../lib/aws/deployed-callbacks.ts");
  return deployedCallbacks(checkStage(stage), regionOf(context, region), silentLog);
};

/** The PBX that is named, or the only one. Throws PBX_UNKNOWN. */
export const onlyPbx = async (ports: Ports, named: string | undefined): Promise<string> => {
  const known = (await ports.registry.list()).map(({ id }) => id);
  if (named !== undefined) {
    if (known.length > 0 && !known.includes(named)) throw unknownPbx(named, known);
    return named;
  }
  const [only, ...others] = known;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    `There are ${known.length} PBXs. Name one with \`--pbx\`: ${known.slice(0, 20).join(", ")}`,
  );
};

export interface ListOptions extends CallbackOptions {
  readonly state?: "open" | "closed";
}

/** Lists callbacks, or explains one. */
export const listCallbacksCommand = async (
  context: Context,
  id: string | undefined,
  options: ListOptions,
): Promise<number> => {
  const ports = await openCallbacks(context, options);
  const pbx = await onlyPbx(ports, options.pbx);
  const callbacks = createCallbacks(ports);
  const { output } = context;
  if (id !== undefined) {
    show(output, options, await callbacks.read(pbx, id));
    return 0;
  }
  const all: CallbackView[] = [];
  let after: string | undefined;
  do {
    const page = await callbacks.list(pbx, defined({ state: options.state, after }));
    all.push(...page.callbacks);
    after = page.next;
  } while (after !== undefined);
  if (options.json) output.out(JSON.stringify(all));
  else if (all.length === 0) output.out(`There is no ${options.state ?? "open or closed"} callback.`);
  else
    output.out(
      table(
        output,
        ["id", "to", "queue", "target", "state", "reason", "due", "missed", "dials"],
        all
          .toSorted((a, b) => (a.first < b.first ? -1 : 1))
          .map((view) => [
            view.id,
            view.to,
            view.queue?.name ?? view.queue?.id ?? "",
            view.target ?? "",
            view.state,
            view.reason,
            view.due ?? "",
            String(view.count),
            String(view.attempts),
          ]),
      ),
    );
  return 0;
};

export interface AddOptions extends CallbackOptions {
  readonly to: string;
  readonly queue?: string;
  readonly name?: string;
  readonly at?: string;
}

/** Asks for a callback. */
export const addCallbackCommand = async (context: Context, options: AddOptions): Promise<number> => {
  const { to, queue, name, at } = options;
  const notBefore = at === undefined ? undefined : readInstant(at, "--at", context.clock.now());
  const ports = await openCallbacks(context, options);
  const pbx = await ports.pbxs.get(await onlyPbx(ports, options.pbx));
  const { view, opened } = await createCallbacks(ports).request(pbx, {
    to,
    ...defined({ queue, name, notBefore }),
  });
  if (!options.json)
    context.output.out(
      `${paint(context.output, "green", "✓")} ${opened ? "a callback was opened" : "the open callback of this number was joined"}`,
    );
  show(context.output, options, view);
  return 0;
};

/** Cancels a callback. */
export const cancelCallbackCommand = async (
  context: Context,
  id: string,
  options: CallbackOptions,
): Promise<number> => {
  const ports = await openCallbacks(context, options);
  const view = await createCallbacks(ports).cancel(await onlyPbx(ports, options.pbx), id);
  if (!options.json)
    context.output.out(
      view.ringing
        ? `${paint(context.output, "yellow", "!")} A phone may be ringing now. The number is not dialled again.`
        : `${paint(context.output, "green", "✓")} the callback is closed and not dialled`,
    );
  show(context.output, options, view);
  return 0;
};

const show = (output: Output, { json }: CallbackOptions, view: CallbackView & { ringing?: true }): void => {
  if (json) {
    output.out(JSON.stringify(view));
    return;
  }
  const { id, pbx, to, queue, target, state, reason, due, first, last, count, attempts, misses } = view;
  const lines: readonly (readonly [string, string])[] = [
    ["callback", `${id} at ${pbx}`],
    ["number", `${to}${queue === undefined ? "" : `, of the queue ${queue.name ?? queue.id}`}`],
    ["state", `${state} (${reason}): ${view.next}`],
    ["missed calls", `${count}, from ${first} to ${last}${view.voicemail ? "; a message was left" : ""}`],
    ["rings first", target ?? "no phone: no target is set for this queue"],
    ["dials", `${attempts} of the number; ${misses} rings without an agent`],
    ...(due === undefined ? [] : [["next look", due] as const]),
    ...view.outcomes.map(({ at, outcome, call }) => ["outcome", `${at} ${outcome} (call ${call})`] as const),
  ];
  for (const [name, text] of lines) output.out(`  ${name.padEnd(13)}${text}`);
};

export interface RehearseOptions extends CallbackOptions {
  readonly extension: string;
  readonly to: string;
}

const steps = [
  { title: "Do not pick up the extension.", expected: "agent_missed" },
  { title: "Pick up the extension, and reject the call on the other phone.", expected: "busy" },
  { title: "Pick up both phones, talk for ten seconds, and hang up.", expected: "talked" },
] as const;
/** Rows appear when a call is over; they are looked for so long, ms. */
const patience = 180_000;
const every = 5_000;
/** From call to call, ms: a callback takes rows that begin up to 10 s before its call for its own, because clocks differ. */
const pause = 11_000;

/** Places three calls as a callback does, and shows the rows of call history and how a callback reads them. */
export const rehearseCommand = async (context: Context, options: RehearseOptions): Promise<number> => {
  const { output, clock, signal } = context;
  const ports = await openCallbacks(context, options);
  const pbx = await ports.pbxs.get(await onlyPbx(ports, options.pbx));
  const rehearsal = createRehearsal(ports);
  const results: object[] = [];
  let asExpected = true;
  for (const [at, { title, expected }] of steps.entries()) {
    if (at > 0) await clock.sleep(pause, signal);
    if (!options.json)
      output.out(`${paint(output, "bold", `${at + 1}. ${title}`)} Extension ${options.extension} rings now.`);
    const call = await rehearsal.place(pbx, options.extension, options.to);
    const until = clock.now() + patience;
    let read = await rehearsal.read(pbx, call);
    while (read.outcome === undefined && clock.now() < until) {
      await clock.sleep(every, signal);
      read = await rehearsal.read(pbx, call);
    }
    const fits = read.outcome === expected || (expected === "busy" && read.outcome === "no_answer");
    asExpected &&= fits;
    results.push({ step: title, call: call.id, rows: read.rows, outcome: read.outcome ?? null, expected });
    if (!options.json) showRows(output, read.rows, read.outcome, expected, fits);
  }
  if (options.json) output.out(JSON.stringify(results));
  return asExpected ? 0 : 1;
};

const columns = [
  "id",
  "start",
  "answer",
  "end",
  "channel",
  "dstchannel",
  "dst",
  "disposition",
  "billsec",
  "lastapp",
];

const showRows = (
  output: Output,
  rows: readonly Readonly<Record<string, unknown>>[],
  outcome: string | undefined,
  expected: string,
  fits: boolean,
): void => {
  if (rows.length > 0)
    output.out(
      table(
        output,
        columns,
        rows.map((row) => columns.map((name) => String(row[name] ?? ""))),
      ),
    );
  output.out(
    fits
      ? `${paint(output, "green", "✓")} A callback reads these rows as ${outcome}.\n`
      : `${paint(output, "yellow", "!")} A callback reads these rows as ${outcome ?? "not known"}; ${expected} was expected. See docs/callbacks.md, "A pilot in five steps".\n`,
  );
};
