import { describe, expect, it } from "vitest";
import type { FormatName } from "../../../lib/format-names.ts";
import { notifyOtherDays, type OtherDays, OtherDaysCount } from "../../../lib/history/planning/other-days.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";

const others: OtherDays = {
  first: "2026-10-24",
  last: "2026-11-20",
  kinds: { ndjson: 1_200, "ndjson of version 1": 3 },
};

describe("exported days of another format or layout", () => {
  it("are counted by kind, with the first and the last day", () => {
    const count = new OtherDaysCount("parquet");
    expect(count.found).toBeUndefined();
    count.add("2026-11-23", undefined);
    count.add("2026-11-22", { isOld: false, format: "parquet" });
    expect(count.found).toBeUndefined();
    count.add("2026-11-20", { isOld: false, format: "ndjson" });
    count.add("2026-11-18", { isOld: true, format: "ndjson" });
    count.add("2026-11-19", { isOld: false, format: "ndjson" });
    expect(count.found).toEqual({
      first: "2026-11-18",
      last: "2026-11-20",
      kinds: { ndjson: 2, "ndjson of version 1": 1 },
    });
  });
});

const setUp = (stage: string | undefined = "prod") => {
  const sent: [string, string][] = [];
  const state = memoryState({ now: () => 0 });
  let isDown = false;
  const notify = (found: OtherDays | undefined, format: FormatName = "parquet", on = state) =>
    notifyOtherDays(
      {
        state: on,
        config: { stage, format },
        alarms: {
          notify: async (subject, text) => {
            if (isDown) throw new Error("no topic");
            sent.push([subject, text]);
          },
        },
      },
      found,
    );
  return { sent, state, notify, down: (value: boolean) => (isDown = value) };
};

describe("the notification of exported days of another format", () => {
  it("is sent once, with the command that rewrites them, and once when all are rewritten", async () => {
    const { sent, notify } = setUp();
    expect(await notify(undefined)).toBe(false);
    expect(await notify(others)).toBe(true);
    expect(await notify({ ...others, kinds: { ndjson: 7 } })).toBe(false);
    expect(await notify(undefined)).toBe(true);
    expect(await notify(undefined)).toBe(false);
    expect(sent.map(([subject]) => subject)).toEqual([
      "prod: Exported days have two formats",
      "prod: All exported days have the format parquet",
    ]);
    const backfill =
      "wildix backfill --stage prod --force --format parquet --from 2026-10-24 --to 2026-11-20";
    expect(sent.map(([, text]) => text)).toEqual([
      `New days are exported as parquet. These days from 2026-10-24 to 2026-11-20 have another format or the old layout, and one table cannot read both:

- ndjson: 1,200 PBX days
- ndjson of version 1: 3 PBX days

To see what is exported again, run \`${backfill} --dry-run\`. If older days have another format too, give an earlier \`--from\`.
To export them again, run \`${backfill}\`. \`wildix status --stage prod\` shows the progress.
To keep the format of these days, set \`exportFormat\` of the stage to this format again, and deploy.`,
      "The days that had another format or the old layout are now exported as parquet, or are too old to be exported again.",
    ]);
  });
  it("is sent again for another format", async () => {
    const { sent, notify } = setUp();
    await notify(others);
    await notify(others, "ndjson");
    expect(sent).toHaveLength(2);
  });
  it("names no stage where there is none", async () => {
    const { sent, notify } = setUp("");
    await notify(others);
    expect(sent[0]?.[0]).toBe("Exported days have two formats");
    expect(sent[0]?.[1]).toContain("`wildix backfill --force --format parquet");
  });
  it("that could not be sent is sent by the next run", async () => {
    const { sent, notify, down } = setUp();
    down(true);
    await expect(notify(others)).rejects.toThrow("no topic");
    down(false);
    expect(await notify(others)).toBe(true);
    down(true);
    await expect(notify(undefined)).rejects.toThrow("no topic");
    down(false);
    expect(await notify(undefined)).toBe(true);
    expect(sent).toHaveLength(2);
  });
  it("is sent by one of two runs at the same time", async () => {
    const { sent, state, notify } = setUp();
    const racing = { ...state, write: async () => undefined };
    expect(await notify(others, "parquet", racing)).toBe(false);
    expect(sent).toEqual([]);
  });
});
