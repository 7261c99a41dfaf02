/**
 * Starts each benchmark with little work: whether it still works, and not how fast. Writes no table. Without `cold`, which compiles
 * AWS's runtime client.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

const { scripts } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8")) as {
  scripts: Record<string, string>;
};
const folder = new URL(".", import.meta.url).pathname;
for (const name of Object.keys(scripts).filter((each) => each !== "cold")) {
  const begun = performance.now();
  const child = spawn("npm", ["run", "--silent", "--prefix", folder, name], {
    env: { ...process.env, WILDIX_BENCH_TRIAL: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let said = "";
  for await (const chunk of child.stdout) said += String(chunk);
  const [code] = await closed;
  if (code !== 0) {
    process.stdout.write(said);
    throw new Error(`the benchmark ${name} ended with ${code}`);
  }
  process.stdout.write(`${name} works (${((performance.now() - begun) / 1000).toFixed(1)} s)\n`);
}
