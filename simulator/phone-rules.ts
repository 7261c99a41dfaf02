/** What a phone, or a number outside, does when it is rung. `dnd`: do not disturb; it is busy immediately. `failed`: it cannot be reached. */
export const phoneActs = ["answer", "busy", "no_answer", "dnd", "voicemail", "failed"] as const;
export type PhoneAct = (typeof phoneActs)[number];
export const isPhoneAct = (text: unknown): text is PhoneAct => phoneActs.some((known) => known === text);

/** The rules of single phones; all others act by their number. */
export class PhoneRules {
  readonly #told = new Map<string, PhoneAct>();

  tell(number: string, act: PhoneAct): void {
    this.#told.set(number, act);
  }

  forget(number: string): void {
    this.#told.delete(number);
  }

  told(): Readonly<Record<string, PhoneAct>> {
    return Object.fromEntries(this.#told);
  }

  /** The phone that a placed call rings first: one that ends in 9 is not picked up. */
  first(number: string): PhoneAct {
    return this.#told.get(number) ?? (number.endsWith("9") ? "no_answer" : "answer");
  }

  /** The number that is dialled then: one that ends in 99 is busy. */
  second(number: string): PhoneAct {
    return this.#told.get(number) ?? (number.endsWith("99") ? "busy" : "answer");
  }
}
