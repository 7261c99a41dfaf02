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
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (sign === quote) inText = !inText;
    else if (inText) {
      if (sign === backslash) at++;
    } else if (sign === openList || sign === openObject) {
      containers++;
      if (++depth > limits.depth) throw new JsonTooComplex(`more than ${limits.depth} levels`);
      if (containers > limits.containers)
        throw new JsonTooComplex(`more than ${limits.containers} objects and lists`);
    } else if (sign === closeList || sign === closeObject) depth--;
  }
};
