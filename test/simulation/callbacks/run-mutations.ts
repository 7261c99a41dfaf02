/** `npm run simulate:mutations`: takes each safeguard out of a copy of lib and says what notices. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { mutations } from "./mutations.ts";

const root = new URL("../../..", import.meta.url).pathname;
const run = promisify(execFile);
const timeout = 900_000;

const only = process.argv[2];
let unnoticed = 0;
const copy = await mkdtemp(join(tmpdir(), "wildix-mutations-"));
try {
  for (const folder of ["lib", "test/support", "test/simulation"])
    await cp(join(root, folder), join(copy, folder), { recursive: true });
  await cp(join(root, "package.json"), join(copy, "package.json"));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const { name, file, find, replace, invariant } of mutations) {
    if (only !== undefined && !name.includes(only)) continue;
    const text = await readFile(join(root, file), "utf8");
    await writeFile(
      join(copy, file),
      text.replace(find, () => replace),
    );
    const check = [
      join(copy, "test/simulation/callbacks/check.ts"),
      ...(invariant === undefined ? [] : [invariant]),
    ];
    const said = await run(process.execPath, check, { timeout }).then(
      ({ stdout }): undefined => {
        console.log(stdout.trim());
      },
      (error: { stdout?: string }) => error.stdout?.trim() || "it does not start",
    );
    if (said === undefined) unnoticed++;
    console.log(`${name}: ${said ?? "NOT NOTICED"}`);
    await writeFile(join(copy, file), text);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
console.log(`${mutations.length} safeguards, ${unnoticed} not noticed`);
process.exitCode = unnoticed === 0 ? 0 : 1;
