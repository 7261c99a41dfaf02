import { longestNote, readListed } from "../../lib/callbacks/asked-callback.ts";
import { createCallbacks } from "../../lib/callbacks/callbacks.ts";
import type { ListedNumber, ListScope } from "../../lib/callbacks/do-not-call.ts";
import { defined } from "../../lib/defined.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Context } from "../context/context.ts";
import { paint, table, UsageError } from "../terminal/output.ts";
import { NamedError } from "../typed/typed-names.ts";
import { type CallbackOptions, onlyPbx, openCallbacks } from "./callback.ts";

export interface DncOptions extends CallbackOptions {
  readonly all?: boolean;
  readonly note?: string;
}

/** The list that is meant, and the numbers in E.164. */
const open = async (context: Context, options: DncOptions, numbers: readonly string[]) => {
  if (options.all && options.pbx !== undefined) throw new UsageError("Give `--pbx` or `--all`, not both.");
  const ports = await openCallbacks(context, options);
  const pbx = options.all ? undefined : await onlyPbx(context, ports, options);
  const settings = pbx === undefined ? {} : (await ports.pbxs.get(pbx)).settings;
  const scope: ListScope = pbx === undefined ? "all" : { pbx };
  const { doNotCall } = createCallbacks(ports);
  return { doNotCall, pbx, scope, numbers: numbers.map(readTyped(settings)) };
};

/** Of several numbers, an error says which one it means: it does not repeat the digits. */
const readTyped = (settings: PbxSettings) => (number: string, at: number, all: readonly string[]) => {
  try {
    return readListed(number, settings);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const typed = all.length === 1 ? "`number`" : `\`number\` ${at + 1} of ${all.length}`;
    throw new NamedError(error, error.message.replaceAll("`to`", typed), "number", true);
  }
};

const words = (scope: ListScope): string => (scope === "all" ? "all PBXs" : scope.pbx);

/** Puts numbers on the list. */
export const addNumbersCommand = async (
  context: Context,
  typed: readonly string[],
  options: DncOptions,
): Promise<number> => {
  if ((options.note?.length ?? 0) > longestNote)
    throw new UsageError(
      `\`--note\` must have at most ${longestNote} characters; got ${options.note?.length}. Shorten it.`,
    );
  const { doNotCall, scope, numbers } = await open(context, options, typed);
  let added = 0;
  for (const number of numbers)
    if (await doNotCall.block(scope, number, { by: "command", ...defined({ note: options.note }) })) added++;
  const known = numbers.length - added;
  if (known > 0 && options.note !== undefined)
    context.output.err(
      `${paint(context.output, "yellow", "!")} ${known === 1 ? "1 number that was listed already keeps its note" : `${known} numbers that were listed already keep their notes`}. To change a note, remove the number and add it again.`,
    );
  context.output.out(
    options.json
      ? JSON.stringify({ added, known })
      : `${paint(context.output, "green", "✓")} ${added} added to the list of ${words(scope)}${known > 0 ? `; ${known} listed already` : ""}`,
  );
  return 0;
};

/** Removes a number from the list. */
export const removeNumberCommand = async (
  context: Context,
  typed: string,
  options: DncOptions,
): Promise<number> => {
  const { doNotCall, scope, numbers } = await open(context, options, [typed]);
  const [number = ""] = numbers;
  const removed = await doNotCall.unblock(scope, number);
  context.output.out(
    options.json
      ? JSON.stringify({ removed })
      : `${paint(context.output, removed ? "green" : "yellow", removed ? "✓" : "!")} the number ${removed ? "is no longer" : "was not"} on the list of ${words(scope)}`,
  );
  return 0;
};

/** Shows the numbers of a PBX, and those of all PBXs, masked. */
export const listNumbersCommand = async (context: Context, options: DncOptions): Promise<number> => {
  const { doNotCall, pbx } = await open(context, options, []);
  const scopes: readonly ListScope[] = pbx === undefined ? ["all"] : [{ pbx }, "all"];
  const numbers: (Omit<ListedNumber, "at"> & { list: string; at: string })[] = [];
  for (const scope of scopes)
    for (const { at, ...entry } of await doNotCall.list(scope))
      numbers.push({ list: words(scope), ...entry, at: new Date(at).toISOString() });
  const { output } = context;
  if (options.json) output.out(JSON.stringify(numbers));
  else if (numbers.length === 0) output.out("The list is empty.");
  else
    output.out(
      table(
        output,
        ["list", "number", "since", "by", "note"],
        numbers.map(({ list, shown, at, by, note }) => [list, shown, at, by, note ?? ""]),
      ),
    );
  return 0;
};
