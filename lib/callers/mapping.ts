import * as z from "zod/mini";
import { didYouMean } from "../did-you-mean.ts";
import { invalid, parseInput } from "../input.ts";
import { readPastedNumber } from "../phone-number.ts";

const pointer = z.string().check(z.maxLength(200));
const text = z.string().check(z.minLength(1), z.maxLength(200));

/**
 * How POST /calls is read out of a CRM's own JSON: where each value stands (JSON pointers, RFC 6901), and what is always the
 * same. `idempotency_key` may be several pointers; their values are joined.
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

/** A mapping as a person wrote it, checked. Throws INPUT_INVALID that names the pointer or value at fault. */
export const readMapping = (value: unknown): Mapping => {
  const mapping = parseInput(mappingSchema, value);
  const { pointers, values = {} } = mapping;
  for (const [name, given] of Object.entries(pointers))
    for (const at of listOf(given)) tokensOf(at, `pointers.${name}`);
  const both = Object.keys(values).find((name) => name in pointers);
  if (both !== undefined)
    throw invalid(`values.${both}`, "stands in pointers too. Keep the one or the other.");
  const who = ["extension", "agent"].filter((name) => name in pointers || name in values);
  if (who.length === 0)
    throw invalid(
      "pointers.extension",
      "is missing. Say which phone rings: extension or agent, in pointers or values.",
    );
  if (who.length > 1)
    throw invalid("pointers.agent", "stands beside an extension. Keep the one or the other.");
  return mapping;
};

export interface MappedCall {
  /** The short form of POST /calls. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
}

/** The call that a CRM's JSON asks for. Throws INPUT_INVALID that names the pointer which finds nothing usable. */
export const mapCall = (mapping: Mapping, body: unknown): MappedCall => {
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
        : listOf(idempotency_key)
            .map((at) => textAt(body, at, "idempotency_key"))
            .join("/"),
  };
};

const listOf = (given: string | readonly string[] | undefined): readonly string[] =>
  typeof given === "string" ? [given] : (given ?? []);

const textAt = (body: unknown, at: string, name: string): string => {
  const value = valueAt(body, at, name);
  const found = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (found === null || (typeof found === "string" && found.trim() === ""))
    throw invalid(at, `is empty in this body, and the key's mapping reads ${name} from it.`);
  if (typeof found === "string" && found.length <= 200) return found.trim();
  throw invalid(
    at,
    `is no short text and no number in this body, and the key's mapping reads ${name} from it.`,
  );
};

const valueAt = (body: unknown, at: string, name: string): unknown => {
  let value = body;
  let walked = "";
  for (const token of tokensOf(at, at)) {
    const known = keysOf(value);
    if (!known.includes(token)) {
      const near = didYouMean(token, known);
      const hint = near === undefined ? "" : ` Did you mean ${walked}/${escaped(near)}?`;
      throw invalid(
        at,
        `finds nothing in this body: ${walked === "" ? "it" : walked} has no ${token}, and the key's mapping reads ${name} from there.${hint}`,
      );
    }
    value = (value as Readonly<Record<string, unknown>>)[token];
    walked += `/${escaped(token)}`;
  }
  return value;
};

/** Own keys of an object, indexes of an array; nothing that a prototype has. */
const keysOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null ? Object.keys(value) : [];

const tokensOf = (at: string, field: string): string[] => {
  if (!/^(?:\/(?:[^~/]|~[01])*)+$/.test(at))
    throw invalid(
      field,
      `is no JSON pointer (RFC 6901). Write it from the top with slashes, such as /properties/phone/value; ~1 stands for a slash in a name, ~0 for a tilde.`,
    );
  return at
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const escaped = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
