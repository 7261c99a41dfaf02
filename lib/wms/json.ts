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
 * and checks the limits before the text is parsed.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws JsonTooComplex if it exceeds the limits
 */
export const parseJson = (text: string, limits: JsonLimits = jsonDefaults): unknown => {
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  checkComplexity(json, limits);
  return JSON.parse(json);
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
      if (++depth > limits.depth) throw new JsonTooComplex(`more than ${limits.depth} levels`);
      if (containers > limits.containers)
        throw new JsonTooComplex(`more than ${limits.containers} objects and lists`);
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
