/** Seconds of the PBX's wall clock, half open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The two halves of a span, on a bound that the PBX can be asked for; undefined if it is one unit long. */
export const halve = (span: Span, unit: number): readonly [Span, Span] | undefined => {
  const seconds = span.to - span.from;
  if (seconds <= unit) return undefined;
  const middle = span.from + Math.max(unit, Math.floor(seconds / 2 / unit) * unit);
  return [
    { from: span.from, to: middle },
    { from: middle, to: span.to },
  ];
};

/** `cut off`: the PBX has more rows than it counts. `one unit`: all rows that it counts start within one unit. */
export type RowLimit = "cut off" | "one unit" | "none";

/**
 * Whether a PBX that never shows more than so many rows cut this count off: its halves then count more than the whole.
 * Questions overlap where the halves meet (ends may be inclusive), so the rows there are counted on their own. A half that
 * counts as much as the whole may be cut off as well, so it is looked into; two smaller halves are proof.
 */
export const lookForLimit = async (
  span: Span,
  total: number,
  unit: number,
  count: (span: Span) => Promise<number | null>,
): Promise<RowLimit> => {
  if (total === 0) return "none";
  const halves = halve(span, unit);
  if (halves === undefined) return "one unit";
  const [first, second] = halves;
  const counts = [await count(first), await count(second)];
  const twice = await count({ from: second.from, to: second.from });
  const [before, after] = counts.map((rows) => rows ?? Number.POSITIVE_INFINITY);
  if (before === undefined || after === undefined || before + after > total + (twice ?? 0)) return "cut off";
  if (before >= total) return lookForLimit(first, before, unit, count);
  if (after >= total) return lookForLimit(second, after, unit, count);
  return "none";
};

/**
 * Rows of a span, by identity, from a PBX that does not count: the halves are read as well, and may bring nothing new. Where
 * they do, the whole was cut off, and each half is proven in turn.
 */
export const readWhole = async <Row>(
  span: Span,
  unit: number,
  read: (span: Span) => Promise<ReadonlyMap<string, Row>>,
  known?: ReadonlyMap<string, Row>,
): Promise<ReadonlyMap<string, Row>> => {
  const rows = known ?? (await read(span));
  const halves = halve(span, unit);
  if (halves === undefined || rows.size === 0) return rows;
  const [first, second] = [await read(halves[0]), await read(halves[1])];
  const cutOff = [...first.keys(), ...second.keys()].some((key) => !rows.has(key));
  if (!cutOff && first.size < rows.size && second.size < rows.size) return rows;
  const whole = (half: Span, found: ReadonlyMap<string, Row>): Promise<ReadonlyMap<string, Row>> =>
    cutOff || found.size >= rows.size ? readWhole(half, unit, read, found) : Promise.resolve(found);
  return new Map([...rows, ...(await whole(halves[0], first)), ...(await whole(halves[1], second))]);
};
