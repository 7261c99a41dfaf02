import { expect, it } from "vitest";
import { listed } from "../lib/listed.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);

it.each([
  [0, ""],
  [1, "n0"],
  [10, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9"],
  [11, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 1 more"],
  [1_010, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 1,000 more"],
])("of %i names in a message, ten are listed", (count, text) => expect(listed(names(count))).toBe(text));
