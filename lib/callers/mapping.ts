import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { didYouMean } from "../did-you-mean.ts";
import { ProductError } from "../errors.ts";
import { invalid, parseInput } from "../input.ts";
import { readPastedNumber } from "../phone-number.ts";

const pointer = z.string().check(z.maxLength(200));
const text = z.string().check(z.minLength(1), z.maxLength(200));

/**
 * How POST /calls is read out of a CRM's own JSON: JSON pointers (RFC 6901) to the values, and values that are always the
 * same. A pointer can select an element of a list by a value in it: `/fields/[key=phone]/value`. `idempotency_key` can be several
 * pointers.
 */
const mappingSchema = z.strictObject({
  pointers: z.strictObject({
    to: pointer,
    extension: z.optional(pointer),
    agent: z.optional(pointer),
    pbx: z.optional(pointer),
    idempotency_key: z.optional(
      z.union([pointer, z.array(pointer).check(z.minLength(1), z.maxLength(5))], {
        error: "is one JSON pointer or a list of up to five.",
      }),
    ),
  }),
  values: z.optional(
    z.strictObject({
      extension: z.optional(text),
      agent: z.optional(text),
      pbx: z.optional(text),
      context: z.optional(text),
      caller_id: z.optional(z.strictObject({ name: z.optional(text), number: z.optional(text) })),
      ring_seconds: z.optional(z.number()),
    }),
  ),
});

export type Mapping = z.infer<typeof mappingSchema>;
export { mappingSchema };

/** Checks a mapping. Throws INPUT_INVALID that names the pointer or value at fault. */
export const readMapping = (value: unknown): Mapping => {
  const mapping = parseInput(mappingSchema, value, "mapping");
  const { pointers, values = {} } = mapping;
  for (const [name, given] of Object.entries(pointers))
    for (const at of listOf(given)) tokensOf(at, `pointers.${name}`);
  const both = Object.keys(values).find((name) => name in pointers);
  if (both !== undefined)
    throw invalid(`values.${both}`, "must not be in pointers too. Remove one of the two.");
  const who = ["extension", "agent"].filter((name) => name in pointers || name in values);
  if (who.length === 0)
    throw invalid(
      "pointers.extension",
      "is missing. Name the phone that rings first: extension or agent, in pointers or values.",
    );
  if (who.length > 1)
    throw invalid("pointers.agent", "must not be set together with an extension. Remove one of the two.");
  return mapping;
};

export interface MappedCall {
  /** The short form of POST /calls. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
}

/** The call that a CRM's JSON asks for: an object, or a list with one element. Throws INPUT_INVALID that names the pointer which finds nothing usable. */
export const mapCall = (mapping: Mapping, body: unknown): MappedCall => {
  if (Array.isArray(body) && body.length !== 1)
    throw new ProductError("BODY_INVALID", {
      detail: `the body must be one event; got a list of ${body.length}. Set the CRM to send one event per request.`,
    });
  const { to, idempotency_key, ...others } = mapping.pointers;
  const read = Object.entries(others).flatMap(([name, given]) =>
    listOf(given).map((at) => [name, textAt(body, at, name)]),
  );
  return {
    body: {
      ...mapping.values,
      ...Object.fromEntries(read),
      to: readPastedNumber(to, textAt(body, to, "to")),
    },
    idempotencyKey:
      idempotency_key === undefined
        ? undefined
        : keyOf(listOf(idempotency_key).map((at) => textAt(body, at, "idempotency_key"))),
  };
};

/** A key of values of any form: hashed as a list, so that ["1/2", "3"] and ["1", "2/3"] have different keys. */
const keyOf = (values: readonly string[]): string =>
  `crm-${createHash("sha256").update(JSON.stringify(values)).digest("base64url")}`;

const listOf = (given: string | readonly string[] | undefined): readonly string[] =>
  typeof given === "string" ? [given] : (given ?? []);

const textAt = (body: unknown, at: string, name: string): string => {
  const value = valueAt(body, at, name);
  // JSON's numbers lose the last digits of long ids, so that two ids become one
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalid(
      at,
      `must be a string in this body: JSON rounds numbers with more than 15 digits, and the mapping reads \`${name}\` from it.`,
    );
  const found = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (found === null || (typeof found === "string" && found.trim() === ""))
    throw invalid(at, `must not be empty in this body, because the mapping reads \`${name}\` from it.`);
  if (typeof found === "string" && found.length <= 200) return found.trim();
  throw invalid(
    at,
    `must be a short string or a number in this body: the mapping reads \`${name}\` from it.`,
  );
};

const valueAt = (body: unknown, at: string, name: string): unknown => {
  let value = body;
  let walked = "";
  for (const token of tokensOf(at, at)) {
    const step = stepInto(value, token);
    if (!step.found) {
      const hint = step.near === undefined ? "" : ` Did you mean ${walked}/${escaped(step.near)}?`;
      throw invalid(
        at,
        `must exist in this body, because the mapping reads \`${name}\` from it; ${walked === "" ? "the body" : walked} has no ${token}.${hint}`,
      );
    }
    value = step.value;
    walked += `/${escaped(token)}`;
  }
  return value;
};

type Step =
  | { readonly found: true; readonly value: unknown }
  | { readonly found: false; readonly near: string | undefined };

/** `[key=phone]` in a list is the first element whose `key` is `phone`. */
const stepInto = (value: unknown, token: string): Step => {
  const [, name, wanted] = /^\[([^=]+)=(.*)\]$/s.exec(token) ?? [];
  if (Array.isArray(value) && name !== undefined) {
    const element: unknown = value.find(
      (each) => keysOf(each).includes(name) && textOf(each[name]) === wanted,
    );
    return element === undefined ? { found: false, near: undefined } : { found: true, value: element };
  }
  const known = keysOf(value);
  if (!known.includes(token)) return { found: false, near: didYouMean(token, known) };
  return { found: true, value: (value as Readonly<Record<string, unknown>>)[token] };
};

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

/** Own keys of an object or indexes of a list, without those of a prototype. */
const keysOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null ? Object.keys(value) : [];

const tokensOf = (at: string, field: string): string[] => {
  if (!/^(?:\/(?:[^~/]|~[01])*)+$/.test(at))
    throw invalid(
      field,
      `must be a JSON pointer (RFC 6901). Write it from the top with slashes, for example /properties/phone/value; in a name, write ~1 for a slash and ~0 for a tilde.`,
    );
  return at
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const escaped = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
