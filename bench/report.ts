import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { isTrial } from "./size.ts";

const readme = new URL("README.md", import.meta.url);
/** What else the machine did when the benchmark began: processes that wanted to run, over a minute. */
const load = loadavg()[0] ?? 0;

/** Prints a table and puts it, with the date, into bench/README.md under its heading; in a trial it stays as it is. */
export const report = async (
  name: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> => {
  const widths = heads.map((_, at) => Math.max(...[heads, ...rows].map((cells) => cells[at]?.length ?? 0)));
  const table = [heads, widths.map((width) => "-".repeat(width)), ...rows]
    .map((cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`)
    .join("\n");
  const when = [
    new Date().toISOString().slice(0, 10),
    `Node ${process.versions.node}`,
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}`,
    `load ${load.toFixed(1)} at the start`,
  ].join(", ");
  console.log(`\n${name} (${when})\n${table}`);
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const page = await readFile(readme, "utf8");
  const [before, rest = ""] = page.split(open);
  const after = rest.split(close)[1] ?? "";
  if (rest === "") throw new Error(`bench/README.md has no place for ${name}`);
  if (isTrial) return;
  await writeFile(readme, `${before}${open}\n${when}\n\n${table}\n${close}${after}`);
};

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
export const round = (value: number): string => Math.round(value).toLocaleString("en-US");
export const ratio = (a: number, b: number): string => `${((100 * a) / b).toFixed(0)} %`;
export const times = (a: number, b: number): string => `${(a / b).toFixed(2)} ×`;
