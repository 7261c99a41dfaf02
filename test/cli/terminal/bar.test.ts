import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fleetReporter } from "../../../cli/days/export-report.ts";
import { Bar } from "../../../cli/terminal/bar.ts";
import type { Exported } from "../../../lib/history/export/export-day.ts";
import { manifestOf } from "../../support/standing-day.ts";

const exported = (pbx: string, day: string): Exported => ({
  kind: "exported",
  skipped: false,
  manifest: manifestOf([], { pbx, day, rows: 1 }),
});

/** A terminal so many columns wide. */
const terminalOf = (columns: number) => {
  const lines: string[] = [];
  let drawn = "";
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  stream.on("data", (chunk: Buffer) => {
    drawn += String(chunk);
  });
  const clear = (): void => {
    drawn = "";
  };
  const output = {
    out: (text: string) => lines.push(text),
    err: () => undefined,
    colours: false,
    live: true,
    columns,
    stream,
  };
  // the text since the cursor was last at the first column
  const shown = (): string =>
    stripVTControlCharacters(drawn.split(/\u001b\[\d+G/).findLast((part) => part.includes("/")) ?? "");
  return { output, lines, shown, clear };
};

// cli-progress draws ten times a second at most
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a progress bar", () => {
  it.each([60, 80, 200])("fits %d columns", (columns) => {
    const { output, shown } = terminalOf(columns);
    let now = 0;
    const bar = new Bar(output, "  {bar} {value}/{total} PBX days, {failed} failed, {left} left", () => now);
    bar.show(0, 12_345, { failed: "0 PBXs" });
    now = 60_000;
    vi.advanceTimersByTime(1_000);
    bar.show(1_000, 12_345, { failed: "20 PBXs" });
    const text = shown();
    bar.stop();
    expect(text).toMatch(/1000\/12345 PBX days, 20 PBXs failed, 11m 21s left$/);
    expect(text.length).toBeLessThanOrEqual(columns);
  });
  it("of a fleet goes on after the first day and a failure", () => {
    const { output, lines, shown, clear } = terminalOf(60);
    const tell = fleetReporter(
      { output, clock: { now: () => 0, sleep: async () => undefined } },
      { json: false },
      4,
    );
    for (const [at, pbx] of ["milan", "milan", "rome"].entries()) {
      clear();
      vi.advanceTimersByTime(1_000);
      tell.day(exported(pbx, `2026-11-0${at + 1}`), 5);
      expect(shown()).toContain(`${at + 1}/4 PBX days`);
    }
    clear();
    tell.pbx("milan");
    expect([lines.at(-1), shown()]).toEqual([
      "✓ milan  2 days, 2 rows",
      expect.stringContaining("3/4 PBX days"),
    ]);
    clear();
    vi.advanceTimersByTime(1_000);
    tell.pbx("rome", new Error("no"));
    expect(shown()).toContain("1 PBX failed");
    tell.stop();
    tell.end("out", []);
    expect(lines.slice(-2)).toEqual(["1 of 2 PBXs failed:", "✗ rome  stopped after 1 day: no (INTERNAL)"]);
  });
});
