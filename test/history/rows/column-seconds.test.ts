import { expect, it } from "vitest";
import { columnSeconds } from "../../../lib/history/rows/column-seconds.ts";

it("seconds up to the largest INT32 stay, more are null", () =>
  expect([0, 2 ** 31 - 1, 2 ** 31, null].map(columnSeconds)).toEqual([0, 2 ** 31 - 1, null, null]));
