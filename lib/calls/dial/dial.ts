import * as z from "zod/mini";
import { invalid, parseInput } from "../../input.ts";
import { quoted } from "../../mask.ts";
import { readPastedNumber } from "../../phone-number.ts";
import { callerIdOf, readCallerId } from "./caller-id.ts";

const dialDefaults = { ringSeconds: 25, minRingSeconds: 5, maxRingSeconds: 60 };

const text = z.string().check(z.minLength(1), z.maxLength(200));
const callerId = z.strictObject({ name: z.optional(text), number: z.optional(text) });

/** Body of POST /calls. */
export const callSchema = z.strictObject({
  pbx: z.optional(text),
  /** The short form: this extension rings, then `to` is dialled. */
  extension: z.optional(text),
  /** Instead of the extension: the e-mail of a colleague of the PBX. */
  agent: z.optional(text),
  to: z.optional(text),
  caller_id: z.optional(callerId),
  /** Seconds that the first phone rings. */
  ring_seconds: z.optional(z.number()),
  /** Checks everything and sends nothing. */
  dry_run: z.optional(z.boolean()),
  /** The WMS names. */
  channel: z.optional(text),
  context: z.optional(text),
  exten: z.optional(text),
  priority: z.optional(z.union([z.literal(1), z.literal("1")])),
  callerid: z.optional(text),
  /** Milliseconds, as WMS has it. */
  timeout: z.optional(z.number()),
  variable: z.optional(text),
  /** Instead of a number: what the first phone hears. */
  application: z.optional(text),
  data: z.optional(text),
  async: z.optional(z.boolean()),
});

/** A requested call with correct grammar. It is not compared with the settings of the PBX yet. */
export interface WantedCall {
  readonly pbx: string | undefined;
  /** The phone that rings first: an extension, or the e-mail of whose it is. */
  readonly first: { readonly extension: string } | { readonly agent: string };
  /** Context of the first leg, where it is named apart. */
  readonly channelContext: string | undefined;
  readonly context: string | undefined;
  /** Digits, with or without `+`. Undefined if an application takes the call. */
  readonly to: string | undefined;
  readonly application: Application | undefined;
  readonly callerId: string | undefined;
  readonly ringMs: number;
  readonly variable: { readonly name: string; readonly value: string } | undefined;
  readonly async: boolean;
  readonly dryRun: boolean;
}

export interface Application {
  readonly name: string;
  readonly data: string | undefined;
}

type Body = z.infer<typeof callSchema>;

/**
 * The body of POST /calls, in the short form or by WMS names. Only what cannot be read as a second leg, an option, an
 * application or a feature code gets through. Throws INPUT_INVALID.
 */
export const readCall = (body: unknown): WantedCall => {
  const call = parseInput(callSchema, body);
  const channel = call.channel === undefined ? undefined : readChannel(call.channel);
  return {
    pbx: call.pbx,
    first: firstLeg(call, channel?.extension),
    channelContext: channel?.context,
    context: call.context === undefined ? undefined : plain("context", call.context, contextName),
    to: secondLeg(call),
    application: readApplication(call),
    callerId: call.callerid === undefined ? callerIdOf(call.caller_id ?? {}) : bothCallerIds(call),
    ringMs: ringMs(call.ring_seconds, call.timeout),
    variable: call.variable === undefined ? undefined : readVariable(call.variable),
    async: call.async ?? true,
    dryRun: call.dry_run ?? false,
  };
};

interface Grammar {
  readonly pattern: RegExp;
  readonly wanted: string;
}
const digits: Grammar = { pattern: /^[0-9]{1,10}$/, wanted: "1 to 10 digits, for example 108" };
const contextName: Grammar = {
  pattern: /^[A-Za-z0-9_-]{1,64}$/,
  wanted: "the name of a context, for example users",
};
const soundPath: Grammar = {
  pattern: /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+){0,8}$/,
  wanted: "the path of a sound, for example custom/closed",
};
const mail: Grammar = {
  pattern: /^[A-Za-z0-9.!#%'*+/=?^_`{}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){0,10}$/,
  wanted: "an e-mail address",
};

const plain = (field: string, value: string, { pattern, wanted }: Grammar): string => {
  if (pattern.test(value)) return value;
  throw invalid(field, `must be ${wanted}; got ${quoted(value)}.`);
};

const readChannel = (channel: string): { extension: string; context: string } => {
  const match = /^Local\/([0-9]{1,10})@([A-Za-z0-9_-]{1,64})$/.exec(channel);
  if (!match)
    throw invalid(
      "channel",
      `must be Local/EXTENSION@CONTEXT with digits; got ${quoted(channel)}. Write for example Local/108@users.`,
    );
  return { extension: match[1] ?? "", context: match[2] ?? "" };
};

const firstLeg = (call: Body, ofChannel: string | undefined): WantedCall["first"] => {
  const given = [
    ...(call.extension === undefined ? [] : ["extension"]),
    ...(call.agent === undefined ? [] : ["agent"]),
    ...(ofChannel === undefined ? [] : ["channel"]),
  ];
  if (given.length > 1)
    throw invalid(given[1] ?? "", `must not be sent with \`${given[0]}\`. Use one of them.`);
  if (call.extension !== undefined) return { extension: plain("extension", call.extension, digits) };
  if (call.agent !== undefined) return { agent: plain("agent", call.agent, mail) };
  if (ofChannel !== undefined) return { extension: ofChannel };
  throw invalid(
    "extension",
    "is missing. Give `extension`, `agent` or `channel`: the phone that rings first.",
  );
};

const secondLeg = (call: Body): string | undefined => {
  const given = [
    ...(call.to === undefined ? [] : ["to"]),
    ...(call.exten === undefined ? [] : ["exten"]),
    ...(call.application === undefined ? [] : ["application"]),
  ];
  if (given.length > 1)
    throw invalid(given[1] ?? "", `must not be sent with \`${given[0]}\`. Use one of them.`);
  if (call.to !== undefined) return readPastedNumber("to", call.to);
  if (call.exten !== undefined) return readPastedNumber("exten", call.exten);
  if (call.application !== undefined) return undefined;
  throw invalid("to", "is missing. Give `to`, `exten` or `application`: the second leg of the call.");
};

/** Applications that can do no more than be heard. Never System, AGI, Dial and the like (CVE-2024-42365 is one way to a shell). */
const applications: Readonly<Record<string, Grammar | undefined>> = {
  Playback: soundPath,
  MusicOnHold: soundPath,
  Echo: undefined,
};

const readApplication = ({ application, data }: Body): Application | undefined => {
  if (application === undefined) {
    if (data !== undefined) throw invalid("data", "must not be sent without `application`. Remove it.");
    return undefined;
  }
  if (!Object.hasOwn(applications, application))
    throw invalid(
      "application",
      `must be one of ${Object.keys(applications).join(", ")}; got ${quoted(application)}.`,
    );
  const grammar = applications[application];
  if (data === undefined) {
    if (application === "Playback") throw invalid("data", "is missing. Name the sound that is played.");
    return { name: application, data: undefined };
  }
  if (grammar === undefined)
    throw invalid("data", `must not be sent with ${application}, which uses no data. Remove it.`);
  return { name: application, data: plain("data", data, grammar) };
};

const readVariable = (variable: string): WantedCall["variable"] => {
  const match = /^([A-Za-z][A-Za-z0-9_]{0,63})=([A-Za-z0-9_.:-]{0,128})$/.exec(variable);
  if (!match)
    throw invalid(
      "variable",
      "must be NAME=value; got another form. Use only letters, digits and _ . : - in the value.",
    );
  return { name: match[1] ?? "", value: match[2] ?? "" };
};

const bothCallerIds = (call: Body): string => {
  if (call.caller_id !== undefined)
    throw invalid("callerid", "must not be sent with `caller_id`. Use one of them.");
  return readCallerId(call.callerid ?? "");
};

const ringMs = (seconds: number | undefined, timeout: number | undefined): number => {
  if (seconds !== undefined && timeout !== undefined)
    throw invalid("timeout", "must not be sent with `ring_seconds`. Use one of them.");
  const { minRingSeconds: least, maxRingSeconds: most, ringSeconds } = dialDefaults;
  const ms = timeout ?? (seconds ?? ringSeconds) * 1000;
  if (Number.isInteger(ms) && ms >= least * 1000 && ms <= most * 1000) return ms;
  throw timeout === undefined
    ? invalid("ring_seconds", `must be from ${least} to ${most}; got ${seconds}.`)
    : invalid("timeout", `must be milliseconds from ${least * 1000} to ${most * 1000}; got ${timeout}.`);
};
