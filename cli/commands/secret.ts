import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { checkZone } from "../../lib/history/calendar/local-days.ts";
import { checkCustomer } from "../../lib/pbxs/customer.ts";
import { checkPbxId, type PbxRegistry } from "../../lib/pbxs/registry.ts";
import { type AuthKind, authKinds } from "../../lib/wms/auth-kinds.ts";
import type { Context } from "../context/context.ts";
import { warnOfNewStage } from "../context/new-stage.ts";
import {
  authOf,
  type Change,
  changesOf,
  type Draft,
  fromStored,
  readSettings,
  toStored,
  type Wish,
  wished,
} from "../secrets/draft.ts";
import { askSecrets, type EventKey, type EventKeyChange, type Question } from "../secrets/event-keys.ts";
import type { DeployedSecrets, StageOptions } from "../secrets/open-secrets.ts";
import {
  type FailedProbe,
  failedProbe,
  firstDay,
  needsProbe,
  showFailed,
  withDrafts,
} from "../secrets/probe.ts";
import { paint, UsageError } from "../terminal/output.ts";
import { type Prompt, terminalPrompt } from "../terminal/prompt.ts";
import { readInstant } from "../typed/times.ts";

export interface PutOptions extends StageOptions {
  readonly host?: string;
  readonly appId?: string;
  readonly appName?: string;
  readonly auth?: AuthKind;
  readonly credentialsFrom?: string;
  readonly expiresAt?: string;
  readonly settings?: string;
  readonly timezone?: string;
  readonly customer?: string;
  readonly export?: "on" | "off";
  readonly keepKey?: boolean;
  /** True: `add`. */
  readonly webhookSecret?: EventKeyChange | true;
  /** True: `add`. */
  readonly sqsSigningKey?: EventKeyChange | true;
  /** False writes without test requests to the PBX. */
  readonly probe?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `wildix secret put`: registers a PBX, or changes what is known of it. */
export const putSecret = async (
  context: Context,
  opened: DeployedSecrets,
  id: string,
  options: PutOptions,
  prompt: Prompt = terminalPrompt(),
): Promise<number> => {
  checkPbxId(id);
  const stored = await opened.secrets.read(id);
  const before = stored && fromStored(stored);
  if (before === undefined && options.host === undefined) throw await withoutHost(opened, id);
  if (options.export === "on" && options.timezone === undefined && before?.timezone === undefined)
    throw new UsageError("`--timezone` must be set if `--export` is on. Give the time zone of the PBX.");
  const isNewStage =
    before === undefined &&
    opened.stages !== undefined &&
    (await warnOfNewStage(context, options.stage, opened.stages));
  const asked = await askAll(context, options, before, prompt);
  const after = wished(before, { ...toWish(options, context.clock.now()), ...asked });
  let failed: FailedProbe | undefined;
  const outcome = await write(opened, id, before, after, async (changes) => {
    if (!options.json) showChanges(context, `${opened.prefix}${id}`, before, changes);
    if (options.dryRun) return false;
    if (options.probe !== false && needsProbe(changes)) {
      const drafts = withDrafts(opened.registry, { [id]: JSON.stringify(after.secret) });
      failed = await failedProbe(opened.probe, drafts, id, after.timezone);
      if (failed !== undefined) return false;
    }
    return (!before && !isNewStage) || options.yes || !prompt.interactive || prompt.confirm("Write it?");
  });
  const first = outcome.written
    ? await beginOfExport(context, opened.registry.list, id, before, after)
    : undefined;
  const { output } = context;
  if (options.json)
    output.out(
      JSON.stringify({
        name: `${opened.prefix}${id}`,
        ...outcome,
        ...defined({ failed, first_day: first }),
      }),
    );
  else if (failed !== undefined) {
    showFailed(output, id, failed);
    output.out("Nothing was written. `--no-probe` writes without test requests to the PBX.");
  } else if (outcome.written) {
    output.out(`${paint(output, "green", "✓")} written; functions use it within 5 minutes`);
    if (first !== undefined) output.out(firstText(first, 1));
  } else if (outcome.changes.length > 0) output.out("Nothing was written.");
  return failed === undefined ? 0 : 1;
};

/** A PBX that is not registered needs a host. Without one, its id can be a typing error. */
const withoutHost = async ({ registry, prefix }: DeployedSecrets, id: string): Promise<UsageError> => {
  // a person without the right to list secrets can write one
  const known = await registry.list().catch(() => []);
  const near = didYouMean(
    id,
    known.map((entry) => entry.id),
  );
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return new UsageError(`\`--host\` must be set, because there is no PBX ${id} under ${prefix}.${hint}`);
};

/** The first day to export, if this change turns the export on. */
export const beginOfExport = async (
  { clock }: Context,
  entries: PbxRegistry["list"],
  id: string,
  before: Draft | undefined,
  after: Draft,
): Promise<string | undefined> => {
  const wasOn = before?.timezone !== undefined && before.exported;
  if (wasOn || after.timezone === undefined || !after.exported) return undefined;
  const listed = (await entries()).find((one) => one.id === id);
  const { timezone, exported } = after;
  return firstDay({ id, timezone, exported, registeredAt: listed?.registeredAt }, clock.now());
};

export const firstText = (day: string, pbxs: number): string =>
  `The export${pbxs === 1 ? "" : ` of ${pbxs} PBXs`} begins with ${day}, within an hour after this day ends. To begin with another day, set the parameter \`startDate\`.`;

/** The secrets that the change needs: that of the credentials, and the keys that sign events. */
const askAll = async (
  context: Context,
  options: PutOptions,
  before: Draft | undefined,
  prompt: Prompt,
): Promise<Pick<Wish, "key" | "eventKeys">> => {
  const changes = eventKeyChangesOf(options);
  const asking = changes.filter(({ change }) => change !== "drop-old");
  const key = keyQuestion(options, before, changes.length > 0);
  const typed = await askSecrets(context, prompt, [...key, ...asking.map(({ question }) => question)]);
  const [first = ""] = key.length === 0 ? [] : typed.splice(0, 1);
  const wanted = changes.map(({ name, change }) => [
    name,
    { change, typed: change === "drop-old" ? "" : (typed.shift() ?? "") },
  ]);
  return { ...(first === "" ? {} : { key: first }), eventKeys: Object.fromEntries(wanted) };
};

const eventKeyChangesOf = ({
  webhookSecret,
  sqsSigningKey,
}: PutOptions): { name: EventKey; change: EventKeyChange; question: Question }[] => [
  ...(webhookSecret === undefined
    ? []
    : [
        {
          name: "webhook_secrets" as const,
          change: webhookSecret === true ? "add" : webhookSecret,
          question: { label: "Webhook secret", option: "--webhook-secret" },
        },
      ]),
  ...(sqsSigningKey === undefined
    ? []
    : [
        {
          name: "sqs_signing_key" as const,
          change: sqsSigningKey === true ? "add" : sqsSigningKey,
          question: { label: "SQS signing key", option: "--sqs-signing-key" },
        },
      ]),
];

/** A registered PBX keeps its credentials if only the keys of its events change. */
const keyQuestion = (options: PutOptions, before: Draft | undefined, eventKeys: boolean): Question[] => {
  const { credentialsFrom, auth: kind, appId, keepKey } = options;
  const borrows = credentialsFrom ?? (kind === undefined && before?.secret["credentials_from"]);
  const only = eventKeys && before !== undefined && kind === undefined && appId === undefined;
  if (keepKey || borrows || only) return [];
  const auth = kind ?? authOf(before?.secret);
  const keeps = before !== undefined && authOf(before.secret) === auth;
  return [
    { label: authKinds[auth].label, ...(keeps ? { note: " (press Enter to keep the current one)" } : {}) },
  ];
};

const toWish = (options: PutOptions, now: number): Wish => {
  const { host, appId, appName, auth, credentialsFrom, expiresAt, timezone, customer } = options;
  if (timezone) checkZone(timezone, "timezone");
  if (customer) checkCustomer(customer, "customer");
  return {
    ...defined({ host, appId, appName, auth, credentialsFrom, timezone, customer }),
    ...(options.settings === undefined ? {} : { settings: readSettings(options.settings) }),
    ...(options.export === undefined ? {} : { exported: options.export === "on" }),
    ...(expiresAt === undefined ? {} : { expiresAt: isoOf(readInstant(expiresAt, "--expires-at", now)) }),
  };
};

const isoOf = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

interface Written {
  readonly changes: readonly Change[];
  readonly written: boolean;
}

/** Checks the edited secret as functions do. Writes it if something changed and `agree` returns true. */
const write = async (
  { secrets }: DeployedSecrets,
  id: string,
  before: Draft | undefined,
  after: Draft,
  agree: (changes: readonly Change[]) => Promise<boolean> | boolean,
): Promise<Written> => {
  const stored = toStored(id, after);
  const changes = changesOf(before, after);
  const written = (await agree(changes)) && changes.length > 0;
  if (written) await secrets.write(id, stored);
  return { changes, written };
};

export const showChanges = (
  { output }: Context,
  name: string,
  before: Draft | undefined,
  changes: readonly Change[],
): void => {
  output.out(`${name}${changes.length === 0 ? " is unchanged" : before ? "" : " is new"}`);
  const width = Math.max(0, ...changes.map(({ key }) => key.length));
  for (const { key, before: old, after } of changes) {
    const line = `${key.padEnd(width)}  ${[old, after].filter((text) => text !== undefined).join(" → ")}`;
    if (old === undefined) output.out(paint(output, "green", `+ ${line}`));
    else if (after === undefined) output.out(paint(output, "red", `- ${line}`));
    else output.out(paint(output, "yellow", `~ ${line}`));
  }
};

/** `wildix secret remove`. */
export const removeSecret = async (
  context: Context,
  { secrets, prefix }: DeployedSecrets,
  id: string,
  options: StageOptions & { readonly yes?: boolean },
  prompt: Prompt = terminalPrompt(),
): Promise<number> => {
  checkPbxId(id);
  if (!options.yes) {
    if (!prompt.interactive) throw new UsageError("`--yes` is required if the input is not a terminal.");
    if (!(await prompt.confirm(`Remove ${prefix}${id}? The functions can no longer use this PBX.`))) return 1;
  }
  const until = await secrets.remove(id);
  if (until === undefined) throw new UsageError(`There is no PBX ${id} under ${prefix}.`);
  if (until === "now") {
    context.output.out(
      options.json
        ? JSON.stringify({ name: `${prefix}${id}`, deleted_at: null })
        : `${id} is removed from its shared secret, and cannot be restored.`,
    );
    return 0;
  }
  const when = new Date(until).toISOString();
  context.output.out(
    options.json
      ? JSON.stringify({ name: `${prefix}${id}`, deleted_at: when })
      : `${prefix}${id} is removed. Until ${when.slice(0, 10)} \`wildix secret put ${id}\` restores it.`,
  );
  return 0;
};
