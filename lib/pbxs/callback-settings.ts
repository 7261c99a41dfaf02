import * as z from "zod/mini";
import { matchesPattern } from "../digit-pattern.ts";
import { reachesEmergency } from "../emergency.ts";
import { country, hours } from "./call-settings.ts";
import { createOpeningHours, type WeekHours } from "./opening-hours.ts";

const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
/** A day of every year, or of one. February 29 is a day of some years. */
const holiday = z.string().check(
  z.refine((text) => {
    const date = /^\d\d-\d\d$/.test(text) ? `2024-${text}` : text;
    const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
  }),
);

/** How missed calls are called back. Without this object no callback is opened. */
export const callbackSettings = z.strictObject({
  /** `observe` lists what would be dialled and dials no number. */
  mode: z.optional(z.enum(["observe", "call"])),
  /** The extension that rings first, by the queue's id or name; `*`: all others. */
  targets: z.optional(z.record(z.string(), z.string().check(z.regex(/^[0-9]{1,10}$/)))),
  hours: z.optional(hours),
  holidays: z.optional(z.array(holiday)),
  countries: z.optional(z.array(country).check(z.minLength(1))),
  attempts: z.optional(whole(1, 10)),
  retry_minutes: z.optional(
    z.strictObject({
      busy: z.optional(whole(5, 1440)),
      no_answer: z.optional(whole(5, 1440)),
      failed: z.optional(whole(5, 1440)),
    }),
  ),
  expire_hours: z.optional(whole(1, 720)),
  concurrent: z.optional(whole(1, 20)),
  voicemail: z.optional(z.enum(["callback", "skip"])),
});

export type CallbackSettings = z.infer<typeof callbackSettings>;

/** What a key must be, for messages. */
export const callbackSettingWords: Readonly<Record<keyof CallbackSettings, string>> = {
  mode: "observe or call",
  targets: 'an object of queues and extensions, for example {"*": "201", "Sales": "300"}',
  hours: 'an object such as {"mon": ["09:00-12:30", "14:00-18:00"]}',
  holidays: 'a list of days, for example ["12-25", "2026-12-24"]',
  countries: 'a list of countries that is not empty, for example ["IT", "CH"]',
  attempts: "a whole number from 1 to 10",
  retry_minutes: "an object with busy, no_answer, failed: whole numbers from 5 to 1440",
  expire_hours: "a whole number from 1 to 720",
  concurrent: "a whole number from 1 to 20",
  voicemail: "callback or skip",
};

/** What a value inside a key must be. */
export const callbackValueWords: Readonly<Partial<Record<keyof CallbackSettings, string>>> = {
  targets: "an extension: a string of 1 to 10 digits, for example 201",
  hours: "a time range within one day, for example 09:00-12:30; write a range over midnight as two",
  holidays: "a day, for example 12-25 or 2026-12-24",
  countries: "the code of a country, two capital letters such as IT",
  retry_minutes: "a whole number from 5 to 1440",
};

export const callbackDefaults = {
  mode: "observe",
  hours: {
    mon: ["09:00-18:00"],
    tue: ["09:00-18:00"],
    wed: ["09:00-18:00"],
    thu: ["09:00-18:00"],
    fri: ["09:00-18:00"],
  } as WeekHours,
  attempts: 3,
  retry_minutes: { busy: 5, no_answer: 60, failed: 30 },
  expire_hours: 72,
  concurrent: 1,
  voicemail: "callback",
  /** No number is dialled before or after, by every clock of its country: hours of the day. */
  theirs: { from: 9, to: 20 },
  /** No callback begins at the end of a time range, because the agent would talk after hours. */
  lastMs: 5 * 60_000,
} as const;

/** The settings beside `callbacks` that it needs. */
interface Beside {
  readonly country?: string | undefined;
  readonly timezone?: string | undefined;
  readonly extension_pattern?: string | undefined;
  readonly outside_prefix?: string | undefined;
  readonly calling_hours?: WeekHours | undefined;
}

/** A key at fault, with what it must be and what to do. */
export interface SettingFault {
  readonly field: string;
  readonly detail: string;
}

/** The hours in which callbacks are dialled. */
export const callbackHours = (callbacks: CallbackSettings, beside: Beside) =>
  createOpeningHours({
    hours: callbacks.hours ?? beside.calling_hours ?? callbackDefaults.hours,
    within: callbacks.hours && beside.calling_hours,
    zone: beside.timezone ?? "UTC",
    holidays: callbacks.holidays ?? [],
    lastMs: callbackDefaults.lastMs,
    theirs: callbackDefaults.theirs,
  });

/** Where numbers are called back to. */
export const callbackCountries = (callbacks: CallbackSettings, { country: own }: Beside): readonly string[] =>
  callbacks.countries ?? (own === undefined ? [] : [own]);

/** What contradicts: settings that are valid separately. Undefined: nothing. */
export const callbackFault = (
  callbacks: CallbackSettings | undefined,
  beside: Beside,
): SettingFault | undefined => {
  if (callbacks === undefined) return undefined;
  for (const field of ["country", "timezone", "extension_pattern"] as const)
    if (beside[field] === undefined)
      return fault(field, "must be set if `settings.callbacks` is set. Callbacks need it.");
  return targetFault(callbacks, beside) ?? hoursFault(callbacks, beside, Object.keys(triedWeeks).length);
};

const fault = (field: string, words: string): SettingFault => ({
  field: `settings.${field}`,
  detail: `\`settings.${field}\` ${words}`,
});

/** Characters of the name of a queue. */
const longestQueue = 100;

const targetFault = (
  { targets = {} }: CallbackSettings,
  { extension_pattern: pattern = "" }: Beside,
): SettingFault | undefined => {
  const names = new Set<string>();
  for (const [queue, target] of Object.entries(targets)) {
    const field = `callbacks.targets.${queue}`;
    const name = queue.trim().toLowerCase();
    if (name === "" || queue.length > longestQueue)
      return fault(
        "callbacks.targets",
        `must have names of 1 to ${longestQueue} characters; got a name of ${queue.trim().length}. The name * stands for all other queues.`,
      );
    if (queue !== queue.trim()) return fault(field, "must not begin or end with a space. Remove it.");
    if (names.has(name))
      return fault(field, "must name each queue once; got a name that differs only in its case. Remove one.");
    names.add(name);
    if (Object.hasOwn(targets, target))
      return fault(field, `must be an extension with one phone; got the queue ${target}. Name an agent.`);
    if (!matchesPattern(pattern, target))
      return fault(field, `must match the \`extension_pattern\` of this PBX; got ${target}.`);
  }
  return undefined;
};

/** A Monday in winter and one in summer: clocks that change can part the hours for half a year. */
const triedWeeks = { January: Date.UTC(2026, 0, 12), July: Date.UTC(2026, 6, 13) };

/** A country whose hours of the day the hours do not include, if they do not in so many of the tried weeks. */
const hoursFault = (
  callbacks: CallbackSettings,
  beside: Beside,
  fewestWeeks: number,
): SettingFault | undefined => {
  const opening = callbackHours({ ...callbacks, holidays: [] }, beside);
  const { from, to } = callbackDefaults.theirs;
  for (const there of callbackCountries(callbacks, beside)) {
    const months = Object.entries(triedWeeks).flatMap(([month, week]) =>
      opening.next(week, there) === undefined ? [month] : [],
    );
    if (months.length < fewestWeeks) continue;
    const when = months.length > 1 ? "" : ` in ${months.join()}`;
    return hoursFaultOf(
      callbacks,
      beside,
      `must include more than 5 minutes in which it is ${from}:00 to ${to}:00 in every time zone of ${there}; got hours that do not${when}.`,
    );
  }
  return undefined;
};

const emergencyFault = ({ targets = {} }: CallbackSettings, beside: Beside): SettingFault | undefined => {
  const found = Object.entries(targets).find(([, target]) => reachesEmergency(target, beside));
  if (found === undefined) return undefined;
  const [queue, target] = found;
  return fault(
    `callbacks.targets.${queue}`,
    `must not reach an emergency line; got ${target}. Name another extension.`,
  );
};

/**
 * Why some callbacks would not be dialled: the toll guard refuses every call to their target, or the hours suit their country only in
 * one season. Such a secret is valid, because the exports and calls of its PBX do not depend on callbacks.
 */
export const blockedCallbacks = (
  callbacks: CallbackSettings | undefined,
  beside: Beside,
): SettingFault | undefined =>
  callbacks && (emergencyFault(callbacks, beside) ?? hoursFault(callbacks, beside, 1));

/** Names the hours that are set. */
const hoursFaultOf = (callbacks: CallbackSettings, beside: Beside, words: string): SettingFault => {
  if (callbacks.hours !== undefined || beside.calling_hours !== undefined)
    return fault(
      callbacks.hours === undefined ? "calling_hours" : "callbacks.hours",
      `${words} Change the hours, or \`callbacks.countries\`.`,
    );
  return fault(
    "callbacks.hours",
    `${words} The default is Monday to Friday 09:00 to 18:00. Set the hours, or change \`callbacks.countries\`.`,
  );
};

/** The settings of calls that callbacks need. */
interface Calls {
  readonly country?: string | undefined;
  readonly contexts?: readonly string[] | undefined;
  readonly allowed_countries?: readonly string[] | undefined;
}

/** Why every callback to a country would be refused, although the mode is `call`. Undefined: nothing refuses them all. */
export const forbiddenCallbacks = (
  callbacks: CallbackSettings | undefined,
  calls: Calls,
): SettingFault | undefined => {
  if (callbacks?.mode !== "call") return undefined;
  const { contexts = [], allowed_countries: allowed = [] } = calls;
  if (contexts.length === 0)
    return fault("contexts", "must name the context in which callbacks are dialled; got none.");
  const there = callbackCountries(callbacks, calls).find((one) => !allowed.includes(one));
  if (there === undefined) return undefined;
  return fault(
    "allowed_countries",
    `must include ${there}, because its numbers are called back; got ${allowed.join(", ") || "none"}.`,
  );
};
