/** What `JSON.parse` does not say of a string. */
export type JsonFault =
  /** JSON pointer to a name that one object has twice: `JSON.parse` takes the last. */
  | { readonly repeated: string }
  /** Where it stops being JSON. Undefined: it ends too early. */
  | { readonly place: { readonly line: number; readonly column: number } | undefined };

/** The first fault of a string. Undefined: it is JSON, and no object has a name twice. Its levels must be limited before. */
export const faultOf = (text: string): JsonFault | undefined => {
  const reader = new Reader(text);
  if (reader.readsAll()) return reader.repeated === undefined ? undefined : { repeated: reader.repeated };
  return { place: placeOf(text, reader.at) };
};

const placeOf = (text: string, at: number) => {
  if (at === text.length) return undefined;
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
};

const space = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const plainValue = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Reader {
  readonly #text: string;
  /** Index of the next character; after a fault, that of the first one that is wrong. */
  at = 0;
  repeated: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  readsAll(): boolean {
    return this.#reads("") && this.at === this.#text.length;
  }

  /** Reads a value and the space around it. */
  #reads(pointer: string): boolean {
    this.#take(space);
    const isRead = this.#takes("{")
      ? this.#readsMembers(pointer)
      : this.#takes("[")
        ? this.#readsItems(pointer)
        : (this.#take(string) ?? this.#take(plainValue)) !== undefined;
    this.#take(space);
    return isRead;
  }

  #readsMembers(pointer: string): boolean {
    const names = new Set<string>();
    if (this.#takes("}")) return true;
    do {
      this.#take(space);
      const quoted = this.#take(string);
      if (quoted === undefined) return false;
      const name = String(JSON.parse(quoted));
      const own = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (names.has(name)) this.repeated ??= own;
      names.add(name);
      this.#take(space);
      if (!this.#takes(":") || !this.#reads(own)) return false;
    } while (this.#takes(","));
    return this.#takes("}");
  }

  #readsItems(pointer: string): boolean {
    if (this.#takes("]")) return true;
    let item = 0;
    do {
      if (!this.#reads(`${pointer}/${item++}`)) return false;
    } while (this.#takes(","));
    return this.#takes("]");
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Takes a sign and the space behind it. */
  #takes(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    this.#take(space);
    return true;
  }
}
