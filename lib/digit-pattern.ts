/**
 * Regular expressions of extensions, matched in linear time: JavaScript's own engine can need minutes for one number, and which
 * patterns do that is not easy to see. Supported: characters, `\d`, `.`, `[…]`, `(…)`, `(?:…)`, `|`, `?`, `*`, `+`, `{n,m}`.
 */

type Node =
  | { readonly kind: "one"; readonly accepts: (character: string) => boolean }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly least: number; readonly most: number };

class Unsupported extends Error {}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new Unsupported();
    return node;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#source.slice(this.#at));
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  #choice(): Node {
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    return { kind: "choice", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at)))
      items.push(this.#repeated(this.#atom()));
    return { kind: "sequence", items };
  }

  #repeated(item: Node): Node {
    const found = this.#match(/^(?:[?*+]|\{\d{1,4}(?:,\d{0,4})?\})\??/)?.[0];
    if (found === undefined) return item;
    const [, least = "", comma, most = ""] = /^\{(\d+)(,?)(\d*)\}/.exec(found) ?? [];
    if (comma === undefined)
      return { kind: "repeat", item, least: found[0] === "+" ? 1 : 0, most: found[0] === "?" ? 1 : Infinity };
    const bound = comma === "" ? Number(least) : most === "" ? Infinity : Number(most);
    if (bound < Number(least)) throw new Unsupported();
    return { kind: "repeat", item, least: Number(least), most: bound };
  }

  #atom(): Node {
    if (this.#take("(")) {
      if (!this.#take("?:") && this.#take("?")) throw new Unsupported();
      const node = this.#choice();
      if (!this.#take(")")) throw new Unsupported();
      return node;
    }
    const set = this.#match(/^\[[^[\]\\]+\]|^\[(?:[^[\]\\]|\\[d\-\]\\^*#+.])+\]/)?.[0];
    // a class of single characters is the same in JavaScript's engine, and cannot be slow
    const one = set ?? this.#match(/^(?:\\d|\\[^A-Za-z0-9]|[^\\[\](){}*+?|^$])/)?.[0];
    if (one === undefined) throw new Unsupported();
    const pattern = new RegExp(`^${one}$`);
    return { kind: "one", accepts: (character) => pattern.test(character) };
  }
}

/** A state reads one character, or leads to others without reading. */
interface State {
  readonly accepts?: (character: string) => boolean;
  readonly next: State[];
}

/** States of a pattern at most: counted repeats are written out. */
const mostStates = 2_000;

class Automaton {
  readonly end: State = { next: [] };
  readonly start: State;
  readonly #ids = new Map<State, number>();

  constructor(node: Node) {
    this.start = this.#build(node, this.end);
  }

  #state(state: State): State {
    if (this.#ids.size >= mostStates) throw new Unsupported();
    this.#ids.set(state, this.#ids.size);
    return state;
  }

  #build(node: Node, next: State): State {
    switch (node.kind) {
      case "one":
        return this.#state({ accepts: node.accepts, next: [next] });
      case "sequence":
        return node.items.reduceRight((after, item) => this.#build(item, after), next);
      case "choice":
        return this.#state({ next: node.items.map((item) => this.#build(item, next)) });
      case "repeat": {
        let after = next;
        if (node.most === Infinity) {
          after = this.#state({ next: [next] });
          after.next.push(this.#build(node.item, after));
        }
        for (let n = node.least; n < node.most && node.most !== Infinity; n++)
          after = this.#state({ next: [next, this.#build(node.item, after)] });
        for (let n = 0; n < node.least; n++) after = this.#build(node.item, after);
        return after;
      }
    }
  }

  /** States that are reached without reading, in one order. */
  reached(states: Iterable<State>): Places {
    const found = new Set<State>();
    const open = [...states];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (found.has(state)) continue;
      found.add(state);
      if (state.accepts === undefined) open.push(...state.next);
    }
    const ids = [...found].map((state) => this.#ids.get(state) ?? -1).sort((a, b) => a - b);
    return { key: ids.join(), states: found, isEnd: found.has(this.end), after: new Map() };
  }
}

/** Where a match can be after some characters, and where each next one leads. */
interface Places {
  readonly key: string;
  readonly states: ReadonlySet<State>;
  readonly isEnd: boolean;
  readonly after: Map<string, Places>;
}

/** Kept at most; a pattern of extensions needs a dozen. */
const mostPlaces = 1_000;

const matcher = (automaton: Automaton): ((text: string) => boolean) => {
  const known = new Map<string, Places>();
  const start = automaton.reached([automaton.start]);
  const step = (from: Places, character: string): Places => {
    const states = [...from.states].filter(({ accepts }) => accepts?.(character));
    const made = automaton.reached(states.flatMap(({ next }) => next));
    const places = known.get(made.key) ?? made;
    if (known.size >= mostPlaces) {
      known.clear();
      for (const kept of [start, places]) kept.after.clear();
    }
    known.set(places.key, places);
    if (known.size < mostPlaces) from.after.set(character, places);
    return places;
  };
  return (text) => {
    let places = start;
    for (const character of text) {
      places = places.after.get(character) ?? step(places, character);
      if (places.states.size === 0) return false;
    }
    return places.isEnd;
  };
};

/**
 * Whether a whole text matches the pattern, as a function. Undefined if the pattern is not valid, uses something else than the
 * above, or is too large.
 */
export const compilePattern = (source: string): ((text: string) => boolean) | undefined => {
  try {
    // the whole text is matched in any case
    const inner = source.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
    return matcher(new Automaton(new Parser(inner).whole()));
  } catch (error) {
    if (error instanceof Unsupported || error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const compiled = new Map<string, ReturnType<typeof compilePattern>>();

/** The same, remembered: settings keep their patterns for days. A pattern that is not valid matches nothing. */
export const matchesPattern = (source: string, text: string): boolean => {
  if (!compiled.has(source)) {
    if (compiled.size >= 1_000) compiled.clear();
    compiled.set(source, compilePattern(source));
  }
  return compiled.get(source)?.(text) ?? false;
};
