/** Schemas of the HTTP API. Requests use the schemas of the functions; tests compare the schemas of answers with real answers. */
import * as z from "zod/mini";
import { callbackSchema, listedSchema, removalSchema } from "../lib/callbacks/asked-callback.ts";
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

const queueName = z.strictObject({ id: z.optional(z.string()), name: z.optional(z.string()) });
const iso = z.iso.datetime();
const callback = z.strictObject({
  id: z.string(),
  pbx: z.string(),
  to: z.string(),
  queue: z.optional(queueName),
  target: z.optional(z.string()),
  state: z.enum(["waiting", "ringing", "closed"]),
  reason: z.string(),
  due: z.optional(iso),
  first: iso,
  last: iso,
  count: z.int(),
  attempts: z.int(),
  misses: z.int(),
  voicemail: z.optional(z.literal(true)),
  outcomes: z.array(z.strictObject({ at: iso, outcome: z.string(), call: z.string() })),
  next: z.string(),
  ringing: z.optional(z.literal(true)),
});
const list = { pbx: z.optional(z.string()), all: z.optional(z.literal(true)) };

const answers = {
  Call: call,
  Callback: callback,
  Callbacks: z.strictObject({ callbacks: z.array(callback), next: z.optional(z.string()) }),
  ListedNumber: z.strictObject({ ...list, added: z.boolean() }),
  NumberRemoval: z.strictObject({ ...list, removed: z.boolean() }),
  ListedNumbers: z.strictObject({
    numbers: z.array(
      z.strictObject({ ...list, shown: z.string(), at: iso, by: z.string(), note: z.optional(z.string()) }),
    ),
  }),
  PbxEvent: z.looseObject({
    id: z.string(),
    type: z.string(),
    time: z.int(),
    pbx: z.optional(z.string()),
    company: z.optional(z.string()),
    data: z.optional(z.unknown()),
  }),
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

/** The meaning of each property. The generator stops if a property has no meaning here, or if a meaning has no property. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CallRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    extension: "Extension that rings first (short form).",
    agent: "E-mail of a colleague of the PBX, instead of `extension`.",
    to: "Number to dial when the first phone is answered (short form).",
    caller_id: "Name and number that the first phone shows (caller id).",
    ring_seconds: "Seconds that the first phone rings, 5 to 60. Default: 25.",
    dry_run: "Checks everything, but sends and counts nothing.",
    channel: "Channel that rings first (WMS name), for example `Local/108@users`.",
    context: "Context that dials the number. Default: the first of the PBX's `contexts`.",
    exten: "Number to dial when the first phone is answered (WMS name).",
    priority: "Always 1 (WMS name).",
    callerid: 'Caller id that the first phone shows (WMS name): `"Name" <number>`.',
    timeout: "Milliseconds that the first phone rings (WMS name).",
    variable: "`NAME=value` (WMS name). The name must be one of the PBX's `call_variables`.",
    application: "`Playback`, `MusicOnHold` or `Echo`, instead of a number.",
    data: "Sound that the application plays, for example `custom/closed`.",
    async: "If false, the PBX responds to the request only after the first phone is answered. Default: true.",
  },
  CallbackRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    to: "Number to call back.",
    queue: "Id or name of the queue, which decides the extension that rings first.",
    name: "Name that the agent's phone shows: its first 60 characters.",
    not_before:
      "Earliest time of the ring for this request, within 30 days. A later missed call can ring earlier. Default: now.",
  },
  Callback: {
    id: "Id of the callback, for `GET /callbacks/{id}`.",
    pbx: "Id of the PBX.",
    to: "Number, masked.",
    queue: "Queue of the missed calls.",
    target: "Extension that rings first.",
    state: "`waiting`, `ringing` or `closed`.",
    reason: "Reason why the callback waits or is closed (callbacks.md).",
    due: "Time of the next check. Absent if the callback is closed.",
    first: "Start of the first missed call, or the time of the request if it was earlier.",
    last: "End of the last missed call, or the requested time if it is later.",
    count: "Number of missed calls since the callback was opened.",
    attempts: "How often the number was dialled since the callback was opened.",
    misses: "Number of rings without an answer since the last ring that an agent answered.",
    voicemail: "A message was left in the voicemail.",
    outcomes:
      "Outcomes of the last 20 rings, each with the id of its call. They include rings before the callback was opened again.",
    next: "The next step, as a sentence.",
    ringing: "Only in the response to DELETE: a phone may be ringing.",
  },
  Callbacks: {
    callbacks: "Callbacks of the PBX.",
    next: "Value of `after` for the next page; absent at the end.",
  },
  ListedNumberRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    all: "For all PBXs, instead of `pbx`. The key must allow all PBXs.",
    to: "Number that must not be called back.",
    note: "Reason, at most 200 characters.",
  },
  NumberRemovalRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    all: "The list of all PBXs, instead of `pbx`. The key must allow all PBXs.",
    to: "Number that may be called back again.",
  },
  ListedNumber: {
    pbx: "Id of the PBX of the list.",
    all: "The list of all PBXs.",
    added: "False if the number was on the list already.",
  },
  NumberRemoval: {
    pbx: "Id of the PBX of the list.",
    all: "The list of all PBXs.",
    removed: "False if the number was not on the list.",
  },
  ListedNumbers: { numbers: "Numbers that must not be called back, masked, with who listed them and when." },
  PbxEvent: {
    id: "Id of the call, the conference or the message.",
    type: "Type, for example `call:completed`.",
    time: "Time of sending, epoch milliseconds.",
    pbx: "Serial number of the PBX.",
    company: "Company of the PBX.",
    data: "Data of the event; the form depends on the type.",
  },
  SoundRequest: {
    pbx: "Id of the PBX. Default: the key's only one, or the deployment's.",
    filename: "Letters, digits, dot, underscore and hyphen, at most 80.",
    text: "Text to speak, at most 3,000 characters unless the deployment sets another limit.",
    voice: "A voice of the PBX, for example `Kimberly`.",
    directory: "Folder below the sounds' root. Default: the root.",
    replace: "Overwrite a sound of this name that has another text or voice.",
  },
  Call: {
    id: "Id of the call, for `GET /calls/{id}`.",
    state:
      "`PLACED`: the PBX accepted the call; the phone may still be unanswered. `REFUSED`: no phone rang. `UNKNOWN`: the response of the PBX was lost. `RESERVED` and `SENDING` are transient.",
    pbx: "Id of the PBX that places the call.",
    channel: "Channel that rings first.",
    exten: "Number to dial when the first phone is answered.",
    reason:
      "Reason why no phone rang. After `not_sent`, `stale` and `capped` you can send the same idempotency key again.",
    detail: "Explanation of the reason.",
    because: "Code of the error that caused it (errors.md).",
    evidence:
      "For a call that was `UNKNOWN`: the kind of match with the PBX's history, and the id of the matching leg (`row`).",
    steps: "States of the call so far, each with its time.",
    sends:
      "Times at which the product can have begun to send the request to the PBX. At most two: the second follows a 401.",
    next: "Advice for the person who asked for the call.",
  },
  DryRun: {
    dry_run: "Nothing was sent, and nothing was counted.",
    pbx: "Id of the PBX that would place the call.",
    would_send: "Request that would be sent to the PBX, with unmasked numbers.",
  },
  Sound: {
    pbx: "Id of the PBX.",
    directory: "Folder of the sound; empty for the root.",
    filename: "Name of the sound.",
    voice: "Voice of the sound.",
    made: "False if the same text and voice existed already.",
  },
  CallQueues: {
    pbx: "Id of the PBX.",
    as_of: "Time of the request to the PBX, at most 5 seconds ago.",
    records: "Records of the PBX, unchanged.",
  },
  CallQueue: {
    pbx: "Id of the PBX.",
    as_of: "Time of the request to the PBX, at most 5 seconds ago.",
    record: "Record of the PBX, unchanged.",
  },
  CallHistory: {
    pbx: "Id of the PBX.",
    total:
      "Number of legs from the cursor on. Null if the PBX does not report it, or if `direction` or `extension` is given.",
    records:
      "Legs in the order of their ids, with the fields of the PBX and the typed fields of the export (legs-dataset.schema.json).",
    next: "Value of `cursor` for the next page; null at the end.",
  },
  Problem: {
    type: "URL that explains the code.",
    title: "Title of the code.",
    status: "HTTP status of this response.",
    detail: "Description of this occurrence, without secrets and whole numbers.",
    code: "Code from a closed list; the examples of each status show them.",
    cure: "Action that fixes the error.",
    request_id: "Id of the request in the log.",
    field: "Field, parameter or header that caused the error.",
    sent: "Whether the PBX may have acted: `no`, `maybe` or `yes` (it responded).",
    call: "Call that was refused.",
  },
};

/** Every schema by its name under components. */
export const schemas = (): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries({
      CallRequest: callSchema,
      SoundRequest: soundSchema,
      CallbackRequest: callbackSchema,
      ListedNumberRequest: listedSchema,
      NumberRemovalRequest: removalSchema,
      ...answers,
    }).map(([name, schema]) => [name, described(name, z.toJSONSchema(schema, { io: "input" }))]),
  );

const described = (name: string, schema: object): JsonSchema => {
  const { $schema: _dialect, ...plain } = tidy(schema) as JsonSchema;
  const properties = plain["properties"] as Readonly<Record<string, JsonSchema>>;
  return { ...plain, properties: withWords(name, properties, words[name] ?? {}) };
};

/** Adds the meaning of each property or parameter. Throws if a property has no meaning, or if a meaning has no property. */
export const withWords = <T extends object>(
  where: string,
  things: Readonly<Record<string, T>>,
  meanings: Readonly<Record<string, string>>,
): Record<string, T & { description: string }> => {
  const odd = Object.keys(meanings).filter((name) => !(name in things));
  if (odd.length > 0) throw new Error(`${where} has no property ${odd.join(", ")}; remove its description`);
  return Object.fromEntries(
    Object.entries(things).map(([name, thing]) => {
      const description = meanings[name];
      if (description === undefined) throw new Error(`${where}.${name} has no description; add one`);
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
