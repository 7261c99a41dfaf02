import { expect, it } from "vitest";
import { maskText } from "../lib/mask.ts";

it.each([
  ["call \u0660\u0661\u0662 \u0663\u0664\u0665\u0666\u0667\u0668", "call …\u0667\u0668"],
  ["03\u30fc1234\u05be5678 rang", "…78 rang"],
])("a number in the digits and dashes of any script is masked: %s", (text, masked) =>
  expect(maskText(text)).toBe(masked),
);
