/** The operations of the HTTP API: what each takes, answers and refuses. */
import { readFile } from "node:fs/promises";
import type { Scope } from "../lib/callers/caller.ts";
import { type ProductCode, productErrors } from "../lib/errors.ts";
import { querySchema } from "../lib/history/ask.ts";
import { wmsErrors } from "../lib/wms/errors.ts";
import { type JsonSchema, withWords } from "./openapi-schemas.ts";

export interface Operation {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly id: string;
  readonly tag: keyof typeof tags;
  /** `webhook`: a PBX sends it, and signs it. */
  readonly scope: Scope | "webhook";
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly JsonSchema[];
  readonly body?: { readonly schema: string; readonly example: unknown };
  /** Schema and meaning by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly string[];
}

interface Answer {
  /** Several: one of them. Absent: no body. */
  readonly schema?: string | readonly string[];
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
}

export const tags = {
  Calls: "Placing calls.",
  Callbacks: "Callbacks of missed calls, and the do-not-call list.",
  Webhooks: "Events of PBXs.",
  Sounds: "Spoken announcements.",
  "Call queues": "The queues of a PBX.",
  "Call history": "Call history of a PBX.",
} as const;

/** Errors that are found before any request to a PBX. */
const always: readonly ProductCode[] = [
  "UNAUTHORIZED",
  "SCOPE_MISSING",
  "PBX_FORBIDDEN",
  "KEYS_UNAVAILABLE",
  "CALLER_GONE",
  "KEYS_INVALID",
  "PBX_UNKNOWN",
  "PBX_SECRET_INVALID",
  "REGISTRY_UNAVAILABLE",
  "CONFIG_MISSING",
  "CONFIG_INVALID",
  "INPUT_INVALID",
  "NOT_FOUND",
  "INTERNAL",
];
const withBody: readonly ProductCode[] = ["BODY_INVALID", "BODY_TOO_LARGE"];
const problems = (...more: ProductCode[]): string[] => [...always, ...more, ...Object.keys(wmsErrors)];

/** The documentation of each code, from both lists. */
export const errorDocs = { ...productErrors, ...wmsErrors };

const sample = async (name: string): Promise<{ body?: string; queryStringParameters?: JsonSchema }> =>
  JSON.parse(await readFile(new URL(`../events/${name}.json`, import.meta.url), "utf8"));
const bodyOf = async (name: string): Promise<unknown> => JSON.parse((await sample(name)).body ?? "");

const query = (
  names: Readonly<Record<string, { readonly schema: JsonSchema; readonly required?: boolean }>>,
  meanings: Readonly<Record<string, string>>,
  examples: JsonSchema = {},
): JsonSchema[] =>
  Object.entries(withWords("the query", names, meanings)).map(([name, { required = false, ...rest }]) => ({
    name,
    in: "query",
    required,
    ...rest,
    ...(name in examples ? { example: examples[name] } : {}),
  }));

const text = { schema: { type: "string" } };
const pbx = "Id of the PBX. Default: the key's only one, or the deployment's.";
const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 255 },
  description:
    "Identifies the request. If it is sent again with the same key, the phone rings only once. Required for a signed request.",
};

const location = {
  Location: { description: "Path that returns the state of the call.", schema: { type: "string" } },
};
const callbackLocation = {
  Location: { description: "Path that returns the state of the callback.", schema: { type: "string" } },
};
const replayed = {
  "Idempotent-Replayed": {
    description: "The response to an earlier request with the same key; this request did nothing.",
    schema: { const: "true" },
  },
};

const historyParameters = async (): Promise<JsonSchema[]> => {
  const own = {
    limit: { schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 } },
    direction: { schema: { type: "string", enum: querySchema.def.shape.direction.def.innerType.options } },
  };
  const { queryStringParameters: { limit, ...examples } = {} } = await sample("call-history");
  const names = Object.keys(querySchema.def.shape).map((name) => [
    name,
    { ...text, ...(name === "from" || name === "to" ? { required: true } : {}) },
  ]);
  return query(
    { ...Object.fromEntries(names), ...own },
    {
      pbx,
      from: "First day (`YYYY-MM-DD`) or time (`YYYY-MM-DD HH:MM:SS`), on the PBX's clock.",
      to: "Last day, included, or time.",
      fields:
        "Columns of the PBX and of the export, separated by commas, for example `id,start,talk_seconds`. Default: all.",
      search: "Only legs whose numbers or names contain this text.",
      limit: "Maximum number of legs.",
      cursor: "Value of `next` of the previous page.",
      disposition: "Only legs with this disposition, for example `ANSWERED`.",
      from_number: "Only legs from this number.",
      to_number: "Only legs to this number.",
      type: "Only legs of this type: `call` or `fax`.",
      direction: "Only legs of this direction, by the PBX's `extension_pattern` and `own_numbers`.",
      extension: "Only legs from or to this extension.",
    },
    { ...examples, limit: Number(limit) },
  );
};

const callbackId = {
  name: "id",
  in: "path",
  required: true,
  schema: { type: "string" },
  example: "b5pCh1Gl7Uj3pQ0m8cJ5y6kPzG2dYH8vWn4rTtXo1eM",
  description: "The callback's id.",
};
const listedNumber = { to: "+16144841500", note: "asked by phone on Monday" };

export const operations = async (): Promise<readonly Operation[]> => [
  {
    method: "post",
    path: "/calls",
    id: "placeCall",
    tag: "Calls",
    scope: "calls:create",
    summary: "Ring an extension, then dial a number",
    description:
      "Takes the short form (`extension` or `agent`, and `to`) or the WMS names (`channel`, `context`, `exten`). A key with a mapping takes its CRM's own JSON instead (crm-buttons.md). The phone rings at most once for an idempotency key. Without an idempotency key, it rings at most once in 10 seconds for the same API key, PBX, extension and number (calls.md).",
    parameters: [idempotencyKey],
    body: { schema: "CallRequest", example: await bodyOf("originate") },
    answers: {
      200: {
        schema: ["Call", "DryRun"],
        description: "An earlier request placed the call, or this was a dry run.",
        headers: { ...location, ...replayed },
      },
      201: { schema: "Call", description: "The PBX accepted the call.", headers: location },
      202: {
        schema: "Call",
        description: "The PBX's response was lost, so a phone may be ringing. `next` says what to do.",
        headers: { ...location, ...replayed },
      },
    },
    problems: problems(
      ...withBody,
      "EXTENSION_FORBIDDEN",
      "CALL_FORBIDDEN",
      "CALLS_STOPPED",
      "CALL_IN_PROGRESS",
      "CALL_KEY_REUSED",
      "CALL_CAPPED",
      "CALLS_PAUSED",
      "CALL_NOT_SENT",
      "CALL_STALE",
      "PBX_REFUSED",
      "PBX_BUSY",
      "STATE_UNAVAILABLE",
    ),
  },
  {
    method: "get",
    path: "/calls/{id}",
    id: "getCall",
    tag: "Calls",
    scope: "calls:read",
    summary: "Return the state of a call",
    description:
      "Returns calls of the same key, for 48 hours after their last change. An `UNKNOWN` call is looked up in the PBX's history, at most once in 15 seconds, for 6 hours. The PBX writes the legs to the history after the call has ended.",
    parameters: [
      {
        name: "id",
        in: "path",
        required: true,
        schema: { type: "string" },
        example: "aamhwmumlyimlinc4nyls5dxay",
        description: "The call's id.",
      },
    ],
    answers: { 200: { schema: "Call", description: "The call." } },
    problems: problems("STATE_UNAVAILABLE"),
  },
  {
    method: "post",
    path: "/callbacks",
    id: "requestCallback",
    tag: "Callbacks",
    scope: "callbacks:write",
    summary: "Ask for a callback",
    description:
      "Opens a callback of this number and queue, or joins the open one. The rules of callbacks.md apply; `not_before` replaces the delay.",
    body: { schema: "CallbackRequest", example: await bodyOf("callbacks") },
    answers: {
      200: {
        schema: "Callback",
        description: "The request joined an open callback.",
        headers: callbackLocation,
      },
      201: { schema: "Callback", description: "A callback was opened.", headers: callbackLocation },
    },
    problems: problems(
      ...withBody,
      "EXTENSION_FORBIDDEN",
      "CALL_FORBIDDEN",
      "DO_NOT_CALL",
      "CALLBACKS_OFF",
      "STATE_UNAVAILABLE",
    ),
  },
  {
    method: "get",
    path: "/callbacks",
    id: "listCallbacks",
    tag: "Callbacks",
    scope: "callbacks:read",
    summary: "List callbacks, a page at a time",
    description: "At most 50 callbacks, in no particular order. Closed callbacks are kept for 30 days.",
    parameters: query(
      { pbx: text, state: { schema: { type: "string", enum: ["open", "closed"] } }, after: text },
      {
        pbx,
        state: "Only open or only closed callbacks. Default: both.",
        after: "Value of `next` of the previous page.",
      },
    ),
    answers: { 200: { schema: "Callbacks", description: "A page of callbacks." } },
    problems: problems("STATE_UNAVAILABLE"),
  },
  {
    method: "get",
    path: "/callbacks/{id}",
    id: "getCallback",
    tag: "Callbacks",
    scope: "callbacks:read",
    summary: "Return the state of a callback",
    description: "`next` is a sentence that describes the next step.",
    parameters: [callbackId, ...query({ pbx: text }, { pbx })],
    answers: { 200: { schema: "Callback", description: "The callback." } },
    problems: problems("STATE_UNAVAILABLE"),
  },
  {
    method: "delete",
    path: "/callbacks/{id}",
    id: "cancelCallback",
    tag: "Callbacks",
    scope: "callbacks:write",
    summary: "Cancel a callback",
    description:
      "The number is not dialled for this callback any more. If the response has `ringing`, a phone may be ringing. The same request again gets the same response.",
    parameters: [callbackId, ...query({ pbx: text }, { pbx })],
    answers: { 200: { schema: "Callback", description: "The cancelled callback." } },
    problems: problems("STATE_UNAVAILABLE"),
  },
  {
    method: "post",
    path: "/do-not-call",
    id: "listNumber",
    tag: "Callbacks",
    scope: "callbacks:write",
    summary: "Put a number on the do-not-call list",
    description:
      "For one PBX, or with `all` for every PBX. Open callbacks of the number are closed, and the number gets no new ones.",
    body: { schema: "ListedNumberRequest", example: listedNumber },
    answers: {
      200: { schema: "ListedNumber", description: "The number was on the list already." },
      201: { schema: "ListedNumber", description: "The number is on the list." },
    },
    problems: problems(...withBody, "STATE_UNAVAILABLE"),
  },
  {
    method: "post",
    path: "/do-not-call/removals",
    id: "removeNumber",
    tag: "Callbacks",
    scope: "callbacks:write",
    summary: "Remove a number from the do-not-call list",
    description: "The number is in the body, because URLs are kept in logs.",
    body: { schema: "NumberRemovalRequest", example: { to: listedNumber.to } },
    answers: { 200: { schema: "NumberRemoval", description: "The number is not on the list." } },
    problems: problems(...withBody, "STATE_UNAVAILABLE"),
  },
  {
    method: "get",
    path: "/do-not-call",
    id: "listNumbers",
    tag: "Callbacks",
    scope: "callbacks:read",
    summary: "Show the do-not-call list",
    description:
      "Masked numbers that are listed for this PBX or for all PBXs. The whole numbers are not stored.",
    parameters: query({ pbx: text }, { pbx }),
    answers: { 200: { schema: "ListedNumbers", description: "The list." } },
    problems: problems("STATE_UNAVAILABLE"),
  },
  {
    method: "post",
    path: "/webhooks/{pbx}",
    id: "receiveWebhook",
    tag: "Webhooks",
    scope: "webhook",
    summary: "Receive an event of a PBX",
    description:
      "The address to enter in WMS. The signature is checked over the bytes of the body, before anything reads it.",
    parameters: [
      {
        name: "pbx",
        in: "path",
        required: true,
        schema: { type: "string" },
        example: "milan",
        description: "Id of the PBX.",
      },
    ],
    body: { schema: "PbxEvent", example: await bodyOf("webhook") },
    answers: { 202: { description: "The event is queued or ignored." } },
    problems: [
      "WEBHOOK_UNAUTHORIZED",
      "BODY_TOO_LARGE",
      "CONTENT_TYPE_UNSUPPORTED",
      "QUEUE_UNAVAILABLE",
      "REGISTRY_UNAVAILABLE",
      "INTERNAL",
    ],
  },
  {
    method: "post",
    path: "/sounds",
    id: "makeSound",
    tag: "Sounds",
    scope: "sounds:write",
    summary: "Make a sound from text",
    description: "If a sound of this name has the same text and voice, nothing is made.",
    body: { schema: "SoundRequest", example: await bodyOf("create-sound") },
    answers: {
      200: { schema: "Sound", description: "The same sound existed already." },
      201: { schema: "Sound", description: "The sound was made." },
    },
    problems: problems(...withBody, "SOUND_EXISTS", "STORE_CONFLICT", "STORE_UNAVAILABLE"),
  },
  {
    method: "get",
    path: "/call-queues",
    id: "listCallQueues",
    tag: "Call queues",
    scope: "queues:read",
    summary: "List the call queues of a PBX",
    description: "Responses can be up to 5 seconds old, so that a wallboard does not overload the PBX.",
    parameters: query({ pbx: text }, { pbx }),
    answers: { 200: { schema: "CallQueues", description: "The queues." } },
    problems: problems(),
  },
  {
    method: "get",
    path: "/call-queues/{id}",
    id: "getCallQueue",
    tag: "Call queues",
    scope: "queues:read",
    summary: "Return one call queue",
    description: "Responses can be up to 5 seconds old.",
    parameters: [
      {
        name: "id",
        in: "path",
        required: true,
        schema: { type: "string" },
        example: "1",
        description: "The queue's id in the PBX.",
      },
      ...query({ pbx: text }, { pbx }),
    ],
    answers: { 200: { schema: "CallQueue", description: "The queue." } },
    problems: problems(),
  },
  {
    method: "get",
    path: "/call-history",
    id: "listCallHistory",
    tag: "Call history",
    scope: "history:read",
    summary: "List call history, a page at a time",
    description:
      "Legs in the order of their ids, with the fields of the PBX and the typed fields of the export. With `direction` or `extension`, a page can have fewer legs than `limit`; continue until `next` is null. To get whole days that are proven complete, use the nightly export.",
    parameters: await historyParameters(),
    answers: { 200: { schema: "CallHistory", description: "A page of legs." } },
    problems: problems(),
  },
];
