interface JsonLimits {
  /** Objects and lists inside each other. */
  readonly depth: number;
  /** Objects and lists altogether: each takes far more memory than its two characters of text. */
  readonly containers: number;
}

const jsonDefaults: JsonLimits = { depth: 256, containers: 1_000_000 };

/** JSON that is nested too deeply or has too many objects and lists to be read. */
export class JsonTooComplex extends Error {
  override readonly name = "JsonTooComplex";
}

/** Whether a value is a JSON object: not a list, and not null. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The reader of all JSON that comes from outside. It accepts a byte order mark, which editors and Windows programs put in front,
 * and checks the limits. Text that is too short for so many objects and lists is parsed first, and then only its levels are
 * checked, because a search for brackets takes as long as parsing.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws JsonTooComplex if it exceeds the limits
 */
export const parseJson = (text: string, limits: JsonLimits = jsonDefaults): unknown => {
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (json.length > 2 * limits.containers) checkComplexity(json, limits);
  const value = parsed(json, limits);
  if (isDeeper(value, limits.depth)) throw tooDeep(limits);
  return value;
};

/** Text that is not JSON can also exceed the limits. */
const parsed = (json: string, limits: JsonLimits): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    checkComplexity(json, limits);
    throw error;
  }
};

/** A number of seven digits would be masked as a phone number. */
const inWords = (count: number): string =>
  count % 1_000_000 === 0 ? `${count / 1_000_000} million` : `${count}`;

const tooDeep = ({ depth }: JsonLimits): JsonTooComplex => new JsonTooComplex(`more than ${depth} levels`);

/** Whether a value has more levels of objects and lists. A closure in here would be a new object for each value. */
const isDeeper = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const each of value) if (isDeeper(each, levels - 1)) return true;
  } else if (isJsonObject(value)) {
    for (const name in value) if (isDeeper(value[name], levels - 1)) return true;
  }
  return false;
};

const [quote, backslash, openList, closeList, openObject, closeObject] = [...'"\\[]{}'].map((sign) =>
  sign.charCodeAt(0),
);

const checkComplexity = (json: string, limits: JsonLimits): void => {
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (sign === quote) at = endOfText(json, at);
    else if (sign === openList || sign === openObject) {
      containers++;
      if (++depth > limits.depth) throw tooDeep(limits);
      if (containers > limits.containers)
        throw new JsonTooComplex(`more than ${inWords(limits.containers)} objects and lists`);
    } else if (sign === closeList || sign === closeObject) depth--;
  }
};

/** The index of the closing quote. The search for it is native, and most of a page of call history is text. */
const endOfText = (json: string, start: number): number => {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
};
