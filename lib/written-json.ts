import { JsonTooComplex, parseJson } from "./wms/json.ts";

/** Makes the error for JSON that cannot be used. `why` follows the name of the text: "must be JSON; …". */
type ErrorOf = (why: string) => Error;

/** The names and indexes that lead to a value. */
export type JsonPath = readonly string[];

/**
 * Reads JSON that a person wrote. If an object has a field twice, a parser keeps only the last one. Such text is refused, unless
 * `mayRepeat` accepts the path. Throws the error of `errorOf`, which is given a line, and no value.
 */
export const readWrittenJson = (
  text: string,
  errorOf: ErrorOf,
  mayRepeat: (path: JsonPath) => boolean = () => false,
): unknown => {
  const value = parsed(text, errorOf);
  visitJson(text, (path, line, first) => {
    if (first !== undefined && !mayRepeat(path)) throw errorOf(whyRepeated(pointerOf(path), first, line));
  });
  return value;
};

const parsed = (json: string, errorOf: ErrorOf): unknown => {
  try {
    return parseJson(json);
  } catch (error) {
    if (error instanceof JsonTooComplex) throw errorOf(`must be simpler; got ${error.message}.`);
    if (json.trim() === "") throw errorOf("must be JSON; got an empty string.");
    const place = placeIn(
      json,
      visitJson(json, () => {}),
    );
    throw errorOf(`must be JSON; got a mistake in ${place}. Look there for a comment or a trailing comma.`);
  }
};

/** An index of text as a line and a column. */
export const placeIn = (text: string, at: number | undefined): string => {
  const lines = text.slice(0, at).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
};

const whyRepeated = (pointer: string, first: number, line: number): string => {
  const where = first === line ? `twice in line ${line}` : `in line ${first} and in line ${line}`;
  return `must have each field once; got \`${pointer}\` ${where}. Remove one of them.`;
};

/** A JSON pointer (RFC 6901). */
export const pointerOf = (path: JsonPath): string =>
  path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

const blank = /[ \t\n\r]*/y;
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Ends the visit of text that is not JSON. */
class NotJson extends Error {}

/** Is given the line in which a field or an element begins; `first`: the line in which its object has the same field before. */
type VisitJson = (path: JsonPath, line: number, first: number | undefined) => void;

/**
 * Visits the fields of objects and the elements of lists in their order. A parser gives neither lines nor fields that are repeated.
 * Returns the index at which the text is not JSON; undefined if it is. Each level is a call, so text with more levels than `parseJson`
 * accepts must not be given.
 */
export const visitJson = (json: string, visit: VisitJson): number | undefined => {
  let at = json.startsWith("\uFEFF") ? 1 : 0;
  let [line, counted] = [1, 0];
  const skip = (form: RegExp): string => {
    form.lastIndex = at;
    const [found = ""] = form.exec(json) ?? [];
    at += found.length;
    return found;
  };
  const need = (found: unknown): void => {
    if (!found) throw new NotJson();
  };
  const takes = (sign: string): boolean => {
    skip(blank);
    if (json[at] !== sign) return false;
    at++;
    return true;
  };
  const lineHere = (): number => {
    skip(blank);
    for (; counted < at; counted++) if (json[counted] === "\n") line++;
    return line;
  };
  const items = (end: string, item: (index: number) => void): void => {
    if (takes(end)) return;
    let index = 0;
    do item(index++);
    while (takes(","));
    need(takes(end));
  };
  const field = (path: JsonPath, lines: Map<string, number>): void => {
    const here = lineHere();
    const quoted = skip(string);
    need(quoted);
    const name = String(JSON.parse(quoted));
    const inside = [...path, name];
    visit(inside, here, lines.get(name));
    lines.set(name, here);
    need(takes(":"));
    value(inside);
  };
  const element = (path: JsonPath): void => {
    visit(path, lineHere(), undefined);
    value(path);
  };
  const value = (path: JsonPath): void => {
    if (takes("{")) {
      const lines = new Map<string, number>();
      items("}", () => field(path, lines));
    } else if (takes("[")) items("]", (index) => element([...path, String(index)]));
    else need(skip(string) || skip(scalar));
  };
  try {
    value([]);
    skip(blank);
    need(at === json.length);
    return undefined;
  } catch (error) {
    if (error instanceof NotJson) return at;
    throw error;
  }
};
