import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { type Forgotten, forgetNumber } from "../../lib/callbacks/callbacks.ts";
import { type IsErased, listErased, oneNumber } from "../../lib/erased-numbers.ts";
import type { Day } from "../../lib/history/calendar/local-days.ts";
import { oldestKeptAnywhere } from "../../lib/history/calendar/retention.ts";
import { type Erasure, eraseExport } from "../../lib/history/erasure/erase-export.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { hasLocalPbxs, localRegistry, localState } from "../../lib/local/ports.ts";
import { type PbxEntry, type PbxRegistry, readPbx, unknownPbx } from "../../lib/pbxs/registry.ts";
import { e164Reader, type NumberStyle } from "../../lib/phone-number.ts";
import { createPseudonyms } from "../../lib/pseudonyms.ts";
import type { StateStore } from "../../lib/state.ts";
import { openCustomers } from "../../lib/store/customers.ts";
import type { ExportStore } from "../../lib/store/store.ts";
import { type Context, checkStage, regionOf } from "../context/context.ts";
import { keptFrom, openBucket } from "../context/stores.ts";
import { Bar } from "../terminal/bar.ts";
import { counted, errorObject, paint, UsageError } from "../terminal/output.ts";
import { type Prompt, terminalPrompt } from "../terminal/prompt.ts";

export interface EraseOptions {
  readonly number?: string;
  readonly stage?: string;
  readonly region?: string;
  readonly pbxs?: string;
  readonly pbx?: readonly string[];
  readonly yes?: boolean;
  /** The same as without `yes`. */
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Where numbers are erased. */
interface Opened {
  readonly store: ExportStore;
  /** Undefined: a bucket without its deployment. */
  readonly state: StateStore | undefined;
  readonly registry: PbxRegistry | undefined;
  readonly isBucket: boolean;
  readonly kept: Day | undefined;
}

/**
 * Erases a person's number from an export, the archived events and the callbacks, and keeps later exports from having it. Without
 * `--yes` it only counts.
 */
export const eraseCommand = async (
  context: Context,
  place: string | undefined,
  options: EraseOptions,
  prompt: Prompt = terminalPrompt(),
): Promise<number> => {
  if (options.yes && options.dryRun) throw new UsageError("Give `--yes` or `--dry-run`, not both.");
  const opened = await open(context, place, options);
  const entries = (await opened.registry?.list()) ?? [];
  const styleOf = styles(opened.registry, entries);
  checkNamed(opened, entries, options.pbx);
  const typed = options.number ?? (await ask(context, prompt));
  const e164 = await readNumber(typed, options.pbx ?? entries.map(({ id }) => id), styleOf);
  const dryRun = !options.yes;
  const { clock, signal, output } = context;
  const store = await openCustomers(opened.store);
  // listed first: an export that begins later leaves the number out, and one that began earlier is found by its lease
  if (!dryRun && opened.state !== undefined) await list(opened.state, e164, options.pbx, clock.now());
  const tests = new Map<string, Promise<IsErased>>();
  const testOf = (pbx: string): Promise<IsErased> => {
    const test = tests.get(pbx) ?? styleOf(pbx).then((style) => oneNumber(e164, style));
    tests.set(pbx, test);
    return test;
  };
  const bar = new Bar(output, "  {bar} {value}/{total} PBX days, {left} left", clock.now);
  const erasure = await eraseExport(
    { store, clock, random: Math.random },
    testOf,
    { dryRun, signal, pbxs: options.pbx, keptFrom: opened.kept },
    (done, all) => {
      if (!options.json) bar.show(done, all);
    },
  ).finally(() => bar.stop());
  const callbacks = await forget(opened, options.pbx ?? entries.map(({ id }) => id), e164, dryRun);
  if (place !== undefined && erasure.days + erasure.events === 0) {
    const ofPbxs = options.pbx?.map((pbx) => ` for \`--pbx ${pbx}\``).join() ?? "";
    throw new UsageError(`There is no export in ${place}${ofPbxs}. Check the directory or bucket.`);
  }
  return show(context, opened, options, erasure, callbacks);
};

const open = async (
  context: Context,
  place: string | undefined,
  { stage, region, pbxs }: EraseOptions,
): Promise<Opened> => {
  if ((stage === undefined) === (place === undefined))
    throw new UsageError("Give a directory, `s3://BUCKET` or `--stage`, and only one of them.");
  if (stage !== undefined) {
    if (pbxs !== undefined) throw new UsageError("Give `--stage` or `--pbxs`, not both.");
    // loaded here, so that no other command waits for the SDK
    const { deployedPlanning } = await import("../../lib/aws/deployed/planning.ts");
    const { silentLog } = await import("../../lib/log.ts");
    const ports = await deployedPlanning(checkStage(stage), regionOf(context, region), silentLog);
    const { store, state, registry, config } = ports;
    const kept = oldestKeptAnywhere(context.clock.now(), config.retentionDays);
    return { store, state, registry, isBucket: true, kept };
  }
  if (place?.startsWith("s3:")) {
    const registry = pbxs === undefined ? undefined : localRegistry(context.env, pbxs);
    const store = await openBucket(context, place, region);
    const kept = await keptFrom(context, place, region);
    return { store, state: undefined, registry, isBucket: true, kept };
  }
  if (place === undefined || !existsSync(place)) throw new UsageError(`There is no export in ${place}.`);
  return {
    store: await directoryStore(place),
    state: localState(context.env, place, context.clock),
    // a directory can be of other PBXs than this machine's, or of none
    registry: hasLocalPbxs(context.env, pbxs) ? localRegistry(context.env, pbxs) : undefined,
    isBucket: false,
    kept: undefined,
  };
};

const checkNamed = (
  { registry }: Opened,
  entries: readonly PbxEntry[],
  named: readonly string[] | undefined,
): void => {
  const known = entries.map(({ id }) => id);
  const unknown = registry === undefined ? undefined : named?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw unknownPbx(unknown, known);
};

/** How each PBX writes numbers. Of a PBX that is not registered, nothing is known. */
const styles = (registry: PbxRegistry | undefined, entries: readonly PbxEntry[]) => {
  const known = new Set(entries.map(({ id }) => id));
  return async (pbx: string): Promise<NumberStyle> => {
    if (registry === undefined || !known.has(pbx)) return {};
    const { settings } = await readPbx(registry, pbx);
    return { country: settings.country, outsidePrefix: settings.outside_prefix };
  };
};

/** The number is typed hidden, or comes on standard input: so it is in no history of a shell. */
const ask = async ({ stdin }: Context, prompt: Prompt): Promise<string> =>
  (prompt.interactive ? await prompt.hidden("Number to erase, for example +39…: ") : await stdin()).trim();

/** The number in E.164. A national number is read by the country of the PBXs. Throws UsageError, which does not say the number. */
const readNumber = async (
  typed: string,
  pbxs: readonly string[],
  styleOf: (pbx: string) => Promise<NumberStyle>,
): Promise<string> => {
  const isInternational = /^\s*(?:\+|00)/.test(typed);
  const all = isInternational || pbxs.length === 0 ? [{}] : await Promise.all(pbxs.map(styleOf));
  const read = new Set(all.map((style) => e164Reader(style)(typed)));
  const [e164] = read;
  if (read.size === 1 && e164) return e164;
  const digits = typed.replace(/\D/g, "").length;
  throw new UsageError(
    `\`--number\` must be one phone number with + and its country code; got text with ${counted(digits, "digit")}. An extension cannot be erased.`,
  );
};

const list = async (
  state: StateStore,
  e164: string,
  pbxs: readonly string[] | undefined,
  now: number,
): Promise<void> => {
  const pseudonym = createPseudonyms(state, randomUUID);
  for (const scope of pbxs?.map((pbx) => ({ pbx })) ?? (["all"] as const))
    await listErased(state, pseudonym, scope, e164, now);
};

const forget = async (
  { state }: Opened,
  pbxs: readonly string[],
  e164: string,
  dryRun: boolean,
): Promise<Forgotten> => {
  let [removed, ringing] = [0, 0];
  for (const pbx of state === undefined ? [] : pbxs) {
    if (state === undefined) break;
    const gone = await forgetNumber({ state, newId: randomUUID }, pbx, e164, dryRun);
    removed += gone.removed;
    ringing += gone.ringing;
  }
  return { removed, ringing };
};

const show = (
  { output }: Context,
  { state, isBucket }: Opened,
  { yes, json }: EraseOptions,
  erasure: Erasure,
  callbacks: Forgotten,
): number => {
  const isDone = erasure.failed.length === 0 && callbacks.ringing === 0;
  const code = isDone ? 0 : 1;
  const sum = (count: "legs" | "calls" | "parts"): number =>
    erasure.changed.reduce((total, day) => total + (day.kind === "erased" ? day[count] : 0), 0);
  const failed = erasure.failed.map(({ pbx, day, error }) => ({ pbx, day, ...errorObject(error) }));
  if (json) {
    output.out(
      JSON.stringify({
        ...erasure,
        failed,
        callbacks,
        erased: yes === true,
        listed: yes === true && state !== undefined,
      }),
    );
    return code;
  }
  for (const day of erasure.changed)
    output.out(
      day.kind === "erased"
        ? `${day.day} ${day.pbx}: ${counted(day.legs, "leg")} and ${counted(day.calls, "call")} in ${counted(day.parts, "part")}`
        : `${day.day} ${day.pbx}: export not finished; ${yes ? "its parts were removed" : "its parts would be removed"}`,
    );
  for (const { pbx, day, message } of failed)
    output.out(`${paint(output, "red", "✗")} ${day} ${pbx}: ${message}`);
  const found = [
    `${counted(sum("legs"), "leg")} and ${counted(sum("calls"), "call")} of ${counted(erasure.days, "PBX day")}`,
    counted(erasure.events, "archived event"),
    ...(state === undefined ? [] : [counted(callbacks.removed, "callback")]),
  ].join(", ");
  if (!yes) {
    output.out(`The number is in ${found}.`);
    output.out("Nothing was changed. To erase the number, run the command again with `--yes`.");
    return code;
  }
  const mark = isDone ? paint(output, "green", "✓") : paint(output, "yellow", "!");
  output.out(`${mark} The number was erased from ${found}.`);
  if (callbacks.ringing > 0)
    output.out(
      `Kept, because they ring or changed in the meantime: ${counted(callbacks.ringing, "callback")}. Run the command again.`,
    );
  if (failed.length > 0)
    output.out(`${counted(failed.length, "PBX day")} failed. Correct the cause, and run the command again.`);
  output.out(
    state === undefined
      ? "A later export of these days writes the number again. To prevent this, use `--stage`, or erase in the directory of the export."
      : "Later exports do not write the number.",
  );
  if (isBucket && sum("parts") + erasure.events > 0)
    output.out(
      "The bucket keeps the replaced objects as old versions for `oldVersionDays`, 30 days by default: docs/history.md.",
    );
  return code;
};
