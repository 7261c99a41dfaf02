import * as z from "zod/mini";
import { invalid, parseInput } from "../input.ts";
import type { OriginateParams } from "../wms/originate.ts";

const dialDefaults = { context: "users", ringSeconds: 25, minRingSeconds: 5, maxRingSeconds: 60 };

const text = z.string().check(z.minLength(1), z.maxLength(200));
const callerId = z.strictObject({ name: z.optional(text), number: z.optional(text) });

export const callSchema = z.strictObject({
  pbx: z.optional(text),
  /** The short form: this extension rings, then `to` is dialled. */
  extension: z.optional(text),
  to: z.optional(text),
  caller_id: z.optional(callerId),
  /** Seconds that the first phone rings. */
  ring_seconds: z.optional(z.number()),
  /** The WMS names. */
  channel: z.optional(text),
  context: z.optional(text),
  exten: z.optional(text),
  priority: z.optional(z.union([z.literal(1), z.literal("1")])),
  callerid: z.optional(text),
  /** Milliseconds, as WMS has it. */
  timeout: z.optional(z.number()),
  variable: z.optional(text),
});

export interface WantedCall {
  readonly pbx: string | undefined;
  /** The phone that rings first. */
  readonly extension: string;
  readonly params: OriginateParams;
}

/** The body of POST /calls, in the short form or by WMS names, as Originate's parameters. Throws INPUT_INVALID. */
export const readCall = (body: unknown): WantedCall => {
  const call = parseInput(callSchema, body);
  const short = call.extension !== undefined || call.to !== undefined;
  if (short && (call.channel !== undefined || call.exten !== undefined)) {
    throw invalid("extension", "and `to` stand beside `channel` and `exten`. Use the one pair or the other.");
  }
  const context = plain(
    "context",
    call.context ?? dialDefaults.context,
    /^[A-Za-z0-9_-]+$/,
    "a dialplan name, such as users",
  );
  const channel = short
    ? `Local/${plain("extension", need("extension", call.extension), /^[0-9]{1,10}$/, "digits alone, such as 108")}@${context}`
    : plain(
        "channel",
        need("channel", call.channel),
        /^Local\/[0-9A-Za-z_+-]{1,32}@[A-Za-z0-9_-]+$/,
        "Local/EXTENSION@DIALPLAN, such as Local/108@users",
      );
  const exten = short
    ? plain("to", need("to", call.to), /^\+?[0-9]{1,20}$/, "a number of digits, with or without a leading +")
    : plain(
        "exten",
        need("exten", call.exten),
        /^\+?[0-9]{1,20}$/,
        "a number of digits, with or without a leading +",
      );
  const callerid = call.callerid === undefined ? showAs(call.caller_id) : cleanCallerId(call.callerid);
  return {
    pbx: call.pbx,
    extension: channel.slice("Local/".length, channel.indexOf("@")),
    params: {
      channel,
      context,
      exten,
      priority: "1",
      timeout: ringMs(call.ring_seconds, call.timeout),
      ...(callerid === undefined ? {} : { callerid }),
      ...(call.variable === undefined
        ? {}
        : {
            variable: plain(
              "variable",
              call.variable,
              /^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.:-]*$/,
              "NAME=value without commas",
            ),
          }),
    },
  };
};

const need = (field: string, value: string | undefined): string => {
  if (value === undefined)
    throw invalid(field, "is missing. A call needs extension and to (or channel, context and exten).");
  return value;
};

/** Characters beyond the pattern could make Asterisk read a second leg, an option or an application. */
const plain = (field: string, value: string, pattern: RegExp, wanted: string): string => {
  if (pattern.test(value)) return value;
  throw invalid(field, `has characters that may not be dialled. It has to be ${wanted}.`);
};

const ringMs = (seconds: number | undefined, timeout: number | undefined): number => {
  const field = seconds === undefined && timeout !== undefined ? "timeout" : "ring_seconds";
  const ms = seconds !== undefined ? seconds * 1000 : (timeout ?? dialDefaults.ringSeconds * 1000);
  const [least, most] = [dialDefaults.minRingSeconds * 1000, dialDefaults.maxRingSeconds * 1000];
  if (Number.isInteger(ms) && ms >= least && ms <= most) return ms;
  throw invalid(
    field,
    field === "timeout" ? `is in milliseconds, from ${least} to ${most}.` : "is from 5 to 60.",
  );
};

const showAs = (shown: z.infer<typeof callerId> | undefined): string | undefined => {
  if (shown === undefined) return undefined;
  const number =
    shown.number === undefined
      ? ""
      : ` <${plain("caller_id.number", shown.number, /^\+?[0-9]{1,20}$/, "digits, with or without a leading +")}>`;
  return `"${cleanName(shown.name ?? "")}"${number}`;
};

/** A name without what would end its quotes or the line. */
const cleanName = (name: string): string =>
  name
    .replace(/[\p{Cc}"\\<>,;|&]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

const cleanCallerId = (given: string): string => {
  const match = /^ *"?([^"<>\p{Cc}]*?)"? *<(\+?[0-9]{1,20})> *$/u.exec(given);
  if (!match) throw invalid("callerid", 'has not the form "Name" <number>.');
  return `"${cleanName(match[1] ?? "")}" <${match[2] ?? ""}>`;
};
