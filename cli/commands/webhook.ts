import { readFile } from "node:fs/promises";
import { isTimely, readEvent } from "../../lib/callbacks/events/envelope.ts";
import { signWebhook } from "../../lib/callbacks/events/signature.ts";
import { shown } from "../../lib/mask.ts";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { parseSecret } from "../../lib/pbxs/secret.ts";
import { isJsonObject, parseJson } from "../../lib/wms/json.ts";
import { type Context, onlyId, openRegistry, type PbxOptions } from "../context/context.ts";
import { inOneLine } from "../terminal/clean-text.ts";
import { paint, UsageError } from "../terminal/output.ts";

export interface SendOptions extends PbxOptions {
  readonly url: string;
  readonly secret?: string;
  readonly now?: boolean;
}

/** Signs an event of a file as a PBX does, and sends it to the webhook. */
export const sendWebhookCommand = async (
  context: Context,
  file: string,
  options: SendOptions,
): Promise<number> => {
  const { output, env, clock, signal } = context;
  if (options.stage !== undefined && options.pbxs !== undefined)
    throw new UsageError("Give `--stage` or `--pbxs`, not both.");
  if (options.secret === "")
    throw new UsageError("`--secret` must not be empty. Leave it out to use the secret of the PBX.");
  // `localhost:3000` can be parsed too: `localhost:` is a scheme then
  if (!/^https?:\/\//i.test(options.url) || !URL.canParse(options.url))
    throw new UsageError(
      `\`--url\` must be the address of the HTTP API and begin with http:// or https://; got ${shown(options.url)}.`,
    );
  checkNoUser(options.url);
  const text = file === "-" ? await context.stdin() : await readFile(file, "utf8").catch(unreadable(file));
  const body = options.now ? sentNow(text, clock.now()) : text.trim();
  const pbx = options.pbx ?? (await onlyOne(context, options));
  // an empty variable counts as not set
  const ofEnvironment = env["WILDIX_WEBHOOK_SECRET"] || undefined;
  const secret = options.secret ?? ofEnvironment ?? (await ownSecret(context, options, pbx));
  const address = new URL(`webhooks/${encodeURIComponent(pbx)}`, `${options.url.replace(/\/+$/, "")}/`);
  const { answer, said } = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Signature": signWebhook(Buffer.from(body), secret) },
    body,
    signal,
  })
    .then(async (response) => ({ answer: response, said: await response.text() }))
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new UsageError(`\`--url\` must be an address that responds; got ${options.url}.`, { cause });
    });
  const dropped = answer.ok ? whyDropped(body, clock.now()) : undefined;
  if (dropped !== undefined) output.err(`${paint(output, "yellow", "!")} ${dropped}`);
  if (options.json)
    output.out(JSON.stringify({ status: answer.status, ...(said === "" ? {} : { body: tryJson(said) }) }));
  else if (answer.ok)
    output.out(`${paint(output, "green", "✓")} the webhook of ${pbx} responded with ${answer.status}`);
  else
    output.err(
      `${paint(output, "red", "✗")} the webhook of ${pbx} responded with ${answer.status}: ${inOneLine(said)}`,
    );
  return answer.ok ? 0 : 1;
};

/** `fetch` refuses such an address, and its password would be in errors. */
const checkNoUser = (url: string): void => {
  const { username, password } = new URL(url);
  if (username === "" && password === "") return;
  throw new UsageError(`\`--url\` must not have a user or a password; got ${shown(url)}. Remove them.`);
};

/** The webhook accepts such an event, as it must of a PBX, and drops it. */
const whyDropped = (body: string, now: number): string | undefined => {
  const event = readEvent(body);
  if (event === undefined)
    return "the event is ignored: it must be JSON with `id`, `type` and `time` in milliseconds";
  if (isTimely(event, now)) return undefined;
  return "the event is ignored: `time` must be within the last 24 hours. Use `--now` to change the times in the event";
};

const unreadable = (file: string) => (cause: unknown) => {
  throw new UsageError(`The event must be a file that can be read; got ${file}.`, { cause });
};

const tryJson = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
};

/** Moves an event and the times in it, so that it is sent now. */
const sentNow = (text: string, now: number): string => {
  const event = tryJson(text);
  if (!isJsonObject(event) || typeof event["time"] !== "number")
    throw new UsageError("`--now` must be used with an event that has a `time`.");
  const by = now - event["time"];
  return JSON.stringify(moved(event, by));
};

const times: ReadonlySet<string> = new Set(["time", "startTime", "endTime"]);

const moved = (value: unknown, by: number, name = ""): unknown => {
  if (typeof value === "number" && times.has(name)) return value + by;
  if (typeof value === "string" && name === "start" && !Number.isNaN(Date.parse(value)))
    return new Date(Date.parse(value) + by).toISOString();
  if (Array.isArray(value)) return value.map((each) => moved(each, by));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each, by, key)]));
};

const onlyOne = async (context: Context, options: SendOptions): Promise<string> => {
  const registry = await openRegistry(context, options);
  return onlyId(context, options, await registry.list());
};

/** The newest secret of the PBX's webhooks. */
const ownSecret = async (context: Context, options: SendOptions, pbx: string): Promise<string> => {
  const text = await (await openRegistry(context, options)).readText(checkPbxId(pbx));
  const secret = parseSecret(pbx, text).webhookSecrets.at(-1);
  if (secret !== undefined) return secret;
  throw new UsageError(
    `${pbx} has no \`webhook_secrets\`. Run \`wildix secret put ${pbx} --webhook-secret\`, or give \`--secret\`.`,
  );
};
