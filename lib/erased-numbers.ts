import { callingCodeOf } from "./numbering-plans.ts";
import { type NumberStyle, numberReadings, remembered } from "./phone-number.ts";
import { givenPseudonyms, type Pseudonyms } from "./pseudonyms.ts";
import type { StateStore } from "./state.ts";

/** Whether a string is a number that was erased. */
export type IsErased = (text: string) => boolean;

/** Whose exports a number is erased from: those of one PBX, or of all. */
export type ErasedScope = { readonly pbx: string } | "all";

interface ListedNumber {
  /** When it was listed, epoch ms. */
  readonly at: number;
  /** Its calling code: by its plan, national numbers of a PBX without a country are read. */
  readonly code: string;
}

const partitionOf = (scope: ErasedScope): string => (scope === "all" ? "erased/all" : `erased/${scope.pbx}`);
const nameOf = (digits: string): string => JSON.stringify(["erased", digits]);

/** A test for one number in E.164, however a PBX writes it. */
export const oneNumber = (e164: string, style: NumberStyle): IsErased => {
  const digits = e164.replace("+", "");
  const code = callingCodeOf(digits);
  const read = numberReadings(style, code === undefined ? [] : [code]);
  return remembered((text) => read(text).includes(digits));
};

/** Lists a number by a name that does not say it. It stays listed. Throws STATE_UNAVAILABLE. */
export const listErased = async (
  state: StateStore,
  pseudonym: Pseudonyms,
  scope: ErasedScope,
  e164: string,
  at: number,
): Promise<void> => {
  const digits = e164.replace("+", "");
  const listed: ListedNumber = { at, code: callingCodeOf(digits) ?? "" };
  const id = await pseudonym(nameOf(digits));
  await state.write({ partition: partitionOf(scope), id }, listed, { absent: true });
};

/** The erased numbers of a PBX at one moment. */
export interface ErasedNumbers {
  /** Undefined: there are none. */
  readonly test: IsErased | undefined;
  /** Whether the list is still the same. Throws STATE_UNAVAILABLE. */
  isCurrent(): Promise<boolean>;
}

/** Reads the erased numbers of a PBX. Throws STATE_UNAVAILABLE. */
export const readErased = async (
  state: Pick<StateStore, "list" | "read">,
  pbx: string,
  style: NumberStyle,
): Promise<ErasedNumbers> => {
  const read = async (): Promise<Map<string, ListedNumber>> => {
    const listed = new Map<string, ListedNumber>();
    for (const scope of ["all", { pbx }] as const)
      for await (const { id, value } of state.list<ListedNumber>(partitionOf(scope))) listed.set(id, value);
    return listed;
  };
  const known = await read();
  const isCurrent = async (): Promise<boolean> => {
    const now = await read();
    return now.size === known.size && [...now.keys()].every((id) => known.has(id));
  };
  const pseudonym = known.size === 0 ? undefined : await givenPseudonyms(state);
  if (pseudonym === undefined) return { test: undefined, isCurrent };
  const codes = [...new Set([...known.values()].map(({ code }) => code))].filter((code) => code !== "");
  const readings = numberReadings(style, codes);
  return {
    test: remembered((text) => readings(text).some((digits) => known.has(pseudonym(nameOf(digits))))),
    isCurrent,
  };
};
