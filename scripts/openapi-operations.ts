/** The operations of the HTTP API: what each takes, answers and refuses. */
import { readFile } from "node:fs/promises";
import type { Scope } from "../lib/callers/caller.ts";
import { type ProductCode, productErrors } from "../lib/errors.ts";
import { querySchema } from "../lib/history/ask.ts";
import { wmsErrors } from "../lib/wms/errors.ts";
import { type JsonSchema, withWords } from "./openapi-schemas.ts";

export interface Operation {
  readonly method: "get" | "post";
  readonly path: string;
  readonly id: string;
  readonly tag: keyof typeof tags;
  readonly scope: Scope;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly JsonSchema[];
  readonly body?: { readonly schema: string; readonly example: unknown };
  /** Schema and meaning by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly string[];
}

interface Answer {
  /** Several: one of them. */
  readonly schema: string | readonly string[];
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
}

export const tags = {
  Calls: "Placing calls.",
  Sounds: "Spoken announcements.",
  "Call queues": "The queues of a PBX.",
  "Call history": "Who called whom.",
} as const;

/** Before any PBX is asked. */
const always: readonly ProductCode[] = [
  "UNAUTHORIZED",
  "SCOPE_MISSING",
  "PBX_FORBIDDEN",
  "KEYS_UNAVAILABLE",
  "KEYS_INVALID",
  "PBX_UNKNOWN",
  "PBX_SECRET_INVALID",
  "REGISTRY_UNAVAILABLE",
  "CONFIG_MISSING",
  "INPUT_INVALID",
  "NOT_FOUND",
  "INTERNAL",
];
const withBody: readonly ProductCode[] = ["BODY_INVALID", "BODY_TOO_LARGE"];
const problems = (...more: ProductCode[]): string[] => [...always, ...more, ...Object.keys(wmsErrors)];

/** Status, title and the rest of a code, of whichever list it is in. */
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
    "What makes this request the same one when it comes again: the phone rings once. Needed where the request is signed.",
};

const location = {
  Location: { description: "Where to ask what became of it.", schema: { type: "string" } },
};
const replayed = {
  "Idempotent-Replayed": {
    description: "Nothing was done now: this is the answer to an earlier request with the same key.",
    schema: { const: "true" },
  },
};

const historyParameters = async (): Promise<JsonSchema[]> => {
  const own = { limit: { schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 } } };
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
      fields: "Columns with commas between, such as `id,start,end`. Default: all.",
      search: "Only records with these words in numbers or names.",
      limit: "Records at most.",
      cursor: "What the page before gave as `next`.",
      disposition: "Only these, such as `ANSWERED`.",
      from_number: "Only calls from this number.",
      to_number: "Only calls to this number.",
      type: "Only calls of this type.",
    },
    { ...examples, limit: Number(limit) },
  );
};

export const operations = async (): Promise<readonly Operation[]> => [
  {
    method: "post",
    path: "/calls",
    id: "placeCall",
    tag: "Calls",
    scope: "calls:create",
    summary: "Ring an extension, then dial a number",
    description:
      "Takes the short form (`extension` or `agent`, and `to`) or the WMS names (`channel`, `context`, `exten`). A key with a mapping takes its CRM's own JSON instead (crm-buttons.md). The phone rings at most once for an idempotency key; without one, for the same caller, PBX, extension and number within 10 seconds (calls.md).",
    parameters: [idempotencyKey],
    body: { schema: "CallRequest", example: await bodyOf("originate") },
    answers: {
      200: {
        schema: ["Call", "DryRun"],
        description: "The call was placed by an earlier request, or this was a dry run.",
        headers: { ...location, ...replayed },
      },
      201: { schema: "Call", description: "The PBX accepted the call.", headers: location },
      202: {
        schema: "Call",
        description: "Nobody knows whether a phone rings: the answer was lost. `next` says what to do.",
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
    summary: "What became of a call",
    description:
      "For calls that the same key placed, for 48 hours. An unknown call is looked up in the PBX's history, at most once in 15 seconds, for 6 hours; a row appears there when the call has ended.",
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
    path: "/sounds",
    id: "makeSound",
    tag: "Sounds",
    scope: "sounds:write",
    summary: "Speak a text into a sound of the PBX",
    description: "Asked again with the same text and voice, nothing is spoken again.",
    body: { schema: "SoundRequest", example: await bodyOf("create-sound") },
    answers: {
      200: { schema: "Sound", description: "The same sound stood there already." },
      201: { schema: "Sound", description: "It was made." },
    },
    problems: problems(...withBody, "SOUND_EXISTS", "STORE_CONFLICT", "STORE_UNAVAILABLE"),
  },
  {
    method: "get",
    path: "/call-queues",
    id: "listCallQueues",
    tag: "Call queues",
    scope: "queues:read",
    summary: "The call queues of a PBX",
    description: "Answers may be up to 5 seconds old, so that a wallboard does not wear the PBX out.",
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
    summary: "One call queue",
    description: "Answers may be up to 5 seconds old.",
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
    summary: "Call records of some days, a page at a time",
    description:
      "In id order. For whole days with a proof that nothing is missing there is the nightly export.",
    parameters: await historyParameters(),
    answers: { 200: { schema: "CallHistory", description: "A page of records." } },
    problems: problems(),
  },
];
