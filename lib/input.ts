import * as z from "zod/mini";
import { didYouMean } from "./did-you-mean.ts";
import { ProductError } from "./errors.ts";
import { maskText, quoted, shown } from "./mask.ts";

/**
 * Checks a caller's input. A known field that is null counts as absent. Throws INPUT_INVALID that names the first field at fault
 * and, for an unknown one, a near one. `whole` is the name of the value itself.
 */
export const parseInput = <T>(schema: z.ZodMiniType<T>, value: unknown, whole = "body"): T => {
  const parsed = schema.safeParse(withoutNulls(schema, value), { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error.issues);
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const near = didYouMean(key, keysAt(schema, path));
    throw invalid(
      [...path, key].join("."),
      `is not known.${near === undefined ? " Remove it." : ` Did you mean \`${near}\`?`}`,
    );
  }
  const field = path.join(".") || whole;
  if (issue?.code === "invalid_type" && issue.input === undefined) throw invalid(field, "is missing.");
  throw invalid(
    field,
    issue?.message && issue.message !== "Invalid input"
      ? issue.message
      : `must ${expected(issue)}${got(issue)}.`,
  );
};

/** More than the pointers of a CRM's body. */
const longestField = 500;

/** An unknown field is the caller's own text, so it can be a phone number. */
export const invalid = (field: string, detail: string): ProductError => {
  const name = maskText(field.slice(0, longestField));
  return new ProductError("INPUT_INVALID", { field: name, detail: `\`${name}\` ${detail}` });
};

const expected = (issue: z.core.$ZodIssue | undefined): string => {
  if (issue?.code === "invalid_type")
    return `be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue?.code === "too_small") return `be at least ${size(issue.origin, issue.minimum)}`;
  if (issue?.code === "too_big") return `be at most ${size(issue.origin, issue.maximum)}`;
  if (issue?.code === "invalid_value") return `be one of ${issue.values.map(String).join(", ")}`;
  const choices = issue?.code === "invalid_union" ? literalsOf(issue) : [];
  if (choices.length > 0) return `be ${choices.map((value) => JSON.stringify(value)).join(" or ")}`;
  return "have the documented form";
};

/** The literals of a union of nothing else. */
const literalsOf = ({ errors }: z.core.$ZodIssueInvalidUnion): unknown[] => {
  const literals = errors.flatMap(([first]) => (first?.code === "invalid_value" ? [first.values] : []));
  return literals.length === errors.length ? literals.flat() : [];
};

/** The value, if it is a choice or a number. Other text can be long, or a secret. */
const got = (issue: z.core.$ZodIssue | undefined): string => {
  const { code, input } = issue ?? {};
  if (typeof input === "number") return `; got ${shown(String(input))}`;
  const isChoice =
    code === "invalid_value" || (issue?.code === "invalid_union" && literalsOf(issue).length > 0);
  return isChoice && typeof input === "string" ? `; got ${quoted(input)}` : "";
};

/** A bound of a number, or of the length of a string or list. */
const size = (origin: string, bound: number | bigint): string => {
  const things = origin === "string" ? "character" : origin === "array" ? "item" : undefined;
  return things === undefined ? String(bound) : `${bound} ${things}${Number(bound) === 1 ? "" : "s"} long`;
};

const withoutNulls = (schema: unknown, value: unknown): unknown => {
  const shape = shapeOf(schema);
  if (shape === undefined || typeof value !== "object" || value === null || Array.isArray(value))
    return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (!Object.hasOwn(shape, key)) return [[key, each]];
      return each === null ? [] : [[key, withoutNulls(shape[key], each)]];
    }),
  );
};

/** The issue to report: a misspelt name is also missing under its right one. */
export const firstIssue = (issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined =>
  issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];

/** The keys that the schema knows at a path. */
export const keysAt = (schema: z.core.$ZodType, path: readonly string[]): string[] => {
  let at: unknown = schema;
  for (const step of path) at = at instanceof z.ZodMiniRecord ? at.def.valueType : shapeOf(at)?.[step];
  return Object.keys(shapeOf(at) ?? {});
};

const shapeOf = (schema: unknown): Record<string, unknown> | undefined => {
  const inner = schema instanceof z.ZodMiniOptional ? schema.def.innerType : schema;
  return inner instanceof z.ZodMiniObject ? inner.def.shape : undefined;
};
