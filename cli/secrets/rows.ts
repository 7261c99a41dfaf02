import type { ListedPbx } from "../../lib/pbxs/pbx-list.ts";

/** A PBX of a file, before it is checked. */
export interface FileRow {
  readonly file: string;
  readonly line: number;
  readonly pbx: string;
  /** The fields of the row, as in a file of PBXs. */
  readonly listed: ListedPbx;
  /** True: the row replaces the whole PBX. False: fields that the row does not have are kept. */
  readonly whole: boolean;
}

/** A row that cannot be used. The reason has no value of the row. */
export interface RefusedRow {
  readonly file: string;
  readonly line: number;
  /** Undefined if the row has no id that can be used. */
  readonly pbx?: string;
  readonly reason: string;
}

export interface FileRows {
  readonly rows: readonly FileRow[];
  readonly refused: readonly RefusedRow[];
}

/** Shorter values can be words of a rule, for example `mobile` in a list of types. A message shows a value only after "got". */
const shortest = 16;

const textsIn = (value: unknown): string[] => {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsIn);
  return value === undefined || value === null ? [] : [String(value)];
};

/** A reason without the row's values: in a row whose cells are in the wrong columns, any of them can be a secret. */
export const reasonWithout = (message: string, listed: ListedPbx): string => {
  const [said = "", ...rest] = message.replace(/^the secret of [^:]+: /, "").split("; got ");
  const action = /[.,] ?((?:Write|Use|Give|Keep|Set|Copy|Name|Did you) [\s\S]*)$/.exec(
    rest.join("; got "),
  )?.[1];
  const text = rest.length === 0 ? said : `${said}.${action === undefined ? "" : ` ${action}`}`;
  return textsIn(listed)
    .filter((value) => value.length >= shortest)
    .sort((a, b) => b.length - a.length)
    .reduce((hidden, value) => hidden.replaceAll(value, "…"), text);
};
