/** Every question of sql/ on the calls of a million legs, as `wildix report` asks it: a file of NDJSON for each day. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallFile, openCalls } from "../cli/report/database.ts";
import { questionNames, readQuestion } from "../cli/report/questions.ts";
import { eachTrueDay, partOf } from "../test/support/true-calls.ts";
import { median, report, round } from "./report.ts";
import { size } from "./size.ts";

/** The aim, in ms. */
const aim = 1_000;
const runs = size(5, 1);
const [days, callsADay] = size([30, 21_500], [3, 200]);

const folder = await mkdtemp(join(tmpdir(), "wildix-questions-"));
try {
  const files: CallFile[] = [];
  const count = { calls: 0, legs: 0 };
  for (const day of eachTrueDay(days, callsADay)) {
    const path = join(folder, `${day.day}.ndjson.gz`);
    await writeFile(path, partOf(day));
    files.push({ path, day: day.day, pbx: "milan" });
    count.calls += day.calls.length;
    for (const { leg_ids } of day.calls) count.legs += leg_ids.length;
  }
  const begun = performance.now();
  const database = await openCalls(files);
  const opened = performance.now() - begun;
  const period = { from: files[0]?.day ?? "", to: files.at(-1)?.day ?? "" };
  const rows: string[][] = [["reading all files, once", `${round(opened)} ms`, "", ""]];
  for (const name of questionNames) {
    const question = await readQuestion(name);
    const took: number[] = [];
    const cpu: number[] = [];
    for (let run = 0; run < runs; run++) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      await database.ask(question, period);
      took.push(performance.now() - start);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1_000);
    }
    rows.push([
      name,
      `${round(median(took))} ms`,
      `${round(median(cpu))} ms`,
      median(cpu) <= aim ? "yes" : "no",
    ]);
  }
  database.close();
  await report(
    "questions",
    [
      `${round(count.calls)} calls of ${round(count.legs)} legs, median of ${runs}`,
      "time",
      "CPU of all threads",
      `aim met (CPU time at most ${aim / 1000} s)`,
    ],
    rows,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
