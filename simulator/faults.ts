/** How sure it is that a real PBX behaves so. */
export type Mark = "documented" | "measured" | "invented";

export interface FaultDoc {
  /** What the value means; absent if the fault has no value. */
  readonly value?: string;
  readonly byDefault?: number;
  /** The least and the most that it can be; the least is 0 by default. */
  readonly least?: number;
  readonly most?: number;
  readonly does: string;
  readonly mark: Mark;
}

/** Everything that can go wrong on purpose, by name. */
export const faultDocs = {
  slow: {
    value: "milliseconds",
    byDefault: 1000,
    does: "acts immediately and responds late",
    mark: "invented",
  },
  status: {
    value: "HTTP status",
    byDefault: 500,
    least: 400,
    most: 599,
    does: "responds with this status and an error body",
    mark: "measured",
  },
  "rate-limit": {
    value: "seconds of Retry-After",
    byDefault: 1,
    does: "responds with 429",
    mark: "invented",
  },
  "connect-refused": { does: "nothing listens on the port", mark: "invented" },
  "reset-before-body": { does: "resets the connection before it acts on the request", mark: "invented" },
  "reset-after-body": {
    does: "acts on a request that has a body, then resets the connection instead of responding",
    mark: "invented",
  },
  "reset-in-answer": {
    does: "acts, then resets the connection in the middle of the response",
    mark: "invented",
  },
  "truncated-json": { does: "responds with half of the JSON", mark: "invented" },
  html: { does: "responds on every route with an HTML page, as a host that is not a PBX", mark: "invented" },
  "empty-body": { does: "responds with 200 and no body", mark: "invented" },
  "error-with-200": { does: "responds with 200 and type error", mark: "measured" },
  redirect: { does: "responds with 302 to another host", mark: "invented" },
  "clock-skew": {
    value: "seconds",
    byDefault: 3600,
    least: -1_000_000_000,
    does: "the PBX's clock is ahead by this time; behind, if the value is negative",
    mark: "invented",
  },
  "bad-date": { does: "the Date header is not a date", mark: "invented" },
  forbidden: { does: "responds with 403: the application's user lacks the permission", mark: "invented" },
  "foreign-app": { does: "the application belongs to another PBX (401)", mark: "measured" },
  "old-version": {
    does: "an old WMS (4.0) without S2S: every signed request is refused with 401",
    mark: "documented",
  },
  "self-signed": { does: "serves https with a self-signed certificate", mark: "measured" },
  "id-filter-ignored": { does: "ignores filter[id]", mark: "invented" },
  "start-filter-ignored": { does: "ignores filter[start]", mark: "invented" },
  "sort-ignored": { does: "ignores sort and dir, and returns the newest first", mark: "invented" },
  "exclusive-ends": { does: "range filters exclude both ends", mark: "invented" },
  "total-absent": { does: "returns no total", mark: "invented" },
  "total-text": { does: "returns total as text", mark: "documented" },
  "row-cap": {
    value: "rows",
    byDefault: 1000,
    least: 1,
    does: "a query returns at most this many rows, and `total` is never larger than this number",
    mark: "invented",
  },
  "page-cap": {
    value: "rows",
    byDefault: 100,
    least: 1,
    does: "a page never has more rows than this, even if count is larger",
    mark: "invented",
  },
  "ids-restarted": {
    does: "the PBX was replaced yesterday at noon: ids start again at 1 under another serial",
    mark: "invented",
  },
  "marks-lost": {
    does: "history has neither the account nor the variable of a call",
    mark: "invented",
  },
  "channels-absent": {
    does: "history has no channels: only numbers and times show which legs belong to one call",
    mark: "invented",
  },
  "call-ids": { does: "history also has the fields uniqueid and linkedid", mark: "invented" },
  "webhooks-late": {
    value: "milliseconds",
    byDefault: 5000,
    does: "sends the events of a call this much later",
    mark: "measured",
  },
  "webhooks-doubled": { does: "sends every event twice", mark: "documented" },
  "webhooks-disordered": { does: "sends the events of a call in the reverse order", mark: "invented" },
  "sounds-list-404": { does: "the route that lists sounds does not exist", mark: "invented" },
} as const satisfies Record<string, FaultDoc>;

export type FaultName = keyof typeof faultDocs;
export const isFault = (name: string): name is FaultName => Object.hasOwn(faultDocs, name);

/** Faults that change how the server listens: the page could not end them. */
export const startOnly: ReadonlySet<string> = new Set<FaultName>(["connect-refused", "self-signed"]);

/** Throws RangeError for a value that the fault cannot have. */
const checkValue = (name: string, { value, least = 0, most }: FaultDoc, text: string): void => {
  if (value === undefined) throw new RangeError(`the fault "${name}" takes no value`);
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= least && number <= (most ?? Number.MAX_SAFE_INTEGER)) return;
  const bounds = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`the fault "${name}" takes a whole number ${bounds} (${value})`);
};

interface Active {
  readonly value: number;
  /** How often it still strikes. */
  left: number;
  /** Strikes only where the path contains this. */
  readonly path: string;
}

/** The faults that are switched on. */
export class Faults {
  readonly #active = new Map<FaultName, Active>();

  /** `slow=4000`, `status=500*2` (the next two requests), `html@CallHistory` (paths that contain this). */
  static parse(text: string): { name: FaultName; value: number; times: number; path: string } {
    const match = /^([^=*@]*)(?:=([^*@]*))?(?:\*(\d+))?(?:@(.+))?$/.exec(text);
    const name = match?.[1] ?? "";
    if (!isFault(name))
      throw new RangeError(
        `no fault is called "${name || text}"; known: ${Object.keys(faultDocs).join(", ")}`,
      );
    const doc: FaultDoc = faultDocs[name];
    if (match?.[2] !== undefined) checkValue(name, doc, match[2]);
    return {
      name,
      value: match?.[2] === undefined ? (doc.byDefault ?? 0) : Number(match[2]),
      times: match?.[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]),
      path: match?.[4] ?? "",
    };
  }

  set(text: string): void {
    const { name, value, times, path } = Faults.parse(text);
    this.#active.set(name, { value, left: times, path });
  }

  clear(name?: FaultName): void {
    if (name === undefined) this.#active.clear();
    else this.#active.delete(name);
  }

  /** The fault's value if it is on for this path; a counted fault is used up only by `strike`. */
  on(name: FaultName, path = ""): number | undefined {
    const fault = this.#active.get(name);
    return fault && fault.left > 0 && path.toLowerCase().includes(fault.path.toLowerCase())
      ? fault.value
      : undefined;
  }

  strike(name: FaultName, path: string): number | undefined {
    const value = this.on(name, path);
    const fault = this.#active.get(name);
    if (value !== undefined && fault) fault.left -= 1;
    return value;
  }

  names(): string[] {
    return [...this.#active]
      .filter(([, fault]) => fault.left > 0)
      .map(([name, { value }]) => (value === 0 ? name : `${name}=${value}`));
  }
}
