/** In place of lib/history/grouping/grouping.ts in a bundle: each leg is settled at once, and there are no calls. */
import type * as grouping from "../lib/history/grouping/grouping.ts";

export { callFields, callVersion } from "../lib/history/grouping/call.ts";

export const rulesVersion = 0;

export class CallGrouper implements Pick<grouping.CallGrouper, "add" | "finish" | "counts"> {
  readonly counts: grouping.GroupingCounts = {
    legs: 0,
    calls: 0,
    exact: 0,
    channel: 0,
    inferred: 0,
    legs_without_channel: 0,
    channels_reused: 0,
    legs_of_other_pbxs: 0,
    refused: 0,
    clock_jumps: 0,
  };

  /** With an id of the usual length, so that the rows of legs have the same size. */
  add(row: Parameters<grouping.CallGrouper["add"]>[0]): grouping.Settled {
    return { legs: [{ row, call_id: "0123456789abcdef", placed_by: null }], calls: [] };
  }

  finish(): grouping.Settled {
    return { legs: [], calls: [] };
  }
}
