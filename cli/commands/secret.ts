import type { SecretDraft } from "../../lib/aws/pbx-secrets.ts";
import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { isError } from "../../lib/errors.ts";
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
import { checkLender } from "../secrets/lenders.ts";
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
import { NamedError } from "../typed/typed-names.ts";

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
  checkId(id);
  const current = await opened.secrets.read(id);
  const before = current && fromStored(current);
  if (before === undefined && options.host === undefined) throw await withoutHost(opened, id);
  if (before?.secret["host"] === undefined && options.host === undefined)
    throw new UsageError(
      `\`--host\` must be set, because the current secret of ${id} is not a JSON object with a host. Give the credentials too.`,
    );
  if (options.export === "on" && options.timezone === undefined && before?.timezone === undefined)
    throw new UsageError("`--timezone` must be set if `--export` is on. Give the time zone of the PBX.");
  const { credentialsFrom } = options;
  // the check of the secret refuses the PBX itself
  if (credentialsFrom !== undefined && credentialsFrom !== id)
    await checkLender(opened.registry, credentialsFrom);
  checkCredentialOptions(options, before);
  const wish = toWish(options, context.clock.now());
  const isNewStage =
    before === undefined &&
    opened.stages !== undefined &&
    (await warnOfNewStage(context, options.stage, opened.stages));
  const asked = await askAll(context, options, before, prompt);
  const after = wished(before, { ...wish, ...asked });
  let failed: FailedProbe | undefined;
  const stored = asTyped(options, () => toStored(id, after));
  const outcome = await write(opened, id, { before, after, stored }, async (changes) => {
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

/** Throws PBX_UNKNOWN that names the argument. */
const checkId = (id: string): void => {
  try {
    checkPbxId(id);
  } catch (error) {
    if (!isError(error, "PBX_UNKNOWN")) throw error;
    throw new NamedError(error, error.message.replace("`pbx`", "`id`"), "id", true);
  }
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

/** Refuses options for credentials that contradict each other or the current credentials. Throws UsageError. */
const checkCredentialOptions = (options: PutOptions, before: Draft | undefined): void => {
  const { auth, appId, appName, credentialsFrom, keepKey } = options;
  const borrowed = before?.secret["credentials_from"] !== undefined;
  const kind = auth ?? authOf(before?.secret);
  const ofS2s = appId !== undefined ? "--app-id" : appName !== undefined ? "--app-name" : undefined;
  const own = ofS2s ?? (auth === undefined ? undefined : "--auth");
  if (credentialsFrom !== undefined) {
    if (own === undefined) return;
    throw new UsageError(
      `\`${own}\` must not be set together with \`--credentials-from\`, because a PBX has one kind of credentials. Keep one of them.`,
    );
  }
  if (ofS2s !== undefined && (kind !== "s2s" || (borrowed && auth === undefined)))
    throw new UsageError(
      auth === undefined
        ? `\`${ofS2s}\` must be set together with \`--auth s2s\`, because the current credentials are of another kind. Add \`--auth s2s\`.`
        : `\`${ofS2s}\` must not be set together with \`--auth ${auth}\`, because it is for S2S credentials. Keep one of them.`,
    );
  if (keepKey && !(borrowed && auth === undefined) && before?.secret[authKinds[kind].secret] === undefined)
    throw new UsageError(
      `\`--keep-key\` must not be set, because the PBX has no current ${authKinds[kind].label.toLowerCase()}. Leave it out, and type the key.`,
    );
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
          question: { label: "Webhook secret", needs: "`--webhook-secret`" },
        },
      ]),
  ...(sqsSigningKey === undefined
    ? []
    : [
        {
          name: "sqs_signing_key" as const,
          change: sqsSigningKey === true ? "add" : sqsSigningKey,
          question: { label: "SQS signing key", needs: "`--sqs-signing-key`" },
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
  const { label, secret } = authKinds[auth];
  const keeps = before?.secret[secret] !== undefined;
  return [{ label, ...(keeps ? { note: " (press Enter to keep the current one)" } : { needs: "The PBX" }) }];
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

interface Edited {
  readonly before: Draft | undefined;
  readonly after: Draft;
  /** The text and the tags of `after`, checked as functions check them. */
  readonly stored: SecretDraft;
}

/** Writes the edited secret if something changed and `agree` returns true. */
const write = async (
  { secrets }: DeployedSecrets,
  id: string,
  { before, after, stored }: Edited,
  agree: (changes: readonly Change[]) => Promise<boolean> | boolean,
): Promise<Written> => {
  const changes = changesOf(before, after);
  const written = (await agree(changes)) && changes.length > 0;
  if (written) await secrets.write(id, stored);
  return { changes, written };
};

/** Names `--settings` in an error about settings: it gives them, or can correct the current ones. */
const asTyped = <T>({ settings }: PutOptions, check: () => T): T => {
  try {
    return check();
  } catch (error) {
    const isOfSettings = isError(error, "PBX_SECRET_INVALID") && error.field?.startsWith("settings");
    if (settings === undefined || !isOfSettings) throw error;
    const rule = error.message.replace(/^the secret of [^:]+: /, "").replaceAll("`settings.", "`");
    throw new NamedError(error, `\`--settings\`: ${rule}`, "--settings", true);
  }
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
  checkId(id);
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
