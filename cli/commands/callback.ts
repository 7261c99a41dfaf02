import { readCallback } from "../../lib/callbacks/asked-callback.ts";
import { type CallbackPorts, createCallbacks } from "../../lib/callbacks/callbacks.ts";
import { createRehearsal } from "../../lib/callbacks/rehearsal.ts";
import type { CallbackView } from "../../lib/callbacks/view.ts";
import { defined } from "../../lib/defined.ts";
import { isError } from "../../lib/errors.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { Pbx, Pbxs } from "../../lib/pbxs/pbxs.ts";
import { type PbxRegistry, unknownPbx } from "../../lib/pbxs/registry.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import {
  type Context,
  checkStage,
  hostIn,
  namingPbx,
  onlyId,
  regionOf,
  type StateOptions,
} from "../context/context.ts";
import { inOneLine } from "../terminal/clean-text.ts";
import { type Output, paint, table, UsageError } from "../terminal/output.ts";
import { readInstant } from "../typed/times.ts";
import { NamedError } from "../typed/typed-names.ts";

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
  const { deployedCallbacks } = await import("../../lib/aws/deployed/callbacks.ts");
  return deployedCallbacks(checkStage(stage), regionOf(context, region), silentLog);
};

/** The PBX that is named, or the only one. Throws PBX_UNKNOWN. */
export const onlyPbx = async (context: Context, ports: Ports, options: CallbackOptions): Promise<string> => {
  const entries = await ports.registry.list();
  const { pbx } = options;
  if (pbx === undefined) return onlyId(context, options, entries);
  const known = entries.map(({ id }) => id);
  if (known.length > 0 && !known.includes(pbx)) throw unknownPbx(pbx, known);
  return pbx;
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
  const pbx = await onlyPbx(context, ports, options);
  const callbacks = createCallbacks(ports);
  const { output } = context;
  if (id !== undefined) {
    show(output, options, await callbacks.read(pbx, id).catch(unknownId));
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
        ["id", "to", "queue", "target", "state", "reason", "due", "missed", "dials", "last ring"],
        all
          .toSorted((a, b) => (a.first < b.first ? -1 : 1))
          .map((view) => [
            view.id,
            view.to,
            shortened(view.queue?.name ?? view.queue?.id ?? ""),
            view.target ?? "",
            view.state,
            view.reason,
            view.due ?? "",
            String(view.count),
            String(view.attempts),
            view.outcomes.at(-1)?.outcome ?? "",
          ]),
      ),
    );
  return 0;
};

/** The library does not know the command that lists ids. */
const unknownId = (error: unknown): never => {
  if (!isError(error, "NOT_FOUND")) throw error;
  throw new NamedError(error, `${error.message} \`wildix callback list\` lists them.`, error.field);
};

/** The name of a queue in an event can be wider than a terminal. */
const shortened = (name: string): string => {
  const letters = [...name];
  return letters.length > longestName ? `${letters.slice(0, longestName - 1).join("")}…` : name;
};
const longestName = 30;

export interface AddOptions extends CallbackOptions {
  readonly to: string;
  readonly queue?: string;
  readonly name?: string;
  readonly at?: string;
}

/** Requests a callback. */
export const addCallbackCommand = async (context: Context, options: AddOptions): Promise<number> => {
  const { to, queue, name, at } = options;
  const notBefore = at === undefined ? undefined : readInstant(at, "--at", context.clock.now());
  const { asked } = readCallback(defined({ to, queue, name }));
  const ports = await openCallbacks(context, options);
  const pbx = await ports.pbxs.get(await onlyPbx(context, ports, options));
  const { view, opened } = await createCallbacks(ports)
    .request(pbx, { ...asked, ...defined({ notBefore }) })
    .catch(inOption);
  if (!options.json)
    context.output.out(
      `${paint(context.output, "green", "✓")} ${opened ? "a callback was opened" : "the request was added to the open callback of this number"}`,
    );
  show(context.output, options, view);
  return 0;
};

/** The option that a person typed has another name than the field of a request. */
const inOption = (error: unknown): never => {
  if (!(error instanceof CodedError) || error.field !== "not_before") throw error;
  throw new UsageError(error.message.replace("`not_before`", "`--at`"), { cause: error });
};

/** Cancels a callback. */
export const cancelCallbackCommand = async (
  context: Context,
  id: string,
  options: CallbackOptions,
): Promise<number> => {
  const ports = await openCallbacks(context, options);
  const pbx = await onlyPbx(context, ports, options);
  const view = await createCallbacks(ports).cancel(pbx, id).catch(unknownId);
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
    ...(count > 0
      ? [
          [
            "missed calls",
            `${count}, from ${first} to ${last}${view.voicemail ? "; a message was left" : ""}`,
          ] as const,
        ]
      : []),
    ...(count === 0 && reason !== "moved" ? [["requested", `${first}, not before ${last}`] as const] : []),
    ["rings first", target ?? "no phone: no target is set for this queue"],
    ["dials", `${attempts}; rings without an agent: ${misses}`],
    ...(due === undefined ? [] : [["next look", due] as const]),
    ...view.outcomes.map(({ at, outcome, call }) => ["outcome", `${at} ${outcome} (call ${call})`] as const),
  ];
  for (const [name, text] of lines) output.out(`  ${name.padEnd(13)}${inOneLine(text)}`);
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
/** How long the command waits for the legs of a call, which the PBX writes after the call, ms. */
const patience = 180_000;
const every = 5_000;
/** Pause between two calls, ms. Because clocks differ, a callback accepts legs that begin up to 10 s before its call. */
const pause = 11_000;

/** Places three calls as a callback does, and shows their legs and the outcome that the product reads from them. */
export const rehearseCommand = async (context: Context, options: RehearseOptions): Promise<number> => {
  const ports = await openCallbacks(context, options);
  const pbx = await ports.pbxs.get(await onlyPbx(context, ports, options));
  return namingPbx(pbx.id, hostIn(ports.registry, pbx.id), () =>
    rehearse(context, options, createRehearsal(ports), pbx),
  );
};

const rehearse = async (
  { output, clock, signal }: Context,
  options: RehearseOptions,
  rehearsal: ReturnType<typeof createRehearsal>,
  pbx: Pbx,
): Promise<number> => {
  // before a person waits at the phone
  await rehearsal.check(pbx, options.extension, options.to);
  const results: object[] = [];
  let asExpected = true;
  for (const [at, { title, expected }] of steps.entries()) {
    if (at > 0) await clock.sleep(pause, signal);
    signal.throwIfAborted();
    if (!options.json)
      output.out(`${paint(output, "bold", `${at + 1}. ${title}`)} Extension ${options.extension} rings now.`);
    const call = await rehearsal.place(pbx, options.extension, options.to);
    const until = clock.now() + patience;
    let read = await rehearsal.read(pbx, call, signal);
    while (read.outcome === undefined && clock.now() < until) {
      await clock.sleep(every, signal);
      read = await rehearsal.read(pbx, call, signal);
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
      ? `${paint(output, "green", "✓")} The product reads these legs as ${outcome}.\n`
      : `${paint(output, "yellow", "!")} The product reads these legs as ${outcome ?? "not known"}; ${expected} was expected. See docs/callbacks.md, "A pilot in five steps".\n`,
  );
};
