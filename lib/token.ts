import type { Random } from "./wms/clock.ts";

/** A unique name: 16 letters and digits. Not a secret. */
export const newToken = (random: Random): string =>
  Array.from({ length: 2 }, () =>
    Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, "0"),
  ).join("");
