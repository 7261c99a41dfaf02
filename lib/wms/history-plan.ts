export const historyDefaults = { pageSize: 1000, passes: 4, largestPiece: 20_000, overlap: 20 };

/** How a pass reads: `largestPiece` is the most rows that one question may have. */
export interface Plan {
  readonly paging: "id" | "offset";
  readonly largestPiece: number;
}

/** Counts of all pieces; null once one of them has none. */
export interface Sums {
  before: number | null;
  after: number | null;
}
export const plus = (sum: number | null, count: number | null): number | null =>
  sum === null || count === null ? null : sum + count;

/** Whether counts and rows disagree; rows may come and go while a window is read, so counts that moved bound them. */
export const mismatch = (
  before: number | null,
  after: number | null,
  read: number,
): { reason: string; more: boolean; moved: boolean } | undefined => {
  if (before === null || after === null) return undefined;
  const [low, high] = [Math.min(before, after), Math.max(before, after)];
  if (read >= low && read <= high) return undefined;
  const counted = before === after ? String(before) : `${before}, then ${after}`;
  return {
    reason: `the PBX counts ${counted} rows and handed out ${read}`,
    more: read > high,
    moved: before !== after,
  };
};

export const nextPlan = (
  plan: Plan,
  wrong: { more: boolean; moved: boolean },
  total: number | null,
): Plan => {
  // more rows than a count that stands still: the count is capped, so ask for less at once
  if (wrong.more && !wrong.moved && total !== null) return { ...plan, largestPiece: Math.max(1, total - 1) };
  if (wrong.more || wrong.moved) return plan;
  return { paging: "offset", largestPiece: Math.min(plan.largestPiece, historyDefaults.largestPiece) };
};
