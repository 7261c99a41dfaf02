/** In place of lib/history/grouping/grouping.ts in a bundle: each leg is settled at once, and there are no calls. */
import { noCounts } from "../lib/history/grouping/counts.ts";
import type * as grouping from "../lib/history/grouping/grouping.ts";

export { callFields, callVersion } from "../lib/history/grouping/call.ts";

export const rulesVersion = 0;

export class CallGrouper implements Pick<grouping.CallGrouper, "add" | "finish" | "counts"> {
  readonly counts = noCounts();

  /** With an id of the usual length, so that the rows of legs have the same size. */
  add(row: Parameters<grouping.CallGrouper["add"]>[0]): grouping.Settled {
    return { legs: [{ row, call_id: "0123456789abcdef", placed_by: null }], calls: [] };
  }

  finish(): grouping.Settled {
    return { legs: [], calls: [] };
  }
}
