import { WmsError } from "../errors.ts";
import { buildPairs, isArray, maxDepth, maxVariables, type PhpArray, type PhpNode } from "./php.ts";

const refuse = (field: string, detail: string): never => {
  throw new WmsError("WMS_PARAM_INVALID", { field, detail: `\`${field}\` ${detail}` });
};

/** How deep JSON may nest before PHP's json_decode fails. */
const maxJsonDepth = 512;

/**
 * A caller's value as the PHP array that the official client would have had: a scalar becomes the element 0, nothing becomes
 * an empty array. Throws WMS_PARAM_INVALID for what cannot be text on the wire.
 */
export const toPhpArray = (value: unknown, where: string): PhpArray => {
  if (value === undefined || value === null) return { entries: new Map(), list: false };
  const node = toNode(value, where, 0, new Set());
  return isArray(node) ? node : { entries: new Map([["0", node]]), list: true };
};

const toNode = (value: unknown, where: string, depth: number, above: ReadonlySet<object>): PhpNode => {
  if (typeof value === "string") return checkText(value, where);
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "number") {
    return Number.isFinite(value)
      ? value
      : refuse(where, `must be a finite number; got ${value}. Send text or remove it.`);
  }
  if (typeof value !== "object")
    return refuse(where, `must be text, a number, a boolean, a list or a map; got a ${typeof value}.`);
  if (depth >= maxJsonDepth)
    return refuse(where, `must not be nested more than ${maxJsonDepth} levels deep.`);
  if (above.has(value)) return refuse(where, "must not contain itself.");
  const proto: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && proto !== Object.prototype && proto !== null) {
    return refuse(
      where,
      "must be a plain object; got an object of a class (a Date, a Map?). Send its text, or a plain object.",
    );
  }
  const inside = new Set([...above, value]);
  const entries = new Map<string, PhpNode>();
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    checkText(key, where);
    entries.set(key, toNode(item, `${where}.${key}`, depth + 1, inside));
  }
  return { entries, list: Array.isArray(value) && entries.size === value.length };
};

const checkText = (text: string, where: string): string =>
  text.isWellFormed()
    ? text
    : refuse(where, "must be UTF-8; got half of a surrogate pair. Send whole characters.");

/**
 * What of an array travels in a query or form: null and empty arrays are left out (PHP's http_build_query drops them, the
 * official client signs them all the same and is refused); names that PHP rewrites on arrival are refused.
 */
export const forQuery = (array: PhpArray, where: string): PhpArray => {
  const kept = prune(array, where, 0) ?? { entries: new Map(), list: false };
  if (buildPairs(kept).length > maxVariables) {
    refuse(
      where,
      `must have at most ${maxVariables} values, because PHP drops the rest. Send several requests, or JSON.`,
    );
  }
  return kept;
};

const prune = (array: PhpArray, where: string, depth: number): PhpArray | undefined => {
  if (depth > maxDepth)
    return refuse(where, `must not be nested more than ${maxDepth} levels deep, because PHP drops the rest.`);
  const entries = new Map<string, PhpNode>();
  for (const [key, node] of array.entries) {
    const field = `${where}.${key}`;
    const kept = isArray(node) ? prune(node, field, depth + 1) : node;
    if (kept === undefined || kept === null) continue;
    checkName(key, field, depth === 0);
    entries.set(key, kept);
  }
  return entries.size > 0 ? { entries, list: array.list } : undefined;
};

const checkName = (key: string, field: string, top: boolean): void => {
  if (key.includes("\0")) refuse(field, "must not have a NUL in its name, because PHP ends the name there.");
  if (top && key === "") refuse(field, "must have a name, because PHP drops a value without one.");
  if (top && /[[. ]/.test(key)) {
    refuse(
      field,
      "must not have a `[`, `.` or space in its name, because PHP turns it into `_`. Nest it (filter: {start: …}), rename it, or send JSON.",
    );
  }
  if (!top && (key.includes("]") || /^[ \t\n\r\v\f]?$/.test(key))) {
    refuse(
      field,
      "must not have an empty or blank name or a `]` in it, because PHP reads it differently. Rename it, or send JSON.",
    );
  }
};

/** What of an array travels as JSON: numbers only where PHP prints them as we do. */
export const toJson = (node: PhpNode, where: string): string => {
  if (typeof node === "bigint") {
    return BigInt.asIntN(64, node) === node
      ? String(node)
      : refuse(where, "must fit in 64 bits. Send it as text.");
  }
  if (typeof node === "number") {
    const text = String(node);
    const plain = Number.isInteger(node)
      ? Number.isSafeInteger(node)
      : /^-?(?:0\.0{0,3}[1-9]|[1-9])\d*\.?\d*$/.test(text);
    if (!plain || (!Number.isInteger(node) && text.replace(/^-?[0.]*|\./g, "").length > 14)) {
      refuse(where, "must be a number that PHP prints with the same digits. Send it as text.");
    }
    return Object.is(node, -0) ? "0" : text;
  }
  if (!isArray(node)) return JSON.stringify(node);
  const parts = [...node.entries].map(([key, item]) => [key, toJson(item, `${where}.${key}`)] as const);
  if (node.list) return `[${parts.map(([, text]) => text).join(",")}]`;
  return `{${parts.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
};
