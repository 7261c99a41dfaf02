import { describe, expect, it } from "vitest";
import { dayReporter, type ExportReporter, fleetReporter } from "../../../cli/days/export-report.ts";
import type { Output } from "../../../cli/terminal/output.ts";
import { manifestOf } from "../../support/standing-day.ts";

/** An output, and the lines that were written to it. */
const heard = () => {
  const lines: string[] = [];
  const output: Output = {
    out: (text) => lines.push(text),
    err: () => undefined,
    colours: false,
    live: false,
  };
  return { lines, output };
};

const said = (
  report: (output: Output) => ExportReporter,
  retyped: Record<string, number>,
  skipped = false,
  replaced?: Record<string, number>,
) => {
  const { lines, output } = heard();
  const reporter = report(output);
  const manifest = manifestOf([], {
    fields_retyped: retyped,
    ...(replaced && { fields_replaced: replaced }),
  });
  for (let day = 0; day < 2; day++) reporter.day({ kind: "exported", manifest, skipped }, 1);
  reporter.pbx("milan");
  return lines.filter((line) => line.includes("!"));
};
const asked = { json: false };
const clock = { now: () => 0, sleep: async () => undefined };
const one = (output: Output) => dayReporter({ output, clock }, asked, 2);
const many = (output: Output) => fleetReporter({ output, clock }, asked, 2);

describe("the field of a call's id", () => {
  const warnings = (rows: number, fields_missing: Record<string, number>): string[] => {
    const { lines, output } = heard();
    const manifest = { ...manifestOf([]), rows, fields_missing };
    one(output).day({ kind: "exported", manifest, skipped: false }, 1);
    return lines.slice(1);
  };
  it("is reported if no row has it", () =>
    expect(warnings(3, { timezone: 3, linkedid: 3 })).toEqual([
      "  ! No row has the field linkedid, which `call_id_field` names. The calls were found by channels, numbers and times; correct the setting.",
    ]));
  it.each([
    ["a row has it", 3, { linkedid: 2 }],
    ["there are no rows", 0, { linkedid: 0 }],
    ["another field is missing", 3, { timezone: 3 }],
  ])("is not reported if %s", (_case, rows, missing) => expect(warnings(rows, missing)).toEqual([]));
});

describe("values of another type than documented", () => {
  it("are reported for each day, of one PBX or of many", () => {
    expect(said(one, { billsec: 12, answer: 1 })).toEqual(
      Array.from(
        { length: 2 },
        () =>
          "  ! Values that differ from the documented type or form: billsec in 12 rows, answer in 1 row. Check these columns.",
      ),
    );
    expect(said(many, { billsec: 12 })[1]).toBe(
      "! milan on 2026-11-23: Values that differ from the documented type or form: billsec in 12 rows. Check these columns.",
    );
  });
  it("are reported beside text that is not UTF-8", () =>
    expect(said(one, { billsec: 1 }, false, { from_name: 2 }).slice(0, 2)).toEqual([
      expect.stringContaining("billsec in 1 row"),
      "  ! Text that is not UTF-8: from_name in 2 rows. U+FFFD replaces it; correct the names in the PBX.",
    ]));
  it.each([one, many])("are not reported if there are none, or if the day was exported earlier", (report) => {
    expect(said(report, {})).toEqual([]);
    expect(said(report, { billsec: 12 }, true)).toEqual([]);
  });
});

describe("rows with another UTC offset than the zone", () => {
  const warned = (report: (output: Output) => ExportReporter, zoneFix?: string): string[] => {
    const { lines, output } = heard();
    const manifest = manifestOf([], { offset_mismatches: 3 });
    report(output).day({ kind: "exported", manifest, skipped: false }, 1, zoneFix);
    return lines.filter((line) => line.includes("!"));
  };
  it.each([one, many])("are reported with the fix, unless the zone is this computer's", (report) => {
    expect(warned(report, "Zones that fit: Europe/Rome.")).toEqual([
      expect.stringContaining("3 legs with a UTC offset that differs from"),
    ]);
    expect(warned(report, "Zones that fit: Europe/Rome.")[0]).toContain("Zones that fit: Europe/Rome.");
    expect(warned(report)).toEqual([]);
  });
});

describe("what to do about the directory", () => {
  it.each([one, many])("is reported at the end", (report) => {
    const lines: string[] = [];
    const output = { err: () => undefined, colours: false, live: false };
    report({ ...output, out: (text) => lines.push(text) }).end("exports", ["Two formats."]);
    expect(lines.at(-1)).toBe("! Two formats.");
  });
});
