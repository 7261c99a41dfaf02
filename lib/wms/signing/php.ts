/**
 * PHP's rules, where the signature depends on them: the PBX is PHP, reads the wire as PHP does and hashes what it read.
 * Source: the official client (github.com/Wildix/s2s-client-php) and the recorded requests in test/fixtures/s2s-vectors.json.
 */

export type Scalar = string | number | bigint | boolean | null;
/** A PHP array: keys in order of insertion, integer keys as their decimal text. `list` travels as a JSON array. */
export interface PhpArray {
  readonly entries: Map<string, PhpNode>;
  readonly list: boolean;
}
export type PhpNode = Scalar | PhpArray;

export const isArray = (node: PhpNode): node is PhpArray => typeof node === "object" && node !== null;
export const emptyArray = (): PhpArray => ({ entries: new Map(), list: false });

/** PHP's trim: six characters at both ends, where JavaScript's also takes form feed, NBSP and others and leaves NUL. */
export const phpTrim = (text: string): string => text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, "");

/** PHP lower-cases only the ASCII letters of keys. */
export const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());

/** Whether PHP makes this key an integer: canonical decimal within 64 bits. */
export const isIntegerKey = (key: string): boolean => {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(key)) return false;
  return BigInt.asIntN(64, BigInt(key)) === BigInt(key);
};

/** Whether PHP compares this text as a number. */
const isNumeric = (key: string): boolean =>
  /^[ \t\n\r\v\f]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\r\v\f]*$/.test(key);

/** Order of the UTF-8 bytes; JavaScript's own order is that of UTF-16 units and differs beyond the BMP. */
const byBytes = (a: string, b: string): number => {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
};

/**
 * The keys of one level in the order in which every PHP 8 sorts them; undefined if PHP versions, or PHP's sort itself,
 * leave it unsettled. Settled are: names that are not numbers (by bytes), numbers (by value, equal ones in their order),
 * and names that start with a letter beside a leading 0.
 */
export const settledOrder = (keys: readonly string[]): string[] | undefined => {
  if (keys.length < 2) return [...keys];
  const numeric = keys.filter(isNumeric);
  if (numeric.length === 0) return [...keys].sort(byBytes);
  if (numeric.length === keys.length) {
    // beyond 2^53 PHP mixes integers, floats and text comparison
    if (keys.some((key) => Math.abs(Number(key)) > Number.MAX_SAFE_INTEGER)) return undefined;
    return [...keys].sort((a, b) => Number(a) - Number(b));
  }
  const names = keys.slice(1);
  if (keys[0] !== "0" || keys.length > 16 || names.some((name) => !/^[a-zA-Z]/.test(name))) return undefined;
  return ["0", ...names.sort(byBytes)];
};

/** array_merge: names overwrite in place, integer keys are numbered again from 0. Not deep. */
export const arrayMerge = (...arrays: readonly PhpArray[]): PhpArray => {
  const merged = new Map<string, PhpNode>();
  let next = 0;
  for (const array of arrays) {
    for (const [key, node] of array.entries) merged.set(isIntegerKey(key) ? String(next++) : key, node);
  }
  return { entries: merged, list: false };
};

/** urlencode of RFC 1738: blank is `+`, and only letters, digits and `-_.` stay. */
const urlEncode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

/** urldecode. Undefined if the bytes are not UTF-8. */
const urlDecode = (text: string): string | undefined => {
  const bytes = Buffer.from(
    text
      .replaceAll("+", " ")
      .replace(/%(?![0-9a-fA-F]{2})/g, "%25")
      .replace(/[^%]+/g, (run) => encodeURIComponent(run)),
    "latin1",
  ).toString("latin1");
  try {
    return decodeURIComponent(bytes);
  } catch {
    return undefined;
  }
};

/** http_build_query, as [name, text] pairs in order. */
export const buildPairs = (array: PhpArray, prefix?: string): [string, string][] =>
  [...array.entries].flatMap(([key, node]): [string, string][] => {
    const name = prefix === undefined ? key : `${prefix}[${key}]`;
    if (node === null) return [];
    return isArray(node) ? buildPairs(node, name) : [[name, wireText(node)]];
  });

export const buildQuery = (array: PhpArray): string =>
  buildPairs(array)
    .map(([name, text]) => `${urlEncode(name)}=${urlEncode(text)}`)
    .join("&");

/** The text of a value in query and form: booleans as 1 and 0. */
export const wireText = (value: Scalar): string => {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "1" : "0";
  return String(value);
};

export const maxVariables = 1000;
export const maxDepth = 64;

/**
 * parse_str: the query of a path becomes parameters just as the PBX will read them, oddities included: `.` and blank in a
 * name become `_`, `a[]` appends, an unclosed bracket is `_`, over-deep and surplus variables are dropped.
 * Undefined if the query's bytes are not UTF-8.
 */
export const parseQuery = (query: string): PhpArray | undefined => {
  const root = emptyArray();
  const variables = query.split("&").filter((piece) => piece !== "");
  for (const piece of variables.slice(0, maxVariables)) {
    const at = piece.indexOf("=");
    const name = urlDecode(at < 0 ? piece : piece.slice(0, at));
    const value = urlDecode(at < 0 ? "" : piece.slice(at + 1));
    if (name === undefined || value === undefined) return undefined;
    const path = parseName(name);
    if (path) assign(root, path, value);
  }
  return root;
};

/** The keys that a variable's name leads through; `null` appends. Undefined if PHP drops the variable. */
const parseName = (raw: string): (string | null)[] | undefined => {
  const name = (raw.split("\0", 1)[0] ?? "").replace(/^ +/, "");
  const open = name.indexOf("[");
  const head = (open < 0 ? name : name.slice(0, open)).replace(/[ .]/g, "_");
  if (head === "") return undefined;
  if (open < 0) return [head];
  const keys: (string | null)[] = [];
  let rest = name.slice(open);
  while (rest.startsWith("[")) {
    if (/^\[[ \t\n\r\v\f]?\]/.test(rest)) {
      keys.push(null);
      rest = rest.slice(rest.indexOf("]") + 1);
      continue;
    }
    const close = rest.indexOf("]");
    if (close < 0)
      return keys.length > 0 ? [head, ...keys] : [`${head}_${rest.slice(1).replace(/[ .[]/g, "_")}`];
    keys.push(rest.slice(1, close));
    rest = rest.slice(close + 1);
  }
  return keys.length > maxDepth ? undefined : [head, ...keys];
};

const nextIndex = (array: PhpArray): string => {
  const integers = [...array.entries.keys()].filter(isIntegerKey).map(Number);
  return String(integers.length > 0 ? Math.max(...integers) + 1 : 0);
};

const assign = (root: PhpArray, path: readonly (string | null)[], value: string): void => {
  let level = root;
  for (const [depth, step] of path.entries()) {
    const key = step ?? nextIndex(level);
    if (depth === path.length - 1) {
      level.entries.set(key, value);
      return;
    }
    const below = level.entries.get(key);
    const next = below !== undefined && isArray(below) ? below : emptyArray();
    level.entries.set(key, next);
    level = next;
  }
};
