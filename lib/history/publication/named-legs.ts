/** A call, as far as the legs that it names need it. */
export interface NamingCall {
  readonly id: string;
  /** Local start of its first leg; empty if it has none. */
  readonly started: string;
  /** Whether it ended on its day: then it has no leg on the next. */
  readonly isOver: boolean;
}

/** The call that names a leg. Two objects for each call, not for each leg: a day has many legs. */
interface Named {
  readonly call: NamingCall;
  /** What replaces this once the leg is found. Undefined: the leg was found. */
  readonly found: Named | undefined;
}

/** A further call that names a leg, and for how many legs with this id. */
interface NamedAgain {
  readonly leg: string;
  readonly named: Named;
  open: number;
}

/**
 * `named`: the leg's call names it. `twice`: so it does, and the leg came before. `of another call`: only other calls name it.
 * Undefined: none does.
 */
export type Taken = "named" | "twice" | "of another call" | undefined;

const keyOf = (call: string, leg: string): string => `${call} ${leg}`;

/**
 * The legs that the calls of a day name, compared with the legs that are there. Legs can have one id: another PBX of the network
 * can own one of them.
 */
export class NamedLegs {
  readonly #legs = new Map<string, Named>();
  readonly #again = new Map<string, NamedAgain>();

  /** Adds the legs that a call names. */
  add(call: NamingCall, legs: readonly string[]): void {
    const named: Named = { call, found: { call, found: undefined } };
    for (const leg of legs) {
      if (this.#legs.has(leg)) this.#addAgain(leg, named);
      else this.#legs.set(leg, named);
    }
  }

  #addAgain(leg: string, named: Named): void {
    const key = keyOf(named.call.id, leg);
    const known = this.#again.get(key);
    if (known === undefined) this.#again.set(key, { leg, named, open: 1 });
    else known.open++;
  }

  /** Takes a leg that is there. Without the id of its call, any call that names it is the right one. */
  take(leg: string, callId: string | undefined): Taken {
    const named = this.#legs.get(leg);
    if (named === undefined) return undefined;
    const isOfCall = callId === undefined || named.call.id === callId;
    if (isOfCall && named.found !== undefined) {
      this.#legs.set(leg, named.found);
      return "named";
    }
    const again = this.#again.get(keyOf(callId ?? named.call.id, leg));
    if (again !== undefined && again.open > 0) {
      again.open--;
      if (named.found !== undefined) this.#addAgain(leg, named);
      this.#legs.set(leg, again.named.found ?? again.named);
      return "named";
    }
    // without calls, nothing shows which of two legs with one id this is
    if (callId === undefined) return "named";
    if (isOfCall || again !== undefined) return "twice";
    if (named.found !== undefined) this.#legs.set(leg, named.found);
    return "of another call";
  }

  /** Whether a leg with this id was taken. */
  hasFound(leg: string): boolean {
    const named = this.#legs.get(leg);
    return named !== undefined && named.found === undefined;
  }

  /** The legs that were not found, each with the first call that names it. */
  *open(): Generator<readonly [leg: string, call: NamingCall]> {
    for (const [leg, { call, found }] of this.#legs) if (found !== undefined) yield [leg, call];
  }

  /** How many legs that were found are in a further call. */
  get shared(): number {
    let shared = 0;
    for (const { leg, open } of this.#again.values()) if (open > 0 && this.hasFound(leg)) shared++;
    return shared;
  }

  /** Only what was not found. */
  rest(): NamedLegs {
    const rest = new NamedLegs();
    for (const [leg, call] of this.open()) rest.add(call, [leg]);
    for (const { leg, named, open } of this.#again.values())
      if (!this.hasFound(leg)) for (let count = 0; count < open; count++) rest.#addAgain(leg, named);
    return rest;
  }
}
