/**
 * How a PHP server reads a request, and the text that it hashes. Written from PHP's own rules, apart from the client's code,
 * so that the two cannot share a mistake.
 */

export type PhpValue = string | PhpMap;
/** Ordered pairs; integer keys are their decimal text. */
export class PhpMap {
  readonly pairs: [string, PhpValue][] = [];
  get(key: string): PhpValue | undefined {
    return this.pairs.find(([known]) => known === key)?.[1];
  }
  set(key: string, value: PhpValue): void {
    const pair = this.pairs.find(([known]) => known === key);
    if (pair) pair[1] = value;
    else this.pairs.push([key, value]);
  }
  append(value: PhpValue): void {
    const highest = this.pairs.reduce((max, [key]) => (isInt(key) ? Math.max(max, Number(key)) : max), -1);
    this.pairs.push([String(highest + 1), value]);
  }
  /** The text at a path, `undefined` if there is none. */
  text(...path: string[]): string | undefined {
    const value = path.reduce<PhpValue | undefined>(
      (node, key) => (node instanceof PhpMap ? node.get(key) : undefined),
      this,
    );
    return typeof value === "string" ? value : undefined;
  }
  map(key: string): PhpMap | undefined {
    const value = this.get(key);
    return value instanceof PhpMap ? value : undefined;
  }
}

const isInt = (key: string): boolean => /^(0|-?[1-9][0-9]{0,17})$/.test(key);

const decode = (bytes: string): string => {
  const raw = bytes
    .replace(/\+/g, " ")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(raw, "latin1").toString("utf8");
};

/** `a[b][]=1&c=2`, given as latin1 bytes. */
const parseForm = (bytes: string): PhpMap => {
  const map = new PhpMap();
  for (const part of bytes.split("&").filter(Boolean).slice(0, 1000)) {
    const [name = "", ...rest] = part.split("=");
    register(map, decode(name), decode(rest.join("=")));
  }
  return map;
};

const register = (map: PhpMap, rawName: string, value: string): void => {
  const name = (rawName.split("\0")[0] ?? "").replace(/^ */, "");
  const base = /^[^[]*/.exec(name)?.[0] ?? "";
  if (base === "") return;
  const keys: (string | undefined)[] = [base.replace(/[ .]/g, "_")];
  let at = base.length;
  while (name[at] === "[") {
    const end = /^[ \t\n\r\v\f]?\]/.test(name.slice(at + 1))
      ? name.indexOf("]", at)
      : name.indexOf("]", at + 1);
    if (end < 0) {
      if (at === base.length) keys[0] = `${keys[0]}_${name.slice(at + 1).replace(/[ .[]/g, "_")}`;
      break;
    }
    const key = name.slice(at + 1, end);
    keys.push(/^[ \t\n\r\v\f]?$/.test(key) ? undefined : key);
    at = end + 1;
  }
  if (keys.length > 65) return;
  let node = map;
  for (const [depth, key] of keys.entries()) {
    const last = depth === keys.length - 1;
    const known = key === undefined ? undefined : node.get(key);
    const next: PhpValue = last ? value : known instanceof PhpMap ? known : new PhpMap();
    if (key === undefined) node.append(next);
    else if (next !== known) node.set(key, next);
    if (next instanceof PhpMap) node = next;
  }
};

/** json_decode into arrays, keys in their order in the text; scalars as PHP casts them to text. */
const parseJson = (text: string): PhpMap => {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError("no JSON");
  };
  const space = (): void => {
    while (/[ \t\n\r]/.test(text[at] ?? "")) at++;
  };
  const expect = (char: string): void => {
    if (text[at] !== char) fail();
    at++;
  };
  const string = (): string => {
    const match = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    match.lastIndex = at;
    const found = match.exec(text)?.[0] ?? fail();
    at += found.length;
    return String(JSON.parse(found));
  };
  const value = (): PhpValue => {
    space();
    const char = text[at];
    if (char === '"') return string();
    if (char === "{" || char === "[") return collection(char);
    const token = /(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
    token.lastIndex = at;
    const found = token.exec(text)?.[0] ?? fail();
    at += found.length;
    if (found === "true") return "1";
    if (found === "false") return "0";
    if (found === "null") return "";
    return numberText(found);
  };
  const collection = (open: "{" | "["): PhpMap => {
    const map = new PhpMap();
    const close = open === "{" ? "}" : "]";
    at++;
    space();
    while (text[at] !== close) {
      if (map.pairs.length > 0) expect(",");
      space();
      if (open === "[") map.append(value());
      else {
        const key = string();
        space();
        expect(":");
        map.set(key, value());
      }
      space();
    }
    at++;
    return map;
  };
  const root = value();
  space();
  if (at !== text.length) fail();
  if (root instanceof PhpMap) return root;
  const map = new PhpMap();
  map.append(root);
  return map;
};

const numberText = (source: string): string => {
  if (/^-?\d+$/.test(source) && BigInt.asIntN(64, BigInt(source)) === BigInt(source))
    return String(BigInt(source));
  return phpFloat(Number(source));
};

/** PHP 8's text of a float: 14 significant digits, exponent form from 1.0E+15 and below 0.0001. */
const phpFloat = (number: number): string => {
  if (Object.is(number, -0)) return "-0";
  const [digits = "0", exponent = "0"] = number.toExponential(13).split("e");
  const power = Number(exponent);
  const trimmed = digits.replace(/\.?0+$/, "");
  if (power < -4 || power >= 14)
    return `${trimmed.includes(".") ? trimmed : `${trimmed}.0`}E${power < 0 ? "-" : "+"}${Math.abs(power)}`;
  return String(Number(number.toPrecision(14)));
};

const phpTrim = (text: string): string =>
  text.replace(/^[ \t\n\r\0\x0b]+/, "").replace(/[ \t\n\r\0\x0b]+$/, "");
const numeric = (key: string): boolean => /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(key);

/** PHP 8.2's comparison of two array keys. */
const compareKeys = (a: string, b: string): number => {
  if (numeric(a) && numeric(b)) return Math.sign(Number(a) - Number(b));
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
};

const canonicalLevel = (map: PhpMap): string => {
  const lower = new Map<string, PhpValue>();
  for (const [key, value] of map.pairs) {
    lower.set(
      key.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32)),
      value,
    );
  }
  return [...lower]
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([key, value]) => `${key}:${value instanceof PhpMap ? canonicalLevel(value) : phpTrim(value)};`)
    .join("");
};

/** A request in the bytes that arrived. Text is latin1: one character a byte. */
export interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface ReadRequest {
  readonly path: string;
  readonly query: PhpMap;
  readonly body: PhpMap;
}

export const header = (received: Received, name: string): string | undefined => {
  const value = received.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
  return value === undefined ? undefined : Buffer.from(value, "latin1").toString("utf8");
};

/** Query and body as PHP hands them to the application. */
export const readRequest = (received: Received): ReadRequest => {
  const at = received.target.indexOf("?");
  const path = at < 0 ? received.target : received.target.slice(0, at);
  const query = parseForm(at < 0 ? "" : received.target.slice(at + 1));
  const type = header(received, "content-type") ?? "";
  if (received.body.length === 0) return { path, query, body: new PhpMap() };
  if (/application\/json/i.test(type))
    return { path, query, body: parseJson(received.body.toString("utf8")) };
  if (/application\/x-www-form-urlencoded/i.test(type))
    return { path, query, body: parseForm(received.body.toString("latin1")) };
  return { path, query, body: new PhpMap() };
};

/** The texts from which the signature may have been made: the path as it came and, where that differs, decoded. */
export const canonicalTexts = (
  received: Received,
  request: ReadRequest,
  signedHeaders: readonly string[],
): string[] => {
  const headers = new PhpMap();
  for (const name of signedHeaders) {
    const value = /^\d+$/.test(name) ? findNumeric(received) : header(received, name);
    headers.set(name, value ?? "");
  }
  const rest = canonicalLevel(headers) + canonicalLevel(request.query) + canonicalLevel(request.body);
  const paths = new Set([request.path, Buffer.from(percentDecoded(request.path), "latin1").toString("utf8")]);
  return [...paths].map((path) => received.method + path + rest);
};

const percentDecoded = (path: string): string =>
  path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** PHP numbers a numeric header name again from 0. */
const findNumeric = (received: Received): string | undefined =>
  received.headers.find(([name]) => /^\d+$/.test(name))?.[1];
