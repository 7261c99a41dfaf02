import { WmsError } from "../errors.ts";
import { asciiLower, isArray, type PhpArray, type PhpNode, phpTrim, settledOrder, wireText } from "./php.ts";

/**
 * The text that is hashed: method, path, headers, query and body without separators, each level as `key:value;` with
 * lower-cased keys in PHP's order, nested levels likewise. Nothing is escaped: that is the scheme's, not ours.
 */
export const canonicalText = (
  method: string,
  path: string,
  headers: PhpArray,
  params: PhpArray,
  body: PhpArray,
): string => method + path + group(headers, "headers") + group(params, "params") + group(body, "body");

const group = (array: PhpArray, where: string): string => {
  const lowered = new Map<string, PhpNode>();
  for (const [key, node] of array.entries) lowered.set(asciiLower(key), node);
  const order = settledOrder([...lowered.keys()]);
  if (order === undefined) {
    throw new WmsError("WMS_PARAM_INVALID", {
      field: where,
      detail: `\`${where}\` must not mix numbers and names as keys, because PHP versions sort them differently. Use only names, or only numbers.`,
    });
  }
  return order.map((key) => `${key}:${value(lowered.get(key) ?? null, `${where}.${key}`)};`).join("");
};

const value = (node: PhpNode, where: string): string =>
  isArray(node) ? group(node, where) : phpTrim(wireText(node));
