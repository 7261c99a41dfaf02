import { maskNumber, maskText } from "../../lib/mask.ts";
import type { ReportRow, Value } from "./database.ts";
import type { Answers } from "./figures.ts";

/**
 * How texts of a column are shown if numbers are masked. `whole`: days, times and words of this product. `own`: names of what the
 * PBX has, which can contain a number. `inside`: an extension, or another party's number in its place. `name`: that of the row's
 * party. A column that is not in this list is a party outside, so a new question shows no number.
 */
const columns: Readonly<Record<string, "whole" | "own" | "inside" | "name">> = {
  day: "whole",
  direction: "whole",
  first_call: "whole",
  last_call: "whole",
  last_missed: "whole",
  pbx: "whole",
  queue: "own",
  trunk: "own",
  agent: "inside",
  did: "inside",
  name: "name",
};

/** The longest extension by the default of the setting `extension_pattern`. A day's agents can have longer ones. */
const usualExtension = /^\d{1,6}$/;

/** Masks the numbers in names. Two names stay two, even if their numbers end alike: pages count by them. */
const nameMasker = (): ((name: string) => string) => {
  const shown = new Map<string, string>();
  const times = new Map<string, number>();
  return (name) => {
    const known = shown.get(name);
    if (known !== undefined) return known;
    const masked = maskText(name);
    const time = (times.get(masked) ?? 0) + 1;
    times.set(masked, time);
    const text = time === 1 ? masked : `${masked} (${time})`;
    shown.set(name, text);
    return text;
  };
};

/** The answers without whole numbers outside the PBX, and without the names of those who have them. */
export const maskedAnswers = (answers: Answers, extensions: ReadonlySet<string>): Answers => {
  const isExtension = (text: string): boolean => usualExtension.test(text) || extensions.has(text);
  const maskName = nameMasker();
  const masked = (row: ReportRow): ReportRow => {
    const { agent } = row;
    const isInside = typeof agent === "string" && isExtension(agent);
    const shown = ([column, value]: [string, Value]): [string, Value] => {
      if (typeof value !== "string") return [column, value];
      const shownAs = columns[column] ?? "outside";
      switch (shownAs) {
        case "whole":
          return [column, value];
        case "own":
          return [column, maskName(value)];
        case "inside":
          return [column, isExtension(value) ? value : maskNumber(value)];
        case "name":
          return [column, isInside ? maskText(value) : null];
        case "outside":
          return [column, maskNumber(value)];
      }
    };
    return Object.fromEntries(Object.entries(row).map(shown));
  };
  const all = Object.entries(answers).map(([question, rows]) => [question, rows.map(masked)] as const);
  return { ...answers, ...Object.fromEntries(all) };
};
