import * as z from "zod/mini";
import { needExtension } from "../callers/allow.ts";
import type { Caller } from "../callers/caller.ts";
import { defined } from "../defined.ts";
import { ProductError } from "../errors.ts";
import { invalid, parseInput } from "../input.ts";
import { quoted } from "../mask.ts";
import type { Pbx } from "../pbxs/pbxs.ts";
import type { PbxSettings } from "../pbxs/secret.ts";
import { readPastedNumber } from "../phone-number.ts";
import type { CallbackRequest } from "./callbacks.ts";
import type { ListScope } from "./do-not-call.ts";
import { readWorldNumber } from "./numbers.ts";
import { policyOf } from "./policy.ts";

/** Without spaces around it, as in events and call history. */
const label = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));

const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

const whyNoMoment = (input: unknown): string => {
  if (typeof input !== "string") return "must be a string.";
  return withOffset.test(input)
    ? `must be a time that exists; got ${quoted(input)}. Check the day and the time.`
    : `must be a time with an offset from UTC; got ${quoted(input)}. Write for example 2026-11-25T09:30:00+01:00.`;
};

/** The body of POST /callbacks, and the detail of `wildix.callback.requested`. */
export const callbackSchema = z.strictObject({
  pbx: z.optional(z.string()),
  to: z.string(),
  queue: z.optional(label),
  name: z.optional(label),
  not_before: z.optional(z.iso.datetime({ offset: true, error: ({ input }) => whyNoMoment(input) })),
});

/** A callback that is asked for, and the PBX that the request names. Throws INPUT_INVALID. */
export const readCallback = (
  body: unknown,
): { readonly pbx: string | undefined; readonly asked: CallbackRequest } => {
  const { pbx, to, queue, name, not_before: notBefore } = parseInput(callbackSchema, body);
  const at = notBefore === undefined ? undefined : Date.parse(notBefore);
  return { pbx, asked: { to, ...defined({ queue, name, notBefore: at }) } };
};

/** A key for some extensions may not make another one ring. Throws EXTENSION_FORBIDDEN. */
export const needTarget = (caller: Caller, { settings }: Pbx, queue: string | undefined): void => {
  const target = policyOf(settings)?.target(defined({ name: queue }));
  if (target !== undefined) needExtension(caller, target);
};

/** Characters of a note on the do-not-call list. */
export const longestNote = 200;

/** The body of POST /do-not-call and POST /do-not-call/removals. */
export const listedSchema = z.strictObject({
  pbx: z.optional(z.string()),
  all: z.optional(z.boolean()),
  to: z.string(),
  note: z.optional(z.string().check(z.maxLength(longestNote))),
});

export const removalSchema = z.omit(listedSchema, { note: true });

/** A list for all PBXs is for callers of all PBXs. Throws INPUT_INVALID, PBX_FORBIDDEN. */
export const needAll = (caller: Caller, pbx: string | undefined): void => {
  if (pbx !== undefined) throw invalid("all", "must not be set together with `pbx`. Send one of them.");
  if (caller.pbxs === "all") return;
  throw new ProductError("PBX_FORBIDDEN", {
    field: "all",
    detail: "`all` needs a key for all PBXs; got a key for some PBXs only.",
  });
};

/** A number in E.164, as the list has it. Without settings of a PBX it must begin with +. Throws INPUT_INVALID. */
export const readListed = (to: string, settings: PbxSettings = {}): string =>
  readWorldNumber(readPastedNumber("to", to), settings);

/** Which list is meant, for views. */
export const scopeName = (scope: ListScope): { readonly pbx: string } | { readonly all: true } =>
  scope === "all" ? { all: true } : { pbx: scope.pbx };
