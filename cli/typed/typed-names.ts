import type { Command } from "commander";
import { defined } from "../../lib/defined.ts";
import { environmentKeys } from "../../lib/local/pbx-file.ts";
import { pbxFileOf } from "../../lib/local/ports.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { isStop, StoppedError } from "../terminal/output.ts";

/** An error of the library in the words of the command: its field has the name under which the user wrote it. */
export class NamedError extends CodedError {
  override readonly name = "NamedError";
  /** Whether the field is an option. */
  readonly ofOption: boolean;
  constructor(error: CodedError, message: string, field: string | undefined, ofOption = false) {
    super(error.code, error.doc, {
      detail: message,
      cause: error,
      ...defined({ field, sent: error.sent, retryAfter: error.retryAfter, pbxStatus: error.pbxStatus }),
    });
    this.ofOption = ofOption;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The library's names of fields, and how the user of the command writes each. */
type TypedNames = ReadonlyMap<string, string>;

/** A field of a body is `ring_seconds`, and a header is `idempotency-key`. */
const optionNames = (command: Command): TypedNames =>
  new Map(
    command.options.flatMap((option) => {
      const [name, typed] = [option.name(), option.long ?? option.flags];
      return [[name.replaceAll("-", "_"), typed] as const, [name, typed] as const];
    }),
  );

/** Whether an error is about an option: one that is missing, or was typed. Another value came from elsewhere. */
const isOfOption = (error: CodedError, command: Command, typed: string): boolean => {
  const option = command.options.find(({ long }) => long === typed);
  const isTyped = option !== undefined && command.getOptionValueSource(option.attributeName()) === "cli";
  return isTyped || / (?:is missing|must be set)\b/.test(error.message);
};

const ofDefault = "the secret of default: ";
const pbxCodes = new Set(["PBX_SECRET_INVALID", "WMS_HOST_INVALID", "WMS_CREDENTIALS_INVALID"]);

/** The variables that describe a PBX, if the error is about it. */
const variableNames = (error: CodedError, command: Command, env: Environment): TypedNames | undefined => {
  const { pbxs } = command.opts<{ pbxs?: string }>();
  if (pbxFileOf(env, pbxs) !== undefined || !env["WILDIX_HOST"]) return undefined;
  if (error.field === "timezone of default") return new Map([[error.field, "WILDIX_TIMEZONE"]]);
  const ofOther = error.message.startsWith("the secret of ") && !error.message.startsWith(ofDefault);
  if (ofOther || !pbxCodes.has(error.code)) return undefined;
  if (error.field?.startsWith("settings")) return new Map([[error.field, "WILDIX_SETTINGS"]]);
  return new Map(Object.entries(environmentKeys));
};

/** Names in an error of the library what the user typed: the option, or the variable. */
export const inTypedNames = (error: unknown, command: Command | undefined, env: Environment): unknown => {
  if (command === undefined) return error;
  if (error instanceof StoppedError) return error;
  if (isStop(error)) return new StoppedError(afterStop[command.name()] ?? runAgain, error);
  // an error that is named already has the name of the nearest source
  if (!(error instanceof CodedError) || error instanceof NamedError || error.field === undefined)
    return error;
  const variables = variableNames(error, command, env);
  const names = variables ?? optionNames(command);
  const typed = names.get(error.field);
  if (typed === undefined) return withPathOption(error, command);
  if (variables === undefined && !isOfOption(error, command, typed)) return error;
  return new NamedError(error, reword(error, typed, names), typed, variables === undefined);
};

/** An error about a file or directory, with the option that names it. */
const withPathOption = (error: CodedError, command: Command): CodedError => {
  const { field = "", message } = error;
  const option = command.options.find((each) => {
    const name = each.attributeName();
    return command.getOptionValueSource(name) === "cli" && command.getOptionValue(name) === field;
  });
  if (option?.long === undefined || option.long === null || !message.startsWith(field)) return error;
  return new NamedError(error, `\`${option.long}\` ${message}`, option.long, true);
};

/** A message has field names in backquotes. */
const reword = ({ message }: CodedError, typed: string, names: TypedNames): string => {
  const text = message.startsWith(ofDefault) ? message.slice(ofDefault.length) : message;
  if (typed === "WILDIX_SETTINGS") return `\`${typed}\`${text.startsWith("has ") ? " " : ": "}${text}`;
  return text.replace(/`([^`]+)`/g, (whole, name: string) => {
    const known = names.get(name);
    return known === undefined ? whole : `\`${known}\``;
  });
};

const runAgain = "Run the same command again.";
const mayRing = "A call may have been placed. Look at the phone or the call history before you run it again.";

/** What to do after Ctrl-C, for commands that need more than another run. */
const afterStop: Readonly<Record<string, string>> = {
  export: "Run the same command again: it skips finished days.",
  backfill: "Run the same command again: it skips exported days. Queued days are exported meanwhile.",
  originate: mayRing,
  rehearse: mayRing,
  request: "The PBX may have acted on the request. Check it before you run the command again.",
};

const connectionCodes = new Set([
  "WMS_UNREACHABLE",
  "WMS_TLS",
  "WMS_TIMEOUT",
  "WMS_CONNECTION_LOST",
  "WMS_UNAUTHORIZED",
  "WMS_REDIRECTED",
  "WMS_NOT_JSON",
  "WMS_ANSWER_EMPTY",
  "WMS_SERVER_ERROR",
  "CALL_NOT_SENT",
]);

/** An error of the connection, with the PBX, if it has an id, and its host. */
export const withPbx = async (
  error: unknown,
  pbx: string | undefined,
  host: () => Promise<string>,
): Promise<unknown> => {
  if (!(error instanceof CodedError && connectionCodes.has(error.code))) return error;
  const place = pbx === undefined ? await host() : `${pbx} (${await host()})`;
  return new NamedError(error, `${place}: ${error.message}`, error.field);
};
