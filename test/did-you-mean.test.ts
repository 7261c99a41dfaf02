import { expect, it } from "vitest";
import { didYouMean } from "../lib/did-you-mean.ts";

it.each([
  ["milna", ["milan", "rome"], "milan"],
  ["rmoe", ["milan", "rome"], "rome"],
  ["dts", ["src", "dst"], "dst"],
  ["Milan", ["milan-2", "milan"], "milan"],
  ["hostname", ["host", "token"], "host"],
  ["per_min", ["per_minute", "per_day"], "per_minute"],
])("%s among %j: %s", (name, known, meant) => expect(didYouMean(name, known)).toBe(meant));

it.each([
  ["d", ["a", "b"]],
  ["xy", ["ab", "cd"]],
  ["turin", ["milan", "rome"]],
  ["anything", []],
])("%s among %j: none is near", (name, known) => expect(didYouMean(name, known)).toBeUndefined());
