/** What goes in and out of the HTTP API, as schemas: requests are the functions' own, answers are held to real ones by tests. */
import * as z from "zod/mini";
import { callSchema } from "../lib/calls/dial/dial.ts";
import { soundSchema } from "../lib/sounds/make-sound.ts";

export type JsonSchema = { [key: string]: unknown };

const record = z.record(z.string(), z.unknown());

const call = z.strictObject({
  id: z.string(),
  state: z.enum(["RESERVED", "SENDING", "PLACED", "REFUSED", "UNKNOWN"]),
  pbx: z.string(),
  channel: z.string(),
  exten: z.optional(z.string()),
  reason: z.optional(z.enum(["not_sent", "stale", "capped", "pbx_refused", "pbx_busy", "unauthorized"])),
  detail: z.optional(z.string()),
  because: z.optional(z.string()),
  evidence: z.optional(z.strictObject({ kind: z.enum(["exact", "inferred"]), row: z.string() })),
  steps: z.array(z.strictObject({ state: z.string(), at: z.iso.datetime(), note: z.optional(z.string()) })),
  sends: z.array(z.iso.datetime()),
  next: z.optional(z.string()),
});

const answers = {
  Call: call,
  DryRun: z.strictObject({ dry_run: z.literal(true), pbx: z.string(), would_send: record }),
  Sound: z.strictObject({
    pbx: z.string(),
    directory: z.string(),
    filename: z.string(),
    voice: z.string(),
    made: z.boolean(),
  }),
  CallQueues: z.strictObject({ pbx: z.string(), as_of: z.iso.datetime(), records: z.array(record) }),
  CallQueue: z.strictObject({ pbx: z.string(), as_of: z.iso.datetime(), record }),
  CallHistory: z.strictObject({
    pbx: z.string(),
    total: z.nullable(z.int()),
    records: z.array(record),
    next: z.nullable(z.string()),
  }),
  Problem: z.strictObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    cure: z.string(),
    request_id: z.string(),
    field: z.optional(z.string()),
    sent: z.optional(z.enum(["no", "maybe", "yes"])),
    call: z.optional(call),
  }),
};

/** What each property means; one that is missing here, or is no more, stops the generator. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CallRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    extension: "The phone that rings first, in the short form.",
    agent: "Instead of the extension: the e-mail of a colleague of the PBX.",
    to: "What is dialled when it is answered, in the short form.",
    caller_id: "What the first phone shows.",
    ring_seconds: "How long the first phone rings, 5 to 60. Default: 25.",
    dry_run: "Checks everything, sends and counts nothing.",
    channel: "The first leg by its WMS name, such as `Local/108@users`.",
    context: "Dialplan of the second leg. Default: the first of the PBX's `contexts`.",
    exten: "What the second leg dials, by its WMS name.",
    priority: "By its WMS name; always 1.",
    callerid: 'By its WMS name: `"Name" <number>`.',
    timeout: "By its WMS name: milliseconds that the first phone rings.",
    variable: "By its WMS name: `NAME=value`, a name of the PBX's `call_variables`.",
    application: "Instead of a number: `Playback`, `MusicOnHold` or `Echo`.",
    data: "What the application plays, such as `custom/closed`.",
    async: "False: the PBX answers when the first phone does. Default: true.",
  },
  SoundRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    filename: "Letters, digits, dot, underscore and hyphen, at most 80.",
    text: "What is spoken; at most 3,000 characters unless the deployment says otherwise.",
    voice: "A voice of the PBX, such as `Kimberly`.",
    directory: "Folder below the sounds' root. Default: the root.",
    replace: "Overwrite a sound of this name that was made from something else.",
  },
  Call: {
    id: "Its id, for GET /calls/{id}.",
    state:
      "`PLACED`: the PBX accepted the call, which does not say that somebody answered. `REFUSED`: no phone rang. `UNKNOWN`: the answer was lost. `RESERVED` and `SENDING` pass.",
    pbx: "Where it was placed.",
    channel: "The first leg.",
    exten: "What the second leg dials.",
    reason:
      "Why no phone rang. After `not_sent`, `stale` and `capped` the same idempotency key may be sent again.",
    detail: "The same in words.",
    because: "Code of the error behind it (errors.md).",
    evidence: "How an unknown call was found in the PBX's history, and the id of the row.",
    steps: "The states that it went through.",
    sends: "When a first byte may have left for the PBX; twice at most, after a 401.",
    next: "What the person should do.",
  },
  DryRun: {
    dry_run: "Nothing was sent, and nothing was counted.",
    pbx: "Where the call would be placed.",
    would_send: "What would be sent to the PBX, numbers masked.",
  },
  Sound: {
    pbx: "Where it is.",
    directory: "Its folder; empty for the root.",
    filename: "Its name.",
    voice: "Its voice.",
    made: "False: the same text and voice stood there already.",
  },
  CallQueues: {
    pbx: "Whose queues.",
    as_of: "When the PBX was asked; up to 5 seconds ago.",
    records: "The PBX's records as they are.",
  },
  CallQueue: {
    pbx: "Whose queue.",
    as_of: "When the PBX was asked; up to 5 seconds ago.",
    record: "The PBX's record as it is.",
  },
  CallHistory: {
    pbx: "Whose records.",
    total: "How many records there are from the cursor on, where the PBX says.",
    records: "The PBX's records as they are, by id.",
    next: "Give it as `cursor` for the records after these; null at the end.",
  },
  Problem: {
    type: "Where the code is explained.",
    title: "The code in words.",
    status: "The HTTP status once more.",
    detail: "What happened this time. No secret and no whole number.",
    code: "One of a closed list; see the status's examples.",
    cure: "What to do about it.",
    request_id: "Under this id it stands in the log.",
    field: "The field, parameter or header at fault.",
    sent: "Whether the PBX may have acted: `no`, `maybe` or `yes` (it answered).",
    call: "The call that was refused.",
  },
};

/** Every schema by its name under components. */
export const schemas = (): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries({ CallRequest: callSchema, SoundRequest: soundSchema, ...answers }).map(
      ([name, schema]) => [name, described(name, z.toJSONSchema(schema, { io: "input" }))],
    ),
  );

const described = (name: string, schema: object): JsonSchema => {
  const { $schema: _dialect, ...plain } = tidy(schema) as JsonSchema;
  const properties = plain["properties"] as Readonly<Record<string, JsonSchema>>;
  return { ...plain, properties: withWords(name, properties, words[name] ?? {}) };
};

/** Each of some properties or parameters with its meaning. Throws where one has none, or a meaning belongs to none. */
export const withWords = <T extends object>(
  where: string,
  things: Readonly<Record<string, T>>,
  meanings: Readonly<Record<string, string>>,
): Record<string, T & { description: string }> => {
  const odd = Object.keys(meanings).filter((name) => !(name in things));
  if (odd.length > 0) throw new Error(`${where} has no ${odd.join(", ")} any more`);
  return Object.fromEntries(
    Object.entries(things).map(([name, thing]) => {
      const description = meanings[name];
      if (description === undefined) throw new Error(`nobody says what ${where}.${name} means`);
      return [name, { ...thing, description }];
    }),
  );
};

/** Without what zod adds to say the same twice: a pattern beside date-time, the bounds of every JSON integer. */
const tidy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const again = key === "pattern" && "format" in value;
      const unbounded = typeof item === "number" && Math.abs(item) === Number.MAX_SAFE_INTEGER;
      const anyName = key === "propertyNames";
      return again || unbounded || anyName ? [] : [[key, tidy(item)]];
    }),
  );
};
