import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answerAll } from "../../cli/report/figures.ts";
import type { Report } from "../../cli/report/report.ts";
import { newFolder } from "./folder.ts";
import { partOf, type TrueDay } from "./true-calls.ts";

/** The report on days of the simulator. */
export const reportOn = async (days: readonly TrueDay[], change: Partial<Report> = {}): Promise<Report> => {
  const folder = await newFolder();
  const files = await Promise.all(
    days.map(async (day) => {
      const path = join(folder, `${day.day}.ndjson.gz`);
      await writeFile(path, partOf(day));
      return { path, day: day.day, pbx: "milan" };
    }),
  );
  const [from, to] = [days[0]?.day ?? "2026-11-23", days.at(-1)?.day ?? "2026-11-23"];
  const settings = { within: 20, under: 5 };
  return {
    place: "exports",
    days: {
      ...{ from, to, pbxs: ["milan"], parts: [], missing: [], legsOnly: [], withoutNext: [], formats: [] },
      exported: days.map(({ day }) => day),
    },
    ...(await answerAll(files, { from, to }, settings)),
    settings,
    mask: false,
    ...change,
  };
};
