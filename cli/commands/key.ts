import { randomBytes } from "node:crypto";
import { Option } from "commander";
import { type KeyCap, keyCapNames, keyCaps, type Scope, scopes } from "../../lib/callers/caller.ts";
import { keyIn } from "../../lib/callers/key-text.ts";
import { keyringDefaults } from "../../lib/callers/keyring.ts";
import {
  addKey,
  type CallerKeys,
  editKeys,
  endedBecause,
  parseKeys,
  revokeKey,
  rotateKey,
  type StoredKey,
  signs,
} from "../../lib/callers/keys.ts";
import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ProductError } from "../../lib/errors.ts";
import { maskText, shown } from "../../lib/mask.ts";
import { type Context, type KeysOptions, openKeys, regionOf } from "../context/context.ts";
import { checkPbxs } from "../context/known-names.ts";
import { warnOfNewStage } from "../context/new-stage.ts";
import { chosenColumns, counted, paint, table, UsageError } from "../terminal/output.ts";
import { readInstant } from "../typed/times.ts";
import { readCount, readDecimal } from "../typed/whole-number.ts";
import { checkMappingFits, readTypedMapping } from "./mapping.ts";

export interface CreateOptions extends KeysOptions {
  readonly label: string;
  readonly scope: readonly string[];
  readonly pbx?: readonly string[];
  readonly pbxs?: string;
  readonly allPbxs?: boolean;
  readonly extension?: readonly string[];
  readonly allExtensions?: boolean;
  readonly expires?: string;
  readonly mapping?: string;
  readonly hmac?: boolean;
}

/** Makes a key and shows it, this once. */
export const createKeyCommand = async (context: Context, options: CreateOptions): Promise<number> => {
  const wanted = options.scope.map(toScope);
  const calls = wanted.includes("calls:create");
  const expires = options.expires === undefined ? undefined : toTime(context, options.expires);
  const caps = toCaps(options);
  const mapping =
    options.mapping === undefined ? undefined : (await readTypedMapping(context, options.mapping)).value;
  checkLabel(options.label);
  for (const extension of options.extension ?? []) checkExtension(extension);
  const key = {
    label: options.label,
    scopes: wanted,
    pbxs: choice("pbx", options.pbx, options.allPbxs, true),
    extensions: choice("extension", options.extension, options.allExtensions, calls),
    signs: options.hmac === true,
    ...defined({ expires, caps, mapping }),
  };
  if (mapping !== undefined) checkMappingFits(mapping, wanted, key.pbxs, key.extensions);
  if (key.pbxs !== "all") await checkPbxs(context, options, key.pbxs);
  const keys = await openKeys(context, options);
  const { stage } = options;
  if (stage !== undefined && (await keys.read()) === undefined) {
    const { awsSecretStages } = await import("../../lib/aws/secret-stages.ts");
    await warnOfNewStage(context, stage, () => awsSecretStages(regionOf(context, options.region)));
  }
  const made = await change(context, keys, (known, now) => addKey(known, key, now, randomBytes));
  return show(context, options, made, key.signs, `key ${made.id} was created for "${options.label}"`);
};

export interface RotateOptions extends KeysOptions {
  readonly keepHours: string;
}

/** Gives a key another secret; the present one stays good for some hours. */
export const rotateKeyCommand = async (
  context: Context,
  id: string,
  options: RotateOptions,
): Promise<number> => {
  const hours = readDecimal(options.keepHours, "--keep-hours", "a number from 0 to 720", 720);
  const { made, signing } = await change(context, await openExistingKeys(context, options), (keys, now) => {
    checkKey(keys, id);
    const rotated = rotateKey(keys, id, now + hours * 3_600_000, randomBytes);
    return { keys: rotated.keys, result: { made: rotated.result, signing: isSigning(rotated.keys[id]) } };
  });
  return show(
    context,
    options,
    made,
    signing,
    `key ${id} has a new secret; the old secret is valid for ${counted(hours, "more hour")}`,
  );
};

/** Ends a key. */
export const revokeKeyCommand = async (
  context: Context,
  id: string,
  options: KeysOptions,
): Promise<number> => {
  await change(context, await openExistingKeys(context, options), (keys, now) => {
    checkKey(keys, id);
    return revokeKey(keys, id, now);
  });
  const seconds = keyringDefaults.ttlMs / 1000;
  context.output.out(
    options.json
      ? JSON.stringify({ id, revoked: true, within_seconds: seconds })
      : `${paint(context.output, "green", "✓")} key ${id} is revoked; every function refuses it within ${seconds} s`,
  );
  return 0;
};

/** The keys without their secrets. */
export const listKeysCommand = async (
  context: Context,
  options: KeysOptions & { readonly columns?: string },
): Promise<number> => {
  const port = await openExistingKeys(context, options);
  const current = await port.read();
  const keys = Object.entries(current === undefined ? {} : parseKeys(current.text, port.source)).map(
    ([id, { proofs, ...key }]) => ({
      id,
      kind: isSigning({ ...key, proofs }) ? "hmac" : "bearer",
      state: endedBecause({ ...key, proofs }, context.clock.now()) ?? "good",
      // while one secret replaces another
      ...defined({ older_secret_until: proofs[0]?.until }),
      ...key,
    }),
  );
  const columns = chosenColumns(options.columns, allColumns, usualColumns);
  const { stage, region } = options;
  if (!options.json && keys.length === 0) {
    const where = stage === undefined ? "" : ` of the stage ${stage} in ${regionOf(context, region)}`;
    context.output.out(`There is no API key${where}.`);
    return 0;
  }
  context.output.out(
    options.json
      ? JSON.stringify(keys)
      : table(
          context.output,
          columns,
          keys.map((key) => columns.map((column) => cells[column](key))),
        ),
  );
  return 0;
};

/** The keys, for commands that make none: a file that was typed and does not exist is a typing error. Throws UsageError. */
const openExistingKeys = async (context: Context, options: KeysOptions): Promise<CallerKeys> => {
  const port = await openKeys(context, options);
  if (options.keys !== undefined && (await port.read()) === undefined)
    throw new UsageError(`\`--keys\` must be a file that exists; got ${options.keys}. Check the path.`);
  return port;
};

type ListedKey = Omit<StoredKey, "proofs"> & {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
};

const cells = {
  id: ({ id }: ListedKey) => id,
  label: ({ label }: ListedKey) => label,
  kind: ({ kind }: ListedKey) => kind,
  scopes: (key: ListedKey) => key.scopes.join(" "),
  pbxs: ({ pbxs }: ListedKey) => words(pbxs),
  extensions: ({ extensions }: ListedKey) => words(extensions),
  caps: ({ caps }: ListedKey) =>
    Object.entries(caps ?? {})
      .map(([name, most]) => `${most} ${name}`)
      .join(", "),
  expires: ({ expires }: ListedKey) => expires?.slice(0, 16).replace("T", " ") ?? "never",
  state: ({ state }: ListedKey) => state,
};
const allColumns = Object.keys(cells) as (keyof typeof cells)[];
const usualColumns: readonly (keyof typeof cells)[] = ["id", "label", "scopes", "pbxs", "expires", "state"];

const change = <T>(
  { clock }: Context,
  port: CallerKeys,
  edit: (
    keys: ReturnType<typeof parseKeys>,
    now: number,
  ) => { readonly keys: ReturnType<typeof parseKeys>; readonly result: T },
): Promise<T> => {
  const now = clock.now();
  return editKeys(port, now, (keys) => edit(keys, now));
};

const show = (
  { output }: Context,
  options: KeysOptions,
  made: { readonly id: string; readonly text: string },
  signing: boolean,
  words: string,
): number => {
  if (options.json) {
    output.out(JSON.stringify({ id: made.id, key: made.text, kind: signing ? "hmac" : "bearer" }));
    return 0;
  }
  output.out(`${paint(output, "green", "✓")} ${words}`);
  output.out(`\n  ${made.text}\n`);
  output.out(
    signing
      ? "Store it now: it is not shown again. Sign requests with it, and never send it (docs/http-api.md)."
      : "Store it now: it is not shown again, and only its hash is kept. Send it as `Authorization: Bearer wfk_…`.",
  );
  return 0;
};

/** Refuses an id that no key has, and names a near one, also by its label. */
const checkKey = (keys: Readonly<Record<string, StoredKey>>, id: string): void => {
  if (Object.hasOwn(keys, id)) return;
  const ofWholeKey = keyIn(id);
  if (ofWholeKey !== undefined)
    throw new ProductError("NOT_FOUND", {
      field: "id",
      detail: `The key must be given by its id; got a whole key. Give only its id${ofWholeKey && `, ${ofWholeKey}`}.`,
    });
  const names = Object.entries(keys).flatMap(([known, { label }]) => [known, label]);
  const near = didYouMean(id, names);
  const meant = Object.entries(keys).find(([known, { label }]) => known === near || label === near);
  const hint =
    meant === undefined ? "`wildix key list` lists them." : `Did you mean ${meant[0]} (${meant[1].label})?`;
  throw new ProductError("NOT_FOUND", { field: "id", detail: `There is no key ${shown(id)}. ${hint}` });
};

const isSigning = (key: StoredKey | undefined): boolean => key !== undefined && signs(key);

const words = (allowed: readonly string[] | "all"): string => (allowed === "all" ? "all" : allowed.join(" "));

const toScope = (text: string): Scope => {
  const scope = scopes.find((known) => known === text);
  if (scope === undefined)
    throw new UsageError(`\`--scope\` must be one of ${scopes.join(", ")}; got ${shown(text)}.`);
  return scope;
};

/** A label is printed, and control and format characters could move the cursor or hide text. */
const checkLabel = (label: string): void => {
  if (/^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(label) && label.trim() !== "") return;
  throw new UsageError("`--label` must be 1 to 100 visible characters.");
};

/** Calls name extensions in plain digits, so that a key for another writing could never place one. */
const checkExtension = (extension: string): void => {
  if (/^[0-9]{1,10}$/.test(extension)) return;
  throw new UsageError(
    `\`--extension\` must be 1 to 10 digits, for example 108; got ${maskText(extension)}.`,
  );
};

/** Some by name, or all when that was said; never all because nothing was said. */
const choice = (
  name: string,
  some: readonly string[] | undefined,
  all: boolean | undefined,
  needed: boolean,
): readonly string[] | "all" => {
  if (some !== undefined && all) throw new UsageError(`Give \`--${name}\` or \`--all-${name}s\`, not both.`);
  if (some === undefined && !all && needed)
    throw new UsageError(
      `\`--${name}\` or \`--all-${name}s\` is required. Say which ${name}s the key may use.`,
    );
  return all ? "all" : (some ?? []);
};

const toTime = ({ clock }: Context, text: string): number => {
  const time = readInstant(text, "--expires", clock.now());
  if (time <= clock.now()) throw new UsageError(`\`--expires\` must be in the future; got ${shown(text)}.`);
  return time;
};

/** The option of a cap: `--per-day <n>` of `per_day`. */
export const capOption = (name: KeyCap): Option =>
  new Option(`--${name.replaceAll("_", "-")} <n>`, `maximum calls ${keyCaps[name]}`);

const toCaps = (options: CreateOptions): StoredKey["caps"] => {
  const given = new Map<string, unknown>(Object.entries(options));
  const caps = keyCapNames.flatMap((name): [KeyCap, number][] => {
    const option = capOption(name);
    const text = given.get(option.attributeName());
    if (typeof text !== "string") return [];
    return [[name, readCount(text, option.long ?? option.flags, 9)]];
  });
  return caps.length === 0 ? undefined : Object.fromEntries(caps);
};
